"""The simulated platforms over real HTTP, on this machine only.

`http://127.0.0.1:PORT/<host>/<path>` is `https://<host>/<path>`; `detoured_session` leads there.
What steers the world stands beside them:

- `GET /_world`: its clock, accounts, planted effects, and the faults still to come.
- `POST /_world/advance` `{"days": 1, "hours": 2}`: moves the clock.
- `POST /_world/fault` `{"platform": "twitch", "kind": "429", "times": 1, "path": "/streams"}`
- `POST /_world/clear`: forgets the faults.
"""

import json
import logging
import socket
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from platforms.simulation.switchboard import Switchboard
from platforms.simulation.wire import Answer, Call, as_json

logger = logging.getLogger(__name__)

LARGEST_REQUEST = 1024 * 1024  # bytes


class SimulationServer(ThreadingHTTPServer):
    """Serves a switchboard on the loopback address. Port 0: any that is free.

    `hang`: seconds that a call with the fault "timeout" waits before its connection closes.
    `listener`: a socket that listens already. `steered`: its world can be steered by calls.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        board: Switchboard,
        *,
        port: int = 0,
        hang: float = 20.0,
        listener: socket.socket | None = None,
        steered: bool = True,
    ) -> None:
        super().__init__(("127.0.0.1", port), Handler, bind_and_activate=listener is None)
        self.board = board
        self.hang = hang
        self.steered = steered
        if listener:
            self.socket.close()
            self.socket = listener
            self.server_name, self.server_port = self.server_address = listener.getsockname()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """One connection, kept alive for many calls."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: SimulationServer

    def do_GET(self) -> None:
        """Answer a call."""
        self._handle()

    def do_POST(self) -> None:
        """Answer a call with a body."""
        self._handle()

    def _handle(self) -> None:
        call = self._call()
        if call is None:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        try:
            steers = call.host == "_world" and self.server.steered
            answer = control(self.server.board, call) if steers else self.server.board.answer(call)
        except Exception:
            logger.exception("the simulator failed", extra={"host": call.host, "path": call.path})
            answer = Answer(status=500)
        self._give(answer)

    def _call(self) -> Call | None:
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= LARGEST_REQUEST:
            return None
        where = urlsplit(self.path)
        host, _, path = where.path.lstrip("/").partition("/")
        return Call(
            method=self.command,
            host=host,
            path=f"/{path}",
            params=parse_qs(where.query, keep_blank_values=True),
            headers={key.lower(): value for key, value in self.headers.items()},
            body=self.rfile.read(length),
        )

    def _give(self, answer: Answer) -> None:
        if answer.fault in ("timeout", "refused"):
            time.sleep(self.server.hang if answer.fault == "timeout" else 0)
            self.close_connection = True
            return
        missing = 1000 if answer.fault == "cut" else 0
        self.close_connection = self.close_connection or bool(missing)
        self.send_response_only(answer.status)  # a platform's Date is that of its world
        for key, value in answer.headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(answer.body) + missing))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name of the class above
        """Nothing: keys of YouTube travel in addresses."""


def control(board: Switchboard, call: Call) -> Answer:
    """What steers the world. An order that is not understood answers 400."""
    step = CONTROLS.get((call.method, call.path))
    if step is None:
        return as_json({"error": "There is no such control."}, status=404)
    try:
        return step(board, json.loads(call.body or b"{}"))
    except (TypeError, ValueError, OverflowError) as error:
        return as_json({"error": str(error)}, status=400)


def _show(board: Switchboard, _order: Any) -> Answer:
    now = board.world.now
    return _plain(
        {
            "now": now,
            "start": board.world.start,
            "seed": board.world.seed,
            "faults": board.faults.waiting(),
            "accounts": {slug: _accounts(board, slug, now) for slug in board.simulators},
            "planted": {slug: asdict(found) for slug, found in board.world.planted.items()},
        }
    )


def _accounts(board: Switchboard, platform: str, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "index": account.index,
            "handle": account.handle_at(now),
            "title": account.title,
            "state": account.state_at(now),
            "audience": account.audience_at(now),
        }
        for account in board.world.accounts(platform)
    ]


def _advance(board: Switchboard, order: dict[str, float]) -> Answer:
    board.world.advance(timedelta(**order))
    return _plain({"now": board.world.now})


def _fault(board: Switchboard, order: dict[str, Any]) -> Answer:
    if order.get("platform") not in board.simulators:
        raise ValueError(f"The platforms are {', '.join(board.simulators)}.")
    board.faults.order(**order)
    return _plain({"faults": board.faults.waiting()})


def _clear(board: Switchboard, _order: Any) -> Answer:
    board.faults.clear()
    return _plain({"faults": {}})


def _plain(content: dict[str, Any]) -> Answer:
    return as_json(json.loads(json.dumps(content, default=datetime.isoformat)))


CONTROLS: dict[tuple[str, str], Callable[[Switchboard, Any], Answer]] = {
    ("GET", "/"): _show,
    ("POST", "/advance"): _advance,
    ("POST", "/fault"): _fault,
    ("POST", "/clear"): _clear,
}
