"""Which column of a file tells what: guessed from headings and values, corrected by a person."""

from collections.abc import Mapping, Sequence
from typing import Any

from collectors.imports import values
from collectors.imports.fields import READ_AT, SOURCE, Field, fields
from collectors.imports.models import Import
from collectors.imports.reading import Record
from collectors.imports.values import Dates, plain

Mapped = Mapping[str, str]  # field -> column
ENOUGH = 0.5  # share of the cells under a heading that fits that must be readable


class Incomplete(ValueError):
    """The mapping lacks a column without which nothing can be stored."""


def guess(slug: str, what: str, sample: Sequence[Record], dates: Dates) -> dict[str, str]:
    """Field -> column, by heading where the cells agree."""
    columns = {name.lower(): name for record in sample for name in record.cells}
    found: dict[str, str] = {}
    for field in fields(slug, what):
        for word in field.words:
            column = columns.get(word)
            if column and column not in found.values() and _fits(field, column, sample, dates):
                found[field.name] = column
                break
    return _with_moment(slug, what, found, sample)


def _with_moment(
    slug: str, what: str, found: dict[str, str], sample: Sequence[Record]
) -> dict[str, str]:
    """One column of dates may be both: where ids come back, it says when they were read.

    The first reading then stands for the time of publication, and later ones leave it alone.
    """
    names = {field.name for field in fields(slug, what)}
    if "published_at" in names and READ_AT in names:
        if "published_at" not in found and READ_AT in found:
            found["published_at"] = found[READ_AT]
        elif READ_AT not in found and _come_back(found, sample):
            found[READ_AT] = found["published_at"]
    return found


def _come_back(found: dict[str, str], sample: Sequence[Record]) -> bool:
    """Whether a column tells several dates of the same item."""
    date, item = found.get("published_at"), found.get("external_id")
    if date is None or item is None:
        return False
    told = {(plain(record.cells.get(item)), plain(record.cells.get(date))) for record in sample}
    return len(told) > len({item for item, _ in told})


def _fits(field: Field, column: str, sample: Sequence[Record], dates: Dates) -> bool:
    """Whether the cells can be read as this. An empty column fits what may be empty."""
    cells = [r.cells[column] for r in sample if not values.absent(r.cells.get(column))]
    if not cells:
        return field.name != SOURCE and not field.required
    return sum(_reads(field, cell, dates) for cell in cells) >= ENOUGH * len(cells)


def _reads(field: Field, cell: Any, dates: Dates) -> bool:
    try:
        field.read(cell, dates)
    except ValueError:
        return False
    return True


def days_first(sample: Sequence[Record]) -> bool:
    """Whether any column of the file writes its dates with the day in front."""
    columns: dict[str, list[str]] = {}
    for record in sample:
        for name, cell in record.cells.items():
            if isinstance(cell, str):
                columns.setdefault(name, []).append(cell)
    return any(values.day_first(cells) for cells in columns.values())


def checked(slug: str, what: str, mapped: Mapped, columns: Sequence[str]) -> dict[str, str]:
    """The mapping without what is left out. Raises Incomplete with a sentence."""
    known = {field.name: field for field in fields(slug, what)}
    chosen = {name: column for name, column in mapped.items() if column and name in known}
    for name, column in chosen.items():
        if column not in columns:
            raise Incomplete(f"The file has no column “{column}” for {known[name].label}.")
    missing = [f.label for f in known.values() if f.required and f.name not in chosen]
    if missing:
        raise Incomplete(f"Choose a column for: {', '.join(missing)}.")
    if what == Import.What.AUDIENCE and len(chosen.keys() - {READ_AT, SOURCE}) == 0:
        raise Incomplete("Choose a column for at least one figure.")
    return chosen
