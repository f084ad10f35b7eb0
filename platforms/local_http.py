"""Sessions that end on this machine: a simulated or recorded platform instead of the real one.

Clients always speak to the platforms' own addresses; a session decides where that leads.
"""

import io
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.structures import CaseInsensitiveDict

from platforms.simulation.faults import Faults
from platforms.simulation.switchboard import Makers, switchboard
from platforms.simulation.wire import Answer, Call
from platforms.simulation.world import World

Handler = Callable[[Call], Answer]


def local_session(handler: Handler, hosts: Iterable[str]) -> requests.Session:
    """A session in which `handler` answers for these hosts; all others are out of reach."""
    session = requests.Session()
    session.adapters.clear()
    for host in hosts:
        session.mount(f"https://{host}", _HandlerAdapter(handler))
    return session


def simulated_session(
    world: World, makers: Makers, faults: Faults | None = None
) -> requests.Session:
    """A session in which the simulated platforms of a world answer, in this process."""
    board = switchboard(world, makers, faults)
    return local_session(board.answer, board.hosts)


def detoured_session(address: str) -> requests.Session:
    """A session that sends `https://host/path` to `address/host/path`."""
    session = requests.Session()
    session.adapters.clear()
    session.mount("https://", _DetourAdapter(address.rstrip("/")))
    return session


class _HandlerAdapter(BaseAdapter):
    """Answers in this process."""

    def __init__(self, handler: Handler) -> None:
        super().__init__()
        self._handler = handler

    def send(
        self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any
    ) -> requests.Response:
        """Ask the handler."""
        answer = self._handler(_call(request))
        if answer.fault == "timeout":
            raise requests.Timeout(request=request)
        if answer.fault == "refused":
            raise requests.ConnectionError(request=request)
        return _response(request, answer)

    def close(self) -> None:
        """Nothing is open."""


class _DetourAdapter(HTTPAdapter):
    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        """Send the request to the other address; the platform's host leads the path."""
        detoured = request.copy()
        where = urlsplit(request.url or "")
        query = f"?{where.query}" if where.query else ""
        detoured.url = f"{self._address}/{where.netloc}{where.path}{query}"
        return super().send(detoured, *args, **kwargs)


class _CutBody(io.BytesIO):
    """Breaks off where the content ends."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Give what there is, then fail."""
        piece = super().read(size)
        if not piece:
            raise requests.exceptions.ChunkedEncodingError("The connection broke.")
        return piece


def _call(request: requests.PreparedRequest) -> Call:
    where = urlsplit(request.url or "")
    body = request.body or b""
    return Call(
        method=request.method or "GET",
        host=where.netloc,
        path=where.path,
        params=parse_qs(where.query, keep_blank_values=True),
        headers={key.lower(): str(value) for key, value in request.headers.items()},
        body=body.encode() if isinstance(body, str) else bytes(body),  # type: ignore[arg-type]  # never a stream here
    )


def _response(request: requests.PreparedRequest, answer: Answer) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.headers = CaseInsensitiveDict(answer.headers)
    response.raw = (_CutBody if answer.fault == "cut" else io.BytesIO)(answer.body)
    response.request = request
    response.url = request.url or ""
    return response
