"""What every request carries: its tenant and its time zone."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.tenancy import acting_for

Next = Callable[[HttpRequest], HttpResponse]


class TenantMiddleware:
    """Gives every transaction of the request to the person who is signed in."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as this person; without one, as nobody."""
        with acting_for(request.user.pk):
            return self.get_response(request)


class TimeZoneMiddleware:
    """Shows times in the person's zone."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the zone active."""
        zone = (
            request.user.zone if request.user.is_authenticated else timezone.get_default_timezone()
        )
        with timezone.override(zone):
            return self.get_response(request)
