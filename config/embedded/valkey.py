"""The embedded Valkey: cache, broker and live events, reached by a unix socket only."""

from pathlib import Path
from signal import SIGKILL, SIGTERM

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.embedded.binaries import valkey_server
from config.embedded.folders import private
from config.embedded.layout import Layout
from config.embedded.process import Server, adopt, launch


def url(layout: Layout) -> str:
    """Connection string."""
    return f"unix://{layout.valkey_socket}?db=0"


def server(layout: Layout) -> Server:
    """The server of this installation."""
    return Server(
        name="Valkey",
        pid_file=layout.valkey / "valkey.pid",
        sign=str(layout.valkey_socket),
        log=layout.valkey / "valkey.log",
        stop=SIGTERM,  # writes the append-only file out
        stop_at_once=SIGKILL,
    )


def start(layout: Layout) -> None:
    """Start or adopt the server. Idempotent."""

    def answering() -> bool:
        return answers(layout)

    if not adopt(server(layout), answers=answering):
        launch(server(layout), _command(layout), answers=answering)


def answers(layout: Layout) -> bool:
    """Whether the server answers PING. While it loads its file it does not."""
    try:
        with redis.Redis(
            unix_socket_path=str(layout.valkey_socket),
            socket_timeout=2,
            retry=Retry(NoBackoff(), 0),
        ) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _command(layout: Layout) -> list[Path]:
    private(layout.valkey)
    configuration = layout.valkey / "valkey.conf"
    configuration.write_text(_settings(layout))
    return [valkey_server(), configuration]


def _settings(layout: Layout) -> str:
    return f"""# Written at every start.
port 0
unixsocket {layout.valkey_socket}
unixsocketperm 700
proc-title-template "{{title}} {{unixsocket}}"
dir {_quoted(layout.valkey)}
pidfile {_quoted(layout.valkey / "valkey.pid")}
daemonize no
appendonly yes
appendfsync everysec
save ""
maxmemory 256mb
# Evicts only keys with an expiry: never the broker's lists.
maxmemory-policy volatile-lru
"""


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
