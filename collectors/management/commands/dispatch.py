"""Rings for what is due: once, or for ever as a second dispatcher beside beat's."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from collectors import dispatch, rounds
from collectors.doorbell import ring


class Command(BaseCommand):
    """Any number may run at once, on any machine: each due job is taken by one of them."""

    help = "Ring for the jobs that are due and for what fell through; --loop goes on until stopped."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Once or for ever."""
        parser.add_argument("--loop", action="store_true", help="Every second, until SIGTERM.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Dispatch and sweep."""
        if options["loop"]:
            self._loop()
            return
        runs = dispatch.drain(ring)
        dispatch.sweep(ring)
        self.stdout.write(f"{runs} runs wait for workers.")

    def _loop(self) -> None:
        # A round that has begun comes to its end: what it has claimed is rung for.
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write("Dispatching, until SIGTERM or Ctrl-C.")
        self.stdout.flush()
        rounds.dispatch_until(stop.is_set, sweeping=True)
        self.stdout.write("Stopped.")
