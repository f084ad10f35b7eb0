"""Only one supervisor at a time in one folder, and none while processes of the last one live.

Two lock files. `serving` is held by the supervisor alone and says that it is in charge. `stack`
is held by everything it has started as well, by inheritance, so it is free only when the last of
these processes has ended, however the supervisor ended.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from signal import SIGKILL

import psutil

from config.embedded.layout import Layout
from config.embedded.process import end_all
from config.embedded.servers import open_lock
from config.start.failures import SetupFailure
from config.supervisor.console import Console

# After an order to stop: the patience with the programs. After a crash: more than the grace.
ORDERLY_SECONDS, CRASH_SECONDS = 60, 6


class ServeLock:
    """The right to serve from this folder."""

    def __init__(self, serving: int, stack: int) -> None:
        self._serving: int | None = serving
        self.stack = stack

    def give_up(self) -> None:
        """Stop being in charge: a start from now on waits until everything has ended."""
        if self._serving is not None:
            os.close(self._serving)
            self._serving = None


@contextmanager
def locked(layout: Layout, console: Console) -> Iterator[ServeLock]:
    """Take the lock, or raise SetupFailure when somebody serves from this folder."""
    serving, stack = open_lock(layout, "serving"), open_lock(layout, "stack")
    lock = ServeLock(serving, stack)
    try:
        if not _acquired(serving):
            raise SetupFailure(
                f"Tidewatch already runs from this folder (process {_read(serving)}). "
                "Stop it first, or name another folder in TIDEWATCH_VAR and another PORT."
            )
        _wait_for_predecessor(layout, console, serving=serving, stack=stack)
        os.ftruncate(serving, 0)
        os.pwrite(serving, str(os.getpid()).encode(), 0)
        yield lock
    finally:
        lock.give_up()
        os.close(stack)


def _wait_for_predecessor(layout: Layout, console: Console, *, serving: int, stack: int) -> None:
    if _acquired(stack):
        return
    console.say("Waiting for the processes of the last start to end")
    orderly = _read(serving).isdigit() and psutil.pid_exists(int(_read(serving)))
    if not _acquired(stack, seconds=ORDERLY_SECONDS if orderly else CRASH_SECONDS):
        end_all(_holders(layout), SIGKILL, seconds=5)
    if not _acquired(stack, seconds=1):
        raise SetupFailure("Processes of the last start do not end. End them, then start again.")


def _acquired(descriptor: int, *, seconds: float = 0) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.05)
        else:
            return True


def _read(descriptor: int) -> str:
    return os.pread(descriptor, 20, 0).decode() or "unknown"


def _holders(layout: Layout) -> list[psutil.Process]:
    """Processes of the last start: those that have the lock file open."""
    path = str(layout.locks / "stack")
    return [process for process in psutil.process_iter() if _has_open(process, path)]


def _has_open(process: psutil.Process, path: str) -> bool:
    try:
        return process.pid != os.getpid() and any(
            file.path == path for file in process.open_files()
        )
    except psutil.Error:
        return False
