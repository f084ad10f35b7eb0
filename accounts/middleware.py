"""What every request carries: its tenant, its time zone, and a trace in the list of sessions."""

from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.tenancy import acting_for

Next = Callable[[HttpRequest], HttpResponse]

SEEN_EVERY = 60  # seconds


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


class SessionActivityMiddleware:
    """Notes when, from where and with which browser a session was last seen.

    allauth's own middleware writes with every request; once a minute is enough for people.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Note it, then answer."""
        if request.user.is_authenticated and not _seen_just_now(request.session.session_key):
            UserSession.objects.create_from_request(request)
        return self.get_response(request)


def _seen_just_now(session_key: str | None) -> bool:
    # The key opens the session, so the cache gets to know its fingerprint only.
    fingerprint = salted_hmac("seen", session_key or "", algorithm="sha256").hexdigest()
    return not cache.add(f"seen:{fingerprint}", 1, SEEN_EVERY)
