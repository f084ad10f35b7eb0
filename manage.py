#!/usr/bin/env python
"""Command line of Tidewatch. Starts the embedded servers a command needs."""

import os
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import NoReturn

from config.start.failures import one_sentence


def main() -> None:
    """Run one command with its servers; a failed set-up is one sentence and exit code 1."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    with one_sentence():
        # Imported here: a package that is missing is a sentence too.
        from django.core.management import execute_from_command_line  # noqa: PLC0415

        from config.embedded.servers import provided  # noqa: PLC0415

        # First of all: some commands pass over mistakes in the settings, and fail later.
        import_module(os.environ["DJANGO_SETTINGS_MODULE"])
        with provided(sys.argv[1:]):
            execute_from_command_line(sys.argv)


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    """End as after Ctrl-C: the servers are stopped when nobody else uses them."""
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
