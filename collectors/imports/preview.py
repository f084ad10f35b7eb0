"""The first rows of a file as they would be stored, before anything is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from collectors.imports.fields import READ_AT, SOURCE, fields
from collectors.imports.models import Import
from collectors.imports.reading import Source
from collectors.imports.rows import Told
from collectors.imports.sources import Sources
from collectors.imports.work import judge_of

ROWS = 10
LONGEST = 80  # characters of a cell


@dataclass(frozen=True)
class Shown:
    """A row of the preview: its line, its cells in the order of the headings, what is wrong."""

    line: int
    cells: Sequence[tuple[str, Any]] = ()  # heading, value: text, a moment, or None
    problems: Sequence[str] = ()


def headings(job: Import) -> list[str]:
    """Labels of the mapped fields, in the platform's order."""
    return [field.label for field in _mapped(job)]


def preview(job: Import) -> list[Shown]:
    """The first rows. Raises Unreadable."""
    judge, sources = judge_of(job), Sources(job)
    shown = []
    for record in islice(Source(Path(job.stored_as)).records(first=True), ROWS):
        told = judge.judge(record)
        if isinstance(told, Told):
            shown.append(_shown(job, told, sources))
        else:
            sentences = [f"{p.column}: {p.sentence}" if p.column else p.sentence for p in told]
            shown.append(Shown(record.line, problems=sentences))
    return shown


def _mapped(job: Import) -> list[Any]:
    left_out = {SOURCE} if job.entity_id else set()
    chosen = {*job.mapping} - left_out
    return [field for field in fields(job.platform, job.what) if field.name in chosen]


def _shown(job: Import, told: Told, sources: Sources) -> Shown:
    problems = []
    if not job.entity_id and not sources.knows(told.source) and not job.make_sources:
        problems = [f"“{told.source[:LONGEST]}” is none of your sources."]
    values = {**told.row, SOURCE: told.source, READ_AT: told.slot}
    cells = [(field.label, _cell(values.get(field.name))) for field in _mapped(job)]
    return Shown(told.line, cells, problems)


def _cell(value: Any) -> Any:
    """As it is shown: numbers with separators; moments are left to the page."""
    if value is None or isinstance(value, datetime):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    text = ", ".join(value) if isinstance(value, list) else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
