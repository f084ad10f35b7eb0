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

from config.embedded import postgres, roles, valkey
from config.embedded.folders import private, refuse_foreign
from config.embedded.layout import Layout
from config.embedded.process import halt
from config.env import VAR_DIR, env
from config.start import preflight
from config.start.failures import storage_failure

# Commands that touch neither database nor cache.
SERVERLESS = frozenset(
    {"assets", "check", "collectstatic", "compilemessages", "diffsettings", "help", "makemessages",
     "version", "--help", "-h", "--version"}
)  # fmt: skip
# Behind each variable that may be missing stands one server.
SERVERS = {"DATABASE_URL": postgres, "REDIS_URL": valkey}


@contextmanager
def provided(words: Sequence[str]) -> Iterator[None]:
    """Run a management command with the servers it needs. `words`: after `manage.py`."""
    if not words or words[0] in SERVERLESS:
        yield
        return
    preflight.external_servers()
    if words[0] == "serve":  # takes its lock first, then starts the servers
        yield
        return
    with embedded_servers(Layout(VAR_DIR)):
        yield


@contextmanager
def embedded_servers(layout: Layout) -> Iterator[list[str]]:
    """Start or adopt the servers that the environment does not name, and yield their variables."""
    names = missing()
    if not names:
        yield names
        return
    users = open_lock(layout, "users")
    try:
        with _starting(layout):
            fcntl.flock(users, fcntl.LOCK_SH)
            _start(layout, names)
        yield names
    finally:
        _leave(layout, users)


def missing() -> list[str]:
    """The servers which the environment does not name: 'DATABASE_URL', 'REDIS_URL' or both."""
    return [name for name in SERVERS if not env.str(name, default="")]


def stopped(layout: Layout, names: Sequence[str]) -> list[str]:
    """Which of these servers do not run."""
    return [name for name in names if SERVERS[name].server(layout).process() is None]


def names(variables: Sequence[str]) -> str:
    """What people call the servers behind these variables."""
    return " and ".join(SERVERS[name].server(Layout(VAR_DIR)).name for name in variables)


def revive(layout: Layout, names: Sequence[str]) -> None:
    """Start again what has died. For a process that holds the servers already."""
    with _starting(layout):
        _start(layout, names)


def release_abandoned(layout: Layout) -> bool:
    """Stop servers that nobody uses any more. Returns whether nobody does."""
    users = open_lock(layout, "users")
    return _leave(layout, users)


def address(name: str) -> str:
    """What the environment says, or where the embedded server answers. `name`: a variable."""
    given: str = env.str(name, default="")
    if given or (name == "DATABASE_OWNER_URL" and "DATABASE_URL" not in missing()):
        return given
    layout = Layout(VAR_DIR)
    return {
        "DATABASE_URL": postgres.url(layout, roles.APP),
        "DATABASE_OWNER_URL": postgres.url(layout, roles.OWNER),
        "REDIS_URL": valkey.url(layout),
    }[name]


def open_lock(layout: Layout, name: str) -> int:
    """Open a lock file. Returns its descriptor, which other programs do not inherit."""
    refuse_foreign(layout.locks)
    preflight.folder(layout.locks)
    try:
        return os.open(layout.locks / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise storage_failure(error, layout.locks) from error


def _start(layout: Layout, names: Sequence[str]) -> None:
    if stopped(layout, names):
        preflight.space(layout.var)
    # PostgreSQL may run as another user, who passes through to its own folder in there.
    private(layout.run, mode=0o711 if os.geteuid() == 0 else 0o700)
    for name in names:
        SERVERS[name].start(layout)


def _leave(layout: Layout, users: int) -> bool:
    """Give up the shared lock, and stop the servers when nobody else holds it."""
    with _starting(layout):
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False  # others still use the servers
        else:
            for server in SERVERS.values():
                halt(server.server(layout))
            return True
        finally:
            os.close(users)


@contextmanager
def _starting(layout: Layout) -> Iterator[None]:
    """One process at a time starts or stops servers."""
    lock = open_lock(layout, "starting")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
