"""Error pages: what happened, what to do next, and the id under which the logs know it.

Programs under /api/ get problem details (RFC 9457), htmx gets a toast, browsers get a page.
"""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails

from accounts.demo import NotInDemo
from config.frame.navigation import Frame

WORDS = {
    400: (
        "This request could not be read",
        "Part of it was missing or not as expected. Nothing was changed. Go back and try again.",
    ),
    403: (
        "This is not open to you",
        "Your account lacks the rights for it. The person who runs this installation gives them.",
    ),
    404: (
        "There is nothing here",
        "The address may be mistyped, or what it showed was deleted.",
    ),
    429: (
        "Too many attempts",
        "Attempts are limited to keep accounts safe. Wait a few minutes, then try again.",
    ),
    500: (
        "The server failed",
        "Nothing was changed. The failure is recorded under the request ID. Try again in a minute.",
    ),
}
STALE_FORM = (
    "This form is out of date",
    "You signed in or out in another tab, or cookies are blocked. Open the page again and repeat.",
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django's signature
    """The request was malformed."""
    return _problem(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The person may not do this."""
    words = (exception.title, str(exception)) if isinstance(exception, NotInDemo) else None
    return _problem(request, 403, words=words)


def csrf_failure(request: HttpRequest, **_: object) -> HttpResponse:
    """The form's token was missing or old."""
    return _problem(request, 403, words=STALE_FORM)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django's signature
    """There is no such thing, or it belongs to somebody else."""
    return _problem(request, 404)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """A rate limit of signing in was met; allauth calls this."""
    response = _problem(request, 429)
    response["Retry-After"] = "60"  # allauth counts within minutes, and does not tell when one ends
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Our fault. Nothing here may need the database, the session or the signed-in person."""
    try:
        return _problem(request, 500)
    except Exception:  # noqa: BLE001  whatever broke the page must not break this answer
        title, text = WORDS[500]
        return HttpResponse(f"{title}. {text}", status=500, content_type="text/plain")


def _problem(
    request: HttpRequest, status: int, *, words: tuple[str, str] | None = None
) -> HttpResponse:
    """The answer to a failed request in the form that its sender understands."""
    title, text = words or WORDS[status]
    if request.path.startswith("/api/"):
        content = problem_details(request, status, f"{title}. {text}")
        return JsonResponse(content, status=status, content_type="application/problem+json")
    # Without a request there are no context processors, which would ask session and database.
    body = render_to_string(
        "components/toast.html" if HtmxDetails(request) else "error.html",
        _page_context(request, status, title, text),
    )
    response = HttpResponse(body, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _page_context(request: HttpRequest, status: int, title: str, text: str) -> dict[str, Any]:
    """What error.html and the toast show."""
    frame = Frame(request)
    note = {"kind": "bad", "detail": f"Request ID {frame.request_id}" if frame.request_id else ""}
    return {"frame": frame, "status": status, "title": title, "text": text, **note}


def problem_details(request: HttpRequest, status: int, sentence: str) -> dict[str, Any]:
    """The same for programs: the members that RFC 9457 names, and the id in our logs."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": sentence,
        "request_id": Frame(request).request_id,
    }
