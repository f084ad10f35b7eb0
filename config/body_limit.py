"""The largest request body. Django's own limit comes after the body was written to disk."""

from collections.abc import Awaitable, Callable, MutableMapping
from io import BytesIO
from typing import Any

from django.core.handlers.asgi import ASGIRequest

from config.logs import in_request
from config.middleware import identify, write_line

MEGABYTE = 1024 * 1024

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class BodyLimit:
    """Answers 413 as soon as a body is known to be over `limit` bytes, and reads no further."""

    def __init__(self, app: Any, *, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Believe a stated length, and count where there is none."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif _stated_length(scope) > self.limit:
            await self._refuse(scope, send)
        else:
            counted = _Counted(receive, self.limit)
            await self.app(scope, counted, send)
            if counted.exceeded:
                await self._refuse(scope, send)

    async def _refuse(self, scope: Message, send: Send) -> None:
        request = ASGIRequest(scope, BytesIO())
        identify(request)
        with in_request(request):
            write_line(request, 413, 0.0)
        text = f"The request is larger than {self.limit // MEGABYTE} MB.\n".encode()
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(text)).encode()),
            (b"connection", b"close"),  # the rest of the body is not worth reading
            (b"x-request-id", request.id.encode()),  # type: ignore[attr-defined]  # set by identify
        ]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": text})


class _Counted:
    """A body that ends, as if the sender had left, once it has grown over the limit."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self.receive = receive
        self.left = limit

    @property
    def exceeded(self) -> bool:
        return self.left < 0

    async def __call__(self) -> Message:
        message = await self.receive()
        if message["type"] == "http.request":
            self.left -= len(message.get("body", b""))
        return {"type": "http.disconnect"} if self.exceeded else message


def _stated_length(scope: Message) -> int:
    stated = dict(scope["headers"]).get(b"content-length", b"")
    return int(stated) if stated.isdigit() else 0
