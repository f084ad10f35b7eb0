#!/usr/bin/env python
"""Command line of Tidewatch. Starts the embedded servers a command needs."""

import os
import sys

from config.embedded.servers import provided
from config.failures import SetupFailure


def main() -> None:
    """Run one command with its servers; a failed set-up is one sentence and exit code 1."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415  after the settings

    try:
        with provided(sys.argv[1:]):
            execute_from_command_line(sys.argv)
    except SetupFailure as failure:
        sys.exit(f"tidewatch: {failure}")


if __name__ == "__main__":
    main()
