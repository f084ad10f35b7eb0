"""Bodies of requests and answers: none too large, none too slow, and none where HEAD asks."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from io import BytesIO
from typing import Any

from django.core.handlers.asgi import ASGIRequest

from config.logs.lines import in_request
from config.web.middleware import HEADERS, identify, write_line

MEGABYTE = 1024 * 1024
# A request holds memory while its body comes in: it has this long, and longer the more has come.
PATIENCE_SECONDS, LEAST_BYTES_A_SECOND = 20.0, 16 * 1024

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class BodyLimit:
    """Answers 413 as soon as a body is known to be over `limit` bytes, and reads no further.

    Answers 408 when it comes in too slowly. `patience`: seconds for the first bytes.
    """

    def __init__(self, app: Any, *, limit: int, patience: float = PATIENCE_SECONDS) -> None:
        self.app = app
        self.limit, self.patience = limit, patience

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Believe a stated length, and count where there is none."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif _stated_length(scope) > self.limit:
            await self._too_large(scope, send)
        else:
            body = _Body(receive, limit=self.limit, patience=self.patience)
            await self.app(scope, body, send)
            if body.exceeded:
                await self._too_large(scope, send)
            elif body.late:
                await _refuse(scope, send, 408, "The request came in too slowly.\n")

    async def _too_large(self, scope: Message, send: Send) -> None:
        text = f"The request is larger than {self.limit // MEGABYTE} MB.\n"
        await _refuse(scope, send, 413, text)


class _Body:
    """A body that ends, as if the sender had left, once it is too large or too late."""

    def __init__(self, receive: Receive, *, limit: int, patience: float) -> None:
        self.receive = receive
        self.limit = limit
        self.read = 0
        self.late = self._complete = False
        self._due = asyncio.get_running_loop().time() + patience

    @property
    def exceeded(self) -> bool:
        return self.read > self.limit

    async def __call__(self) -> Message:
        if self._complete:  # what is still to come is the end of the connection
            return await self.receive()
        try:
            async with asyncio.timeout_at(self._due + self.read / LEAST_BYTES_A_SECOND):
                message = await self.receive()
        except TimeoutError:
            self.late = True
            return {"type": "http.disconnect"}
        if message["type"] == "http.request":
            self.read += len(message.get("body", b""))
            self._complete = not message.get("more_body", False)
        return {"type": "http.disconnect"} if self.exceeded else message


class NoBodyForHead:
    """Keeps the body of an answer to HEAD back; Django leaves that to the web server, which warns.

    The headers, the length among them, are those of GET.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer, to HEAD with the headers alone."""

        async def send_headers(message: Message) -> None:
            kept_back = {"body": b""} if message["type"] == "http.response.body" else {}
            await send({**message, **kept_back})

        await self.app(scope, receive, send_headers if scope["method"] == "HEAD" else send)


async def _refuse(scope: Message, send: Send, status: int, text: str) -> None:
    request = ASGIRequest(scope, BytesIO())
    identify(request)
    with in_request(request):
        write_line(request, status, 0.0)
    headers = HEADERS | {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(text)),
        "Connection": "close",  # the rest of the body is not worth reading
        "X-Request-ID": request.id,  # type: ignore[attr-defined]  # set by identify
    }
    lines = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": text.encode()})


def _stated_length(scope: Message) -> int:
    stated = dict(scope["headers"]).get(b"content-length", b"")
    return int(stated) if stated.isdigit() else 0
