"""Starting, finding and stopping one server process."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from config.embedded.privileges import SAME, Identity
from config.start.failures import SetupFailure

# Reading back the write-ahead log after a crash takes minutes when there is much of it.
START_SECONDS = 300
STOP_SECONDS = 60

# A Popen that is dropped while its process runs warns, and servers outlive the function.
_started: list[subprocess.Popen[bytes]] = []


class _Ended(Exception):
    """A server ended while we waited for its answer."""


@dataclass(frozen=True)
class Server:
    """One server of one installation: how it is called, recognised and stopped."""

    name: str
    pid_file: Path
    sign: str  # words of its command line: a process that got the same number later lacks them
    log: Path
    stop: signal.Signals
    stop_at_once: signal.Signals

    def process(self) -> psutil.Process | None:
        """The live process, or None. A zombie counts as gone."""
        try:
            process = psutil.Process(int(self.pid_file.read_text().split()[0]))
            return process if _lives(process) and self.sign in " ".join(process.cmdline()) else None
        except (OSError, ValueError, IndexError, psutil.Error):
            return None


def launch(
    server: Server,
    words: Sequence[str | Path],
    *,
    answers: Callable[[], bool],
    identity: Identity = SAME,
) -> None:
    """Start a server in its own session and wait until it answers.

    Raises SetupFailure with the end of its log when it does not. Whatever interrupts the wait ends
    the server too.
    """
    children: list[subprocess.Popen[bytes]] = []
    try:
        with _signals_wait():  # between the fork and the moment we know the child
            children.append(_spawn(server, words, identity))
        _wait(server, answers=answers, runs=lambda: children[0].poll() is None)
    except _Ended as end:
        raise SetupFailure(_why_it_ended(server)) from end
    except BaseException:
        for child in children:
            _end(child, server)
        raise
    _forget_ended()
    _started.extend(children)


def adopt(server: Server, *, answers: Callable[[], bool]) -> bool:
    """Wait until a server that runs already answers. Returns False when none runs, or it ends."""
    try:
        _wait(server, answers=answers, runs=lambda: server.process() is not None)
    except _Ended:
        return False
    return True


@contextmanager
def _signals_wait() -> Iterator[None]:
    """Hold back what would interrupt the main thread, and let it happen at the end."""
    if threading.current_thread() is not threading.main_thread():
        yield  # no signal interrupts it
        return
    pending: list[int] = []
    handlers = {
        number: signal.signal(number, lambda number, _: pending.append(number))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for waiting in pending:
            signal.raise_signal(waiting)


def _spawn(
    server: Server, words: Sequence[str | Path], identity: Identity
) -> subprocess.Popen[bytes]:
    if server.log.exists():
        server.log.replace(server.log.with_suffix(".log.old"))
    server.log.touch(mode=0o600)
    identity.give(server.log)
    with server.log.open("ab") as log:
        return subprocess.Popen(
            [*identity.prefix, *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            umask=0o077,
            start_new_session=True,
            **identity.popen,
        )


def _end(process: subprocess.Popen[bytes], server: Server) -> None:
    process.send_signal(server.stop)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.send_signal(server.stop_at_once)
        process.wait()


def _wait(server: Server, *, answers: Callable[[], bool], runs: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if not runs():
            raise _Ended
        if time.monotonic() > deadline:
            raise SetupFailure(
                f"{server.name} did not answer for {START_SECONDS} s. See {server.log}."
            )
        time.sleep(0.02)


def halt(server: Server) -> None:
    """Ask a server to stop, wait, and insist when it does not."""
    process = server.process()
    if process is not None:
        _insist(process, server)
    _forget_ended()


def _forget_ended() -> None:
    """Take the exit codes of servers that have ended: until then they stay as zombies."""
    _started[:] = [child for child in _started if child.poll() is None]


def _insist(process: psutil.Process, server: Server) -> None:
    for number in (server.stop, server.stop_at_once):
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            return
        if _ended(process, STOP_SECONDS):
            return


def end_all(processes: Sequence[psutil.Process], number: signal.Signals, *, seconds: float) -> None:
    """Send a signal to processes, and wait until they are gone or the time is over."""
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue
    deadline = time.monotonic() + seconds
    for process in processes:
        _ended(process, deadline - time.monotonic())


def _why_it_ended(server: Server) -> str:
    tail = _tail(server.log)
    if "No space left on device" in tail:
        return (
            f"{server.name} did not start, because the disk that holds {server.log.parent} is full."
        )
    return f"{server.name} did not start. The end of {server.log}:\n{tail}"


def _tail(log: Path, *, lines: int = 5) -> str:
    return "\n".join(f"  {line}" for line in log.read_text(errors="replace").splitlines()[-lines:])


def _ended(process: psutil.Process, seconds: float) -> bool:
    # Not psutil's wait(): where the first process reaps late, a zombie would look alive for long.
    deadline = time.monotonic() + seconds
    while _lives(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
