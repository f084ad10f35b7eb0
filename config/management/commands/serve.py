"""Runs the whole product: servers, web, workers and the scheduler."""

import asyncio
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError, connections
from psycopg.errors import InsufficientPrivilege

from collectors.demo import workspace
from config.embedded.layout import Layout
from config.embedded.servers import embedded_servers
from config.env import VAR_DIR, env
from config.start import preflight
from config.start.failures import SetupFailure
from config.supervisor.console import Console
from config.supervisor.lock import locked
from config.supervisor.programs import Program, programs
from config.supervisor.supervisor import Site, Supervisor

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    """Everything under one supervisor, until Ctrl-C or SIGTERM."""

    help = "Run the whole product: servers, web, workers and the scheduler."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Take the lock and the port, start the servers, migrate, run the programs."""
        layout, console, site = Layout(VAR_DIR), Console(), _site()
        with (
            _interruptible(console) as interruption,
            locked(layout, console) as lock,
            preflight.listen(site.host, site.port) as listener,
            _simulator() as simulator,
        ):
            console.say(
                "Starting the servers" if layout.postgres.exists() else "Making the database"
            )
            with embedded_servers(layout) as embedded:
                console.say("Migrating the database")
                _migrate()
                interruption.check()
                supervisor = Supervisor(
                    site=site, layout=layout, embedded=embedded, lock=lock, console=console
                )
                started = programs(listener=listener.fileno(), simulator=simulator)
                _supervise(supervisor, started, console)


@contextmanager
def _simulator() -> Iterator[int | None]:
    """Take a port for the demo's platforms: any that is free, on this machine alone.

    The demo's process inherits it, and all processes learn its address from their environment.
    """
    if not settings.DEMO:
        yield None
        return
    with preflight.listen("127.0.0.1", 0) as listener:
        host, port = listener.getsockname()
        os.environ["SIMULATOR_URL"] = f"http://{host}:{port}"
        yield listener.fileno()


def _supervise(supervisor: Supervisor, started: Sequence[Program], console: Console) -> None:
    if os.geteuid() == 0:
        console.say("This runs as root; an ordinary user would be safer")
    console.say("Starting the web server, the workers and the scheduler")
    try:
        asyncio.run(supervisor.run(started))
    finally:
        # The servers write their last data; nothing is gained by leaving them alone with it.
        _on_signals(signal.SIG_IGN)


def _site() -> Site:
    host: str = env.str("HOST", default="0.0.0.0" if settings.PRODUCTION else "127.0.0.1")  # noqa: S104  behind a proxy
    return Site(host=host, port=settings.PORT, address=settings.SITE_URL)


def _migrate() -> None:
    try:
        call_command("migrate", interactive=False, verbosity=0)
        if not settings.DEMO:
            workspace.rest()
    except OperationalError as error:
        raise SetupFailure(f"The database cannot be migrated: {_first_line(error)}.") from error
    except Exception as error:
        if not isinstance(error.__cause__, InsufficientPrivilege):
            raise
        raise SetupFailure(
            f"The owner's role may not prepare the database: {_first_line(error)}. "
            "See 'External servers' in docs/operations.md."
        ) from error
    finally:
        connections.close_all()


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


class _Interruption:
    """A signal during the start."""

    asked = False

    def __call__(self, _number: int, _frame: FrameType | None) -> NoReturn:
        """Unwind the start, so that nothing half started stays."""
        self.asked = True
        _on_signals(signal.SIG_IGN)
        raise KeyboardInterrupt

    def check(self) -> None:
        """Unwind it now when a callback of the database driver has swallowed the exception."""
        if self.asked:
            raise KeyboardInterrupt


@contextmanager
def _interruptible(console: Console) -> Iterator[_Interruption]:
    interruption = _Interruption()
    _on_signals(interruption)
    try:
        yield interruption
    except KeyboardInterrupt:
        console.say("Stopped before it was ready")
    else:
        console.say("Stopped")


def _on_signals(handler: Any) -> None:
    for number in SIGNALS:
        signal.signal(number, handler)
