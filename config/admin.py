"""The admin of the staff, who see every tenant's rows."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar, cast

from celery.schedules import ParseException
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import BadRequest
from django.db import DataError
from django.http import HttpRequest, HttpResponseBase
from django.template.response import SimpleTemplateResponse

from accounts.tenancy import system

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


# What the admin lets through where it cannot read an address or a form: ?name__regex=((, ?ip=x,
# a negative hour in a crontab, JSON a thousand levels deep.
UNREADABLE = (DataError, OverflowError, ParseException, RecursionError, ValueError)

log = logging.getLogger(__name__)


@contextmanager
def bad_requests() -> Iterator[None]:
    """Answer 400 where Django's admin would fail."""
    try:
        yield
    except UNREADABLE as error:
        log.warning("The admin could not read a request", exc_info=True)
        raise BadRequest from error


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
            with bad_requests(), system():
                answer = checked(request, *args, **kwargs)
                # Rendered here: outside the transaction its querysets would find no rows.
                return answer.render() if isinstance(answer, SimpleTemplateResponse) else answer

        return cast("View", as_system)


class StaffAdminConfig(AdminConfig):
    """Puts our site in the place of Django's."""

    default_site = "config.admin.StaffSite"
