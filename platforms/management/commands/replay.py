"""Replays recorded answers of the platforms and says what would be stored of each."""

import sys
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from platforms.replay.exchanges import Outcome, replay


class Command(BaseCommand):
    """One line a file; ends with status 1 if a file could not be handled."""

    help = "Replay a folder of recorded answers: what would be stored of each, or which error."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """The folder, and the form of the answer."""
        parser.add_argument("folder", type=Path, help="Holds *.json recordings, at any depth.")
        parser.add_argument("--json", action="store_true", help="One JSON object a file.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Replay, print, sum up."""
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        counts: Counter[tuple[str, str]] = Counter()
        for outcome in replay(folder, now=timezone.now()):
            counts[outcome.platform or "-", outcome.outcome] += 1
            self.stdout.write(outcome.line() if options["json"] else _sentence(outcome))
            if outcome.outcome == "crash":
                self.stderr.write(f"{outcome.file}: {outcome.detail}")
        if not options["json"]:
            self.stdout.write(_table(counts))
        if any(kind == "crash" for _, kind in counts):
            sys.exit(1)


def _sentence(outcome: Outcome) -> str:
    rows = f"{len(outcome.rows)} rows" if outcome.rows else outcome.detail
    return f"{outcome.file}: {outcome.outcome}{f' ({rows})' if rows else ''}"


def _table(counts: Counter[tuple[str, str]]) -> str:
    """Platforms down, outcomes across."""
    platforms = sorted({platform for platform, _ in counts})
    kinds = sorted({kind for _, kind in counts})
    lines = [["", *kinds, "all"]]
    for platform in platforms:
        found = [counts[platform, kind] for kind in kinds]
        lines.append([platform, *map(str, found), str(sum(found))])
    totals = [sum(counts[platform, kind] for platform in platforms) for kind in kinds]
    lines.append(["all", *map(str, totals), str(sum(totals))])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    texts = ["  ".join(c.rjust(w) for c, w in zip(line, widths, strict=True)) for line in lines]
    return "\n" + "\n".join(texts)
