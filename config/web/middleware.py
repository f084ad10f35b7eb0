"""What every request carries, and the security headers of every answer, probes included."""

import logging
import re
from collections.abc import Callable
from time import perf_counter
from uuid import uuid4

import structlog
from django.http import HttpRequest, HttpResponse

from accounts.addresses import client_ip
from config.logs.lines import in_request, known_user, safe_path

Next = Callable[[HttpRequest], HttpResponse]

ACCEPTED_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), "
        "geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
    ),
    # The filter that this header once switched on is gone from browsers, and was an attack itself.
    "X-XSS-Protection": "0",
    "X-Content-Type-Options": "nosniff",
}

log = structlog.get_logger("tidewatch.request")


class RequestContextMiddleware:
    """Names the request in its log lines and its answer, and writes one line about it."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the request's id, the proxy's or a new one."""
        identify(request)
        began = perf_counter()
        with in_request(request):
            response = self.get_response(request)
            write_line(request, response.status_code, perf_counter() - began)
            response._has_been_logged = True  # type: ignore[attr-defined]  # Django's own mark
        response["X-Request-ID"] = request.id  # type: ignore[attr-defined]  # set by identify
        return response


class SecurityHeadersMiddleware:
    """Headers that browsers honour, and that Django does not set or not everywhere."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add what the view did not set itself. Pages of signed-in people are kept nowhere."""
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if known_user(request):
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


def identify(request: HttpRequest) -> None:
    """Give the request its id and its sender's address."""
    given = request.headers.get("X-Request-ID", "")
    request.id = given if ACCEPTED_ID.fullmatch(given) else uuid4().hex  # type: ignore[attr-defined]
    request.client_ip = client_ip(request)  # type: ignore[attr-defined]


def write_line(request: HttpRequest, status: int, seconds: float) -> None:
    """Write the one line of a request. The query string is left out: it may hold anything."""
    path = safe_path(request)
    log.log(
        _level(path, status),
        "request",
        method=request.method,
        path=path,
        status=status,
        duration=round(seconds, 4),
    )


def _level(path: str, status: int) -> int:
    if path.startswith("/health") and status < 500:  # a probe comes every few seconds
        return logging.DEBUG
    return logging.ERROR if status >= 500 else logging.INFO
