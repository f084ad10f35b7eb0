"""The one door out: every call to a platform goes through here.

Gives each call a time-out, a limit of size and up to three tries where the fault is the network's
or the server's. Follows no redirect: Reddit answers for a missing subreddit with one, and a secret
must not travel to another host. Knows no platform and no Django.
"""

import json
import logging
import random
import re
import time
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import NewConnectionError

from platforms.errors import Malformed, Unavailable

logger = logging.getLogger(__name__)

TIMEOUT = (5.0, 10.0)  # seconds to connect, seconds between two bytes
WHOLE_CALL_SECONDS = 30.0
LARGEST_BODY = 16 * 1024 * 1024  # bytes; the largest recorded answer has 1.6 million
TRIES = 3
CHUNK = 64 * 1024
FIRST_YEAR, LAST_YEAR = 2000, 2100  # a clock outside is wrong
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{0,9})?")

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

    @property
    def clock(self) -> datetime | None:
        """The moment of the answer in the platform's eyes, whatever our own clock says."""
        try:
            told = parsedate_to_datetime(self.headers["Date"])
        except (KeyError, ValueError, OverflowError):
            return None
        sane = FIRST_YEAR <= told.year < LAST_YEAR
        return told.replace(tzinfo=told.tzinfo or UTC) if sane else None

    def number(self, header: str) -> float | None:
        """A header that is a number from 0 on; None for every other."""
        text = self.headers.get(header, "").strip()
        return float(text) if _NUMBER.fullmatch(text) else None

    def json(self) -> Any:
        """The parsed body. Raises Unavailable for HTML, Malformed for anything else unreadable."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:  # nested a hundred thousand deep
            if self.is_page:
                raise Unavailable("The platform answered with a web page.") from error
            raise Malformed("The answer is not JSON.") from error


Check = Callable[[Response], None]
Pay = Callable[[], object]


def free() -> None:
    """Pay nothing."""


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

    def send(
        self, request: Request, check: Check, *, pay: Pay = free, unsent: Pay = free
    ) -> Response:
        """Return a good response. `pay` comes before every try: the platform counts them all.

        `unsent` follows a try that certainly never reached the platform. Raises what `pay` and
        `check` raise; Unavailable after the last try.
        """
        for attempt in range(1, TRIES + 1):
            pay()
            try:
                response = self._once(request, unsent)
                check(response)
            except Unavailable:
                if attempt == TRIES:
                    raise
                self._pause(random.uniform(0.1, 0.5) * 2**attempt)  # noqa: S311  jitter
            else:
                return response
        raise AssertionError("unreachable")

    def _once(self, request: Request, unsent: Pay) -> Response:
        began = time.monotonic()
        try:
            with self._open(request) as response:
                body = _read(response, deadline=began + WHOLE_CALL_SECONDS)
        except requests.RequestException as error:
            if _never_left(error):
                unsent()
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


def _never_left(error: requests.RequestException) -> bool:
    """Whether there was no connection to send anything on; a broken one may have carried it."""
    reasons = (getattr(told, "reason", None) for told in error.args)
    unmade = any(isinstance(reason, NewConnectionError) for reason in reasons)
    return unmade or isinstance(error, requests.ConnectTimeout)


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
