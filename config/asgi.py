"""HTTP and WebSocket entry of the web processes."""

import os
from wsgiref.headers import Headers

from django.core.asgi import get_asgi_application

from config.start.failures import one_sentence

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
with one_sentence():
    http = get_asgi_application()  # sets Django up, so it comes before the imports below

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter
from django.conf import settings
from servestatic import ServeStaticASGI

from config.web import sockets
from config.web.bodies import BodyLimit, NoBodyForHead


def static_headers(headers: Headers, *_: str) -> None:
    """What Django's middleware adds to pages, as far as it concerns files."""
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"


application = ProtocolTypeRouter(
    {
        # In front of Django: a file needs no thread, no session and no database.
        "http": NoBodyForHead(
            ServeStaticASGI(
                BodyLimit(http, limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE),
                root=settings.STATIC_ROOT,
                prefix=settings.STATIC_URL,
                allow_all_origins=False,
                add_headers_function=static_headers,
            )
        ),
        "websocket": sockets.OwnPagesOnly(AuthMiddlewareStack(sockets.router)),
    }
)
