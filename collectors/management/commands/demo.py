"""Keeps, renews or deletes the demo's workspace."""

import socket
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from collectors.demo import conductor, workspace


class Command(BaseCommand):
    """The demo's workspace."""

    help = "Keep the demo's workspace alive; --reset makes it anew, --delete takes it away."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do with it."""
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--reset", action="store_true", help="Delete it; it is built anew.")
        what.add_argument("--delete", action="store_true", help="Delete it; for DEMO=off.")
        what.add_argument("--serve", type=int, metavar="FD", help="For `manage.py serve`.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it."""
        if options["serve"] is not None:
            self._serve(options["serve"])
            return
        if options["delete"] and settings.DEMO:
            raise CommandError("Set DEMO=off and restart first, or it is built anew at once.")
        found = workspace.remove()
        self.stdout.write("The demo is deleted." if found else "There is no demo.")
        if options["reset"]:
            self.stdout.write("A running Tidewatch builds it anew now, any other when it starts.")

    def _serve(self, descriptor: int) -> None:
        with socket.socket(fileno=descriptor) as listener:
            conductor.conduct(listener, self._say)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
