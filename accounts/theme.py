"""Light, dark, or as the system does: remembered by the browser, and with the person."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.models import User

COOKIE = "theme"
THEMES = tuple(User.Theme.values)
A_YEAR = 365 * 24 * 3600


def shown_theme(request: HttpRequest) -> str:
    """What this page wears: the browser's choice, then the person's, then the system's."""
    chosen = request.COOKIES.get(COOKIE, "")
    person = getattr(request, "user", None)
    return chosen if chosen in THEMES else getattr(person, "theme", User.Theme.SYSTEM)


def keep_theme(response: HttpResponse, theme: str) -> HttpResponse:
    """Let this browser remember, so that the server can render it without a flash."""
    response.set_cookie(
        COOKIE, theme, max_age=A_YEAR, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax"
    )
    return response
