"""Browsers in which somebody has signed in to an account before.

Failed attempts are counted by account, so whoever fails on purpose shuts its owner out, too. A
browser that the account knows is counted apart.
"""

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

A_YEAR = 365 * 24 * 3600


def remember(response: HttpResponse, *, email: str) -> HttpResponse:
    """Let this browser prove later that somebody signed in to this account with it."""
    name = secrets.token_urlsafe(12)
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        f"{name}:{_proof(name, email)}",
        max_age=A_YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def recognised(request: HttpRequest, *, email: str) -> str:
    """Name of the browser; "" for one in which nobody has signed in to this account."""
    name, _, proof = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "").partition(":")
    return name if constant_time_compare(proof, _proof(name, email)) else ""


def _proof(name: str, email: str) -> str:
    return salted_hmac("accounts.devices", f"{name}:{email}", algorithm="sha256").hexdigest()
