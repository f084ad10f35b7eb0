"""What views of all apps do alike: whose request it is, pages in parts, forms that come back."""

from http import HTTPStatus
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from accounts.models import User


def person(request: HttpRequest) -> User:
    """Who is signed in, behind `login_required`."""
    return cast("User", request.user)


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx puts the answer into a part of its page."""
    return bool(request.htmx) and request.headers.get("HX-Request-Type") != "full"  # type: ignore[attr-defined]  # django-htmx's middleware sets it


def shown(
    request: HttpRequest, template: str, part: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """The page, or its part for htmx. `part`: the name of a partial in the template."""
    fragment = wants_part(request)
    name = f"{template}#{part}" if fragment else template
    response = render(request, name, {**context, "fragment": fragment}, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Request-Type"])
    return response


def status_of(form: Any) -> HTTPStatus:
    """200 for a fresh form, 422 for one that comes back with errors."""
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
