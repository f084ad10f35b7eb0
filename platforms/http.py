"""The one door out: every call to a platform goes through here.

Gives each call a time-out, a limit of size and up to three tries where the fault is the network's
or the server's. Follows no redirect: Reddit answers for a missing subreddit with one, and a secret
must not travel to another host. Knows no platform and no Django.
"""

import json
import logging
import random
import time
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.structures import CaseInsensitiveDict

from platforms.errors import Malformed, Unavailable

logger = logging.getLogger(__name__)

TIMEOUT = (5.0, 10.0)  # seconds to connect, seconds between two bytes
WHOLE_CALL_SECONDS = 30.0
LARGEST_BODY = 16 * 1024 * 1024  # bytes; the largest recorded answer has 1.6 million
TRIES = 3
CHUNK = 64 * 1024

Params = Mapping[str, str | int | list[str]]


@dataclass(frozen=True)
class Request:
    """One request. Its repr shows neither headers nor data nor parameters: they carry secrets."""

    method: str
    url: str
    params: Params = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    data: Mapping[str, str] | None = field(default=None, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Response:
    """What came back, whole. Its repr shows no body: it holds people's words."""

    status: int
    headers: CaseInsensitiveDict[str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def is_page(self) -> bool:
        """Whether it is HTML, as edge servers answer: it says nothing of accounts and keys."""
        return self.body.removeprefix(BOM_UTF8).lstrip()[:1] == b"<"

    def json(self) -> Any:
        """The parsed body. Raises Unavailable for HTML, Malformed for anything else unreadable."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:  # nested a hundred thousand deep
            if self.is_page:
                raise Unavailable("The platform answered with a web page.") from error
            raise Malformed("The answer is not JSON.") from error


Check = Callable[[Response], None]


class HttpClient:
    """Sends requests. `check` raises the PlatformError that a response means, or returns."""

    def __init__(
        self,
        *,
        session: requests.Session | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.session = session or requests.Session()
        self.session.trust_env = False  # no ~/.netrc: it would replace our Authorization header
        self._pause = pause

    def send(self, request: Request, check: Check) -> Response:
        """Return a good response. Raises what `check` raises; Unavailable after the last try."""
        for attempt in range(1, TRIES + 1):
            try:
                response = self._once(request)
                check(response)
            except Unavailable:
                if attempt == TRIES:
                    raise
                self._pause(random.uniform(0.1, 0.5) * 2**attempt)  # noqa: S311  jitter
            else:
                return response
        raise AssertionError("unreachable")

    def _once(self, request: Request) -> Response:
        began = time.monotonic()
        try:
            with self._open(request) as response:
                body = _read(response, deadline=began + WHOLE_CALL_SECONDS)
        except requests.RequestException as error:
            # Not `from error`: its text holds the URL, and YouTube's key travels in there.
            raise Unavailable(_network_text(error)) from None
        _log(request, response.status_code, time.monotonic() - began)
        return Response(response.status_code, response.headers, body)

    def _open(self, request: Request) -> requests.Response:
        return self.session.request(
            request.method,
            request.url,
            params=request.params,
            headers=dict(request.headers),
            data=request.data,
            auth=request.auth,
            timeout=TIMEOUT,
            allow_redirects=False,
            stream=True,
        )


def _read(response: requests.Response, *, deadline: float) -> bytes:
    """Read the body within the limits of size and time; a slow drip counts as unavailable."""
    body = bytearray()
    for chunk in response.iter_content(CHUNK):
        body += chunk
        if len(body) > LARGEST_BODY:
            raise Malformed("The answer is larger than 16 MB.")
        if time.monotonic() > deadline:
            raise Unavailable("The platform answered too slowly.")
    return bytes(body)


def _network_text(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return "The platform did not answer in time."
    return "The platform could not be reached, or its answer broke off."


def _log(request: Request, status: int, seconds: float) -> None:
    where = urlsplit(request.url)
    logger.debug(
        "platform call",
        extra={"method": request.method, "host": where.netloc, "path": where.path,
               "status": status, "seconds": round(seconds, 3)},
    )  # fmt: skip
