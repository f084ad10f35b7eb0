"""The door of the WebSockets."""

from io import BytesIO
from typing import Any

from channels.routing import URLRouter
from channels.security.websocket import WebsocketDenier
from django.core.handlers.asgi import ASGIRequest
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import path, re_path

from accounts.consumers import LiveConsumer

# The stubs know `path` for views only.
_sockets: Any = [
    path("ws/live/", LiveConsumer.as_asgi()),  # type: ignore[arg-type]
    re_path("", WebsocketDenier.as_asgi()),  # type: ignore[arg-type]
]
router = URLRouter(_sockets)


class OwnPagesOnly:
    """Refuses sockets that pages of other sites open: a browser sends our cookie with them, too.

    The rule is that of forms. Another port of the same host is another site.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        self._forms = CsrfViewMiddleware(lambda _request: None)  # type: ignore[arg-type]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass on, or deny the handshake."""
        request = ASGIRequest(scope | {"method": "GET"}, BytesIO())
        ours = "HTTP_ORIGIN" in request.META and self._forms._origin_verified(request)  # type: ignore[attr-defined]
        await (self.app if ours else WebsocketDenier())(scope, receive, send)
