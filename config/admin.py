"""The admin of the staff, who see every tenant's rows."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest, HttpResponseBase
from django.template.response import SimpleTemplateResponse

from accounts.tenancy import system

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class StaffSite(AdminSite):
    """Django's admin, with each page run as the system for people of the staff."""

    site_header = site_title = "Tidewatch staff"
    index_title = "Everything"

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # noqa: FBT001, FBT002  Django's signature
        """Wrap a page; visitors who are no staff are refused before they reach it."""
        checked = super().admin_view(view, cacheable)

        @wraps(view)
        def as_system(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not self.has_permission(request):
                return checked(request, *args, **kwargs)
            with system():
                answer = checked(request, *args, **kwargs)
                # Rendered here: outside the transaction its querysets would find no rows.
                return answer.render() if isinstance(answer, SimpleTemplateResponse) else answer

        return cast("View", as_system)


class StaffAdminConfig(AdminConfig):
    """Puts our site in the place of Django's."""

    default_site = "config.admin.StaffSite"
