"""Files of recorded exchanges with the platforms, as `replay` reads them.

One JSON object a file: `call` ("twitch.streams"), `request` (method, url, params, body), `status`,
`headers`, `body`, and `body_type` "text" where the body was not JSON.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from platforms.http import Params, Request
from platforms.simulation.wire import Answer

MOST_DIGITS = 4_000  # Python reads no longer numbers


class UnreadableError(ValueError):
    """A file that is no recording. Its text says what is missing."""


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One exchange: what was asked, and what came back."""

    call: str
    request: Request
    answer: Answer

    @property
    def host(self) -> str:
        """Who was asked."""
        return urlsplit(self.request.url).netloc.lower()


def read(path: Path) -> Recording:
    """Read one file. Raises UnreadableError."""
    try:
        found = json.loads(path.read_bytes(), parse_int=_number)
    except (OSError, ValueError, RecursionError) as error:
        raise UnreadableError(f"It cannot be read as JSON ({type(error).__name__}).") from error
    if not isinstance(found, dict) or not isinstance(found.get("request"), dict):
        raise UnreadableError("It is no recording: it has no request.")
    asked, status = found["request"], found.get("status")
    if not isinstance(asked.get("url"), str) or not isinstance(status, int):
        raise UnreadableError("It is no recording: it has no address or no status.")
    call = str(found.get("call") or "")
    return Recording(call=call, request=_request(asked), answer=_answer(found, status))


def _number(digits: str) -> float:
    return int(digits) if len(digits) < MOST_DIGITS else math.inf


def _request(asked: Mapping[str, Any]) -> Request:
    where = urlsplit(asked["url"])
    form = asked.get("body")
    params: Params = {
        **parse_qs(where.query, keep_blank_values=True),
        **_params(asked.get("params")),
    }
    return Request(
        method=str(asked.get("method") or "GET"),
        url=where._replace(scheme="https", query="", fragment="").geturl(),
        params=params,
        data=_params(form) if isinstance(form, Mapping) and form else None,
    )


def _params(found: object) -> dict[str, Any]:
    """Values as text; those that are null were not sent."""
    named = found.items() if isinstance(found, Mapping) else ()
    return {
        name: [str(part) for part in value] if isinstance(value, list) else str(value)
        for name, value in named
        if value is not None
    }


def _answer(found: Mapping[str, Any], status: int) -> Answer:
    body, headers = found.get("body", ""), found.get("headers")
    plain = isinstance(body, str) and (found.get("body_type") == "text" or "body" not in found)
    return Answer(
        status=status,
        headers={k: str(v) for k, v in headers.items()} if isinstance(headers, Mapping) else {},
        body=(body if plain else json.dumps(body)).encode(errors="surrogatepass"),
    )
