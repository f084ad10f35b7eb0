"""The embedded Valkey: cache, broker and live events, reached by a unix socket only."""

import signal

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.embedded.binaries import valkey_server
from config.embedded.layout import Layout
from config.embedded.process import Command, launch, stop


def url(layout: Layout) -> str:
    """Connection string."""
    return f"unix://{layout.valkey_socket}?db=0"


def start(layout: Layout) -> None:
    """Start or adopt the server. Idempotent."""
    if answers(layout):
        return
    for path in (layout.valkey, layout.run):
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    configuration = layout.valkey / "valkey.conf"
    configuration.write_text(_settings(layout))
    command = Command("Valkey", [valkey_server(), configuration], layout.valkey / "valkey.log")
    launch(command, lambda: answers(layout))


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


def halt(layout: Layout) -> None:
    """Stop in order: the append-only file is written out."""
    pid_file = layout.valkey / "valkey.pid"
    stop(pid_file, signal=signal.SIGTERM, last_resort=signal.SIGKILL)


def _settings(layout: Layout) -> str:
    return f"""# Written at every start.
port 0
unixsocket {layout.valkey_socket}
unixsocketperm 700
dir {layout.valkey}
pidfile {layout.valkey}/valkey.pid
daemonize no
appendonly yes
appendfsync everysec
save ""
maxmemory 256mb
# Evicts only keys with an expiry: never the broker's lists.
maxmemory-policy volatile-lru
"""
