"""Files of recorded exchanges with the platforms, as `replay` reads them.

One JSON object a file: `call` ("twitch.streams"), `request` (method, url, params, body), `status`,
`headers`, and `body`, which is text where it was not JSON.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

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
    asked, status = found["request"], _status(found.get("status"))
    if status is None:
        raise UnreadableError("It is no recording: it has no status.")
    call = str(found.get("call") or "")
    return Recording(call=call, request=_request(asked), answer=_answer(found, status))


def _status(found: object) -> int | None:
    """Some recorders write it as text."""
    told = str(found)
    return int(told) if re.fullmatch(r"[1-9][0-9]{2}", told) else None


def _number(digits: str) -> float:
    return int(digits) if len(digits) < MOST_DIGITS else math.inf


def _request(asked: Mapping[str, Any]) -> Request:
    where, form = _address(asked.get("url")), asked.get("body")
    params: Params = {
        **parse_qs(where.query, keep_blank_values=True),
        **_params(asked.get("params")),
    }
    return Request(
        method=str(asked.get("method") or "GET").upper(),
        url=where._replace(query="", fragment="").geturl(),
        params=params,
        data=_params(form) if isinstance(form, Mapping) and form else None,
    )


def _address(found: object) -> SplitResult:
    """An address in the clients' own form: https, a host in small letters, no port."""
    try:
        where = urlsplit(found if isinstance(found, str) else "")
        host = where.hostname
    except ValueError:
        host = None
    if not host:
        raise UnreadableError("It is no recording: it has no address.")
    return where._replace(scheme="https", netloc=host)


def _params(found: object) -> dict[str, Any]:
    """Values as text; those that are null were not sent."""
    named = found.items() if isinstance(found, Mapping) else ()
    return {
        _sendable(name): [*map(_sendable, value)] if isinstance(value, list) else _sendable(value)
        for name, value in named
        if value is not None
    }


def _sendable(value: object) -> str:
    """Half a surrogate pair goes into no address."""
    return str(value).encode(errors="replace").decode()


def _answer(found: Mapping[str, Any], status: int) -> Answer:
    body, headers = found.get("body", ""), found.get("headers")
    return Answer(
        status=status,
        headers={k: str(v) for k, v in headers.items()} if isinstance(headers, Mapping) else {},
        body=(body if isinstance(body, str) else json.dumps(body)).encode(errors="surrogatepass"),
    )
