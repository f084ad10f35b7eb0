"""One program that is kept running."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any

from config.env import BASE_DIR
from config.start.failures import SetupFailure
from config.supervisor.console import Console
from config.supervisor.programs import Program

SETTLED_SECONDS = 10
MOST_EARLY_ENDS = 5
LONGEST_PAUSE = 15.0
LONGEST_LINE = 2**16


class Child:
    """A program in a process group of its own, which Ctrl-C in the terminal does not reach."""

    def __init__(
        self, program: Program, console: Console, *, inherited: Sequence[int] = ()
    ) -> None:
        """`inherited`: open files that it keeps open for as long as it lives."""
        self.program = program
        self._console = console
        self._inherited = (*inherited, *program.sockets)
        self._process: Process | None = None
        self._starting = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._settled = False

    async def keep_running(self) -> None:
        """Start the program whenever it does not run, until `stop`.

        Raises SetupFailure when it ends again and again without ever having run properly. Once it
        has run properly it is started for ever: the cause may be a database that comes back.
        """
        early_ends = 0
        while not self._stopping.is_set():
            code, seconds = await self._run_once()
            if self._stopping.is_set():
                return
            self._settled |= seconds > SETTLED_SECONDS
            early_ends = 0 if seconds > SETTLED_SECONDS else early_ends + 1
            if early_ends >= MOST_EARLY_ENDS and not self._settled:
                raise SetupFailure(
                    f"{self.program.name} ended {early_ends} times right after its start "
                    f"({_describe(code)}). Its own lines above say why."
                )
            self._console.say(f"{self.program.name} ended ({_describe(code)}); starting it again")
            await self._pause(early_ends)

    async def stop(self, hurry: asyncio.Event) -> None:
        """Ask the program to end; kill it when its time is over or `hurry` is set."""
        self._stopping.set()
        async with self._starting:
            process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        await _first(process.wait(), hurry.wait(), seconds=self.program.patience)
        if process.returncode is None:
            self._console.say(f"{self.program.name} is killed")
            _kill_group(process)
            await process.wait()

    async def _run_once(self) -> tuple[int, float]:
        """Run the program to its end. Returns its exit code and how many seconds it lived."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        async with self._starting:
            process = self._process = await self._start()
        relay = asyncio.create_task(self._relay(process))
        code = await process.wait()
        _kill_group(process)  # what it has forked and left behind
        await relay
        return code, loop.time() - started

    async def _start(self) -> Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *self.program.interpreter,
            "-m",
            "config.supervisor.tethered",
            *self.program.words,
            cwd=BASE_DIR,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=PIPE,  # never written to: see tethered.py
            stdout=PIPE,
            stderr=STDOUT,
            pass_fds=self._inherited,
            start_new_session=True,
        )

    async def _relay(self, process: Process) -> None:
        assert process.stdout  # noqa: S101  for the type checker: it is a pipe
        rest = b""
        while chunk := await process.stdout.read(LONGEST_LINE):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > LONGEST_LINE:
                lines, rest = [*lines, rest], b""
            for line in lines:
                self._console.write(self.program.name, line)
        if rest:
            self._console.write(self.program.name, rest)

    async def _pause(self, early_ends: int) -> None:
        if early_ends > 1:
            seconds = min(LONGEST_PAUSE, 0.25 * 2**early_ends)
            await _first(self._stopping.wait(), seconds=seconds)


async def _first(*waits: Coroutine[Any, Any, object], seconds: float) -> None:
    """Return when the first of them is done, or the time is over."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


def _kill_group(process: Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _describe(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
