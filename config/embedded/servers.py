"""Which servers a process needs, and who stops them.

`DATABASE_URL` and `REDIS_URL` win. Where one is missing, the embedded server is started or, if it
already runs, adopted. Every process that uses the embedded servers holds a shared lock; the last
one to leave stops them. A killed process loses its lock by itself, and its servers are adopted by
the next start.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from config.embedded import postgres, valkey
from config.embedded.layout import Layout
from config.env import VAR_DIR, env
from config.failures import SetupFailure

# Commands that touch neither database nor cache. `serve` provides the servers for its children.
SERVERLESS = frozenset(
    {"assets", "check", "collectstatic", "compilemessages", "diffsettings", "help", "makemessages",
     "serve", "version", "--help", "-h", "--version"}
)  # fmt: skip


@contextmanager
def provided(words: Sequence[str]) -> Iterator[None]:
    """Run a management command with the servers it needs. `words`: the command line after the program."""
    if not words or words[0] in SERVERLESS:
        yield
        return
    with embedded_servers(Layout(VAR_DIR)):
        yield


@contextmanager
def embedded_servers(layout: Layout) -> Iterator[None]:
    """Start or adopt the servers that the environment does not name, and name them there."""
    names = missing()
    if not names:
        yield
        return
    users = _open_lock(layout, "users")
    try:
        with _starting(layout):
            fcntl.flock(users, fcntl.LOCK_SH)
            start(layout, names)
        os.environ.update(urls(layout, names))
        yield
    finally:
        _leave(layout, users)


def missing() -> list[str]:
    """The servers which the environment does not name: 'DATABASE_URL', 'REDIS_URL' or both."""
    return [name for name in ("DATABASE_URL", "REDIS_URL") if not env.str(name, default="")]


def start(layout: Layout, names: Sequence[str]) -> None:
    """Start or adopt the servers that stand behind these variables."""
    if "DATABASE_URL" in names:
        postgres.start(layout)
    if "REDIS_URL" in names:
        valkey.start(layout)


def urls(layout: Layout, names: Sequence[str]) -> dict[str, str]:
    """Variables under which the rest of the product finds the embedded servers."""
    database = {
        "DATABASE_URL": postgres.url(layout, postgres.APP),
        "DATABASE_OWNER_URL": postgres.url(layout, postgres.OWNER),
    }
    cache = {"REDIS_URL": valkey.url(layout)}
    return (database if "DATABASE_URL" in names else {}) | (cache if "REDIS_URL" in names else {})


def _leave(layout: Layout, users: int) -> None:
    """Give up the shared lock, and stop the servers when nobody else holds it."""
    with _starting(layout):
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass  # others still use the servers
        else:
            valkey.halt(layout)
            postgres.halt(layout)
        os.close(users)


@contextmanager
def _starting(layout: Layout) -> Iterator[None]:
    """One process at a time starts or stops servers."""
    lock = _open_lock(layout, "starting")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _open_lock(layout: Layout, name: str) -> int:
    folder: Path = layout.locks
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SetupFailure(
            f"The folder {layout.var} cannot be written ({error.strerror}). "
            "Make it writable, or name another one in TIDEWATCH_VAR."
        ) from error
