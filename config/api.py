"""What every call of the REST API has in common: bodies, the pages of lists, how errors are told.

Errors are problem details (RFC 9457), the same as those of the rest of the house.
"""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.core.exceptions import ValidationError as BadValue
from django.http import Http404
from rest_framework.exceptions import APIException, NotFound, ParseError, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler

from accounts.demo import NotInDemo
from config.frame.errors import WORDS, problem_details


class JsonBodies(JSONParser):
    """JSON that can be stored and told again: not nested without end, no half surrogate pairs, no
    infinite numbers."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The content. Raises ParseError."""
        try:
            content = super().parse(stream, media_type, parser_context)
            json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        except UnicodeEncodeError:
            raise ParseError("The JSON holds half a surrogate pair.") from None
        except ValueError:  # such as 1e999
            raise ParseError("The JSON holds a number without end.") from None
        return content


class KeysetPages(CursorPagination):
    """Pages that begin behind the last row of the one before: also the thousandth is cheap.

    Rows that arrive meanwhile shift nothing. Newest first; a view may say otherwise by `ordering`.
    """

    ordering = ("-created_at", "-id")
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        """The view's own order, or that in which rows were made."""
        del request, queryset  # DRF's signature
        return getattr(view, "ordering", self.ordering)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Where the page begins; a torn cursor is the caller's mistake, not a missing page."""
        try:
            return super().decode_cursor(request)
        except NotFound:
            raise _bad_cursor() from None

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        """One page. A cursor may be whole, and yet name a place that there cannot be."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (BadValue, ValueError):
            raise _bad_cursor() from None


def _bad_cursor() -> ValidationError:
    return ValidationError({"cursor": ["Take the cursor from the links of the page before."]})


def problem(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Tell an error that a view raised; None leaves the unforeseen to the page of failures."""
    told = isinstance(exception, NotInDemo)  # in its own words, by the handler of all pages
    response = None if told else exception_handler(exception, context)
    if response is None:
        return None
    content = problem_details(
        context["request"], response.status_code, _sentence(exception, response)
    )
    if isinstance(exception, ValidationError):
        content["errors"] = _by_field(exception.detail)
    headers = {name: value for name, value in response.items() if name != "Content-Type"}
    return Response(
        content,
        status=response.status_code,
        headers=headers,
        content_type="application/problem+json",
    )


def _sentence(exception: Exception, response: Response) -> str:
    if isinstance(exception, ValidationError):
        return "Some of what was sent cannot be used. Nothing was changed."
    if isinstance(exception, Http404 | NotFound):
        return ". ".join(WORDS[404])
    if isinstance(exception, APIException):
        return str(exception.detail)
    return ". ".join(WORDS[response.status_code])


def _by_field(detail: Any) -> dict[str, Any]:
    """Field -> sentences; '' holds what concerns no single field."""
    return detail if isinstance(detail, dict) else {"": detail}
