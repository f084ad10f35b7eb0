"""Starts everything, keeps it running, and stops it before its servers."""

import asyncio
import os
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from signal import SIGHUP, SIGINT, SIGTERM
from typing import Any

from config.embedded import servers
from config.embedded.layout import Layout
from config.start.failures import SetupFailure
from config.supervisor.child import Child
from config.supervisor.console import Console
from config.supervisor.lock import ServeLock
from config.supervisor.programs import Program
from config.supervisor.readiness import SERVER_ERROR, first_page

WATCH_SECONDS = 0.5
MOST_FAILED_STARTS = 3


@dataclass(frozen=True)
class Site:
    """Where the product answers."""

    host: str
    port: int
    address: str  # as people type it


class Supervisor:
    """The parent of all programs. `run` returns when everything has ended."""

    def __init__(
        self,
        *,
        site: Site,
        layout: Layout,
        embedded: Sequence[str],
        lock: ServeLock,
        console: Console,
    ) -> None:
        """`embedded`: variables behind which embedded servers stand."""
        self._site, self._layout, self._embedded = site, layout, embedded
        self._lock, self._console = lock, console
        self._children: list[Child] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._stop, self._hurry = asyncio.Event(), asyncio.Event()
        self._failure: BaseException | None = None

    async def run(self, programs: Sequence[Program]) -> None:
        """Run until a signal says to stop. Raises SetupFailure when it cannot go on."""
        loop = asyncio.get_running_loop()
        for number in (SIGINT, SIGTERM, SIGHUP):
            loop.add_signal_handler(number, self._asked_to_stop)
        self._children = [self._child(program) for program in programs]
        for child in self._children:
            self._begin(child.keep_running())
        for watch in (self._announce(), self._watch_servers(), self._watch_parent()):
            self._begin(watch)
        await self._stop.wait()
        await self._end()
        if self._failure:
            raise self._failure

    def _child(self, program: Program) -> Child:
        return Child(program, self._console, inherited=[self._lock.stack])

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception():
            self._failure = self._failure or task.exception()
            self._stop.set()

    def _asked_to_stop(self) -> None:
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()

    async def _end(self) -> None:
        self._lock.give_up()
        self._console.say("Stopping; once more Ctrl-C stops at once")
        await asyncio.gather(*(child.stop(self._hurry) for child in self._children))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _announce(self) -> None:
        site = self._site
        status = await first_page(site.host, site.port, site=site.address)
        if status >= SERVER_ERROR:
            self._console.say(
                f"The first page answers with error {status}; the lines above say why"
            )
        else:
            self._console.say(f"Tidewatch is ready at {site.address}")

    async def _watch_servers(self) -> None:
        failures = 0
        while self._embedded:
            await asyncio.sleep(WATCH_SECONDS)
            dead = servers.stopped(self._layout, self._embedded)
            if not dead:
                failures = 0
                continue
            self._console.say(f"{servers.names(dead)} has ended; starting it again")
            try:
                await asyncio.to_thread(servers.revive, self._layout, self._embedded)
            except SetupFailure:
                failures += 1
                if failures == MOST_FAILED_STARTS:
                    raise

    async def _watch_parent(self) -> None:
        """Stop when the `make run` that started us was killed: nobody could stop us any more."""
        parent = os.getppid()
        while "MAKELEVEL" in os.environ:
            await asyncio.sleep(WATCH_SECONDS)
            if os.getppid() != parent:
                self._asked_to_stop()
                return
