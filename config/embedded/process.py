"""Starting, finding and stopping one server process."""

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from config.embedded.privileges import Identity
from config.failures import SetupFailure

START_SECONDS = 60
STOP_SECONDS = 30

# Servers outlive the function that starts them; a Popen that is dropped while its process runs warns.
_started: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class Command:
    """How a server is started: its words, its log, and who it runs as."""

    name: str
    words: Sequence[str | Path]
    log: Path
    identity: Identity = Identity()


def launch(command: Command, ready: Callable[[], bool]) -> None:
    """Start a server in its own session and wait until `ready()` answers.

    Raises SetupFailure with the end of the log when it does not come up.
    """
    words = [*command.identity.prefix, *map(str, command.words)]
    with command.log.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  our own binary and files
            words,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
            **command.identity.popen,
        )
    _started.append(process)
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise SetupFailure(f"{command.name} did not start. {last_words(command.log)}")
        time.sleep(0.01)


def last_words(log: Path, *, lines: int = 5) -> str:
    """The end of a log, for an error message."""
    tail = log.read_text(errors="replace").splitlines()[-lines:]
    return f"The end of {log}:\n" + "\n".join(f"  {line}" for line in tail)


def running(pid_file: Path) -> psutil.Process | None:
    """The live process a pid file names, or None. A zombie counts as gone."""
    try:
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        return None if process.status() == psutil.STATUS_ZOMBIE else process
    except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
        return None


def stop(pid_file: Path, *, signal: int, last_resort: int) -> None:
    """Ask a server to stop, wait, and insist when it does not."""
    process = running(pid_file)
    if process is None:
        return
    process.send_signal(signal)
    if not _gone(process, STOP_SECONDS):
        process.send_signal(last_resort)
        _gone(process, STOP_SECONDS)


def _gone(process: psutil.Process, seconds: float) -> bool:
    # Not psutil's wait(): where the first process reaps late, a zombie would look alive for long.
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False
