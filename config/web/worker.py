"""gunicorn's ASGI worker, with an end to every wait that it leaves open.

Tested against the web server itself: what is reached into here has no name that others may rely on.
"""

from weakref import WeakSet

from gunicorn.asgi.protocol import ASGIProtocol  # type: ignore[import-untyped]
from gunicorn.workers import gasgi  # type: ignore[import-untyped]

# From the connection to the end of the first request's headers. Later requests have `keepalive`.
HEADERS_SECONDS = 10
GOING_AWAY = 1001  # a browser comes back to whoever serves next


class Protocol(ASGIProtocol):  # type: ignore[misc]  # gunicorn ships no types
    """One connection."""

    def connection_made(self, transport: object) -> None:
        """Begin to wait for a request, and not for ever."""
        super().connection_made(transport)
        self.worker.connections.add(self)
        self._keepalive_handle = self.worker.loop.call_later(
            HEADERS_SECONDS, self._keepalive_timeout
        )

    def part(self) -> None:
        """End unless a request is in hand: at once where none is, politely where a socket is."""
        if self._awaiting_request:
            self._keepalive_timeout()
        elif self._websocket is not None:
            close = self._websocket._send({"type": "websocket.close", "code": GOING_AWAY})
            self.parting = self.worker.loop.create_task(close)


class Worker(gasgi.ASGIWorker):  # type: ignore[misc]  # gunicorn ships no types
    """One web process. A stop waits for requests, and for nobody who merely holds a connection."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self.connections: WeakSet[Protocol] = WeakSet()

    def handle_exit_signal(self) -> None:
        """Begin to stop."""
        super().handle_exit_signal()
        for connection in list(self.connections):
            connection.part()


gasgi.ASGIProtocol = Protocol  # the worker names it, and takes no other
