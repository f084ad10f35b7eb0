"""What htmx needs from the server beside fragments."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django_htmx.middleware import HtmxDetails

Next = Callable[[HttpRequest], HttpResponse]
DOORS = ("account_login", "account_reauthenticate")


class SignInRedirectMiddleware:
    """Leads the whole page to sign in, where htmx would put the form into a region of it."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Turn a redirect to a door into 401 with `HX-Redirect`, and come back to the page."""
        response = self.get_response(request)
        htmx = HtmxDetails(request)
        if response.status_code != 302 or not htmx:
            return response
        door = urlsplit(response["Location"]).path
        if door not in {reverse(name) for name in DOORS}:
            return response
        back = urlencode({"next": page(htmx)})
        return HttpResponse(status=401, headers={"HX-Redirect": f"{door}?{back}"})


def page(htmx: HtmxDetails) -> str:
    """Path of the page that asks; the home page where the header names none of ours."""
    try:
        return htmx.current_url_abs_path or "/"
    except ValueError:  # http://[
        return "/"
