"""Records as rows of the platform, each with the moment at which it was read; or what is wrong."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from collectors.imports import values
from collectors.imports.fields import READ_AT, SOURCE, WITHHELD_BY, Field, fields, model_of
from collectors.imports.models import Import
from collectors.imports.reading import Record
from collectors.imports.values import Dates
from platforms import registry
from platforms.contract import Row

KEPT = 100  # characters of a cell that are quoted


@dataclass(frozen=True)
class Problem:
    """Why a row is not stored. `column`: of the file, '' where it is the row as a whole."""

    line: int
    sentence: str
    column: str = ""
    cell: str = ""


@dataclass(frozen=True)
class Told:
    """A row and what it is of. `slot`: when it was read. `source`: as the file names it, or ''.

    `key`: tells two rows apart: of one item at one moment only the first counts.
    """

    line: int
    source: str
    slot: datetime
    row: Row

    @property
    def key(self) -> str:
        """Item and moment in one text."""
        return "\n".join([self.source, self.row.get("external_id", ""), self.slot.isoformat()])


@dataclass(frozen=True)
class Judge:
    """Makes rows of records. `read_at`: of files that have no column for it."""

    platform: str
    what: str
    mapping: Mapping[str, str]
    dates: Dates
    read_at: datetime
    _fields: tuple[Field, ...] = field(init=False)

    def __post_init__(self) -> None:
        chosen = tuple(f for f in fields(self.platform, self.what) if f.name in self.mapping)
        object.__setattr__(self, "_fields", chosen)

    def judge(self, record: Record) -> Told | list[Problem]:
        """The row of a record, or everything that is wrong with it."""
        if record.problem:
            return [Problem(record.line, record.problem)]
        row, problems = self._read(record)
        if problems:
            return problems
        try:
            return self._told(record.line, row)
        except ValueError as error:
            return [Problem(record.line, str(error))]

    def _read(self, record: Record) -> tuple[Row, list[Problem]]:
        row: Row = {}
        problems: list[Problem] = []
        for wanted in self._fields:
            column = self.mapping[wanted.name]
            cell = record.cells.get(column)
            try:
                row[wanted.name] = wanted.read(cell, self.dates)
            except ValueError as error:
                problems.append(Problem(record.line, str(error), column, _quoted(cell)))
        return row | dict(self._withheld(record, row)), problems

    def _withheld(self, record: Record, row: Row) -> Iterator[tuple[str, None]]:
        for name, columns in WITHHELD_BY.items():
            if name in row and any(_says_yes(record.cells.get(column)) for column in columns):
                yield name, None

    def _told(self, line: int, row: Row) -> Told:
        source = row.pop(SOURCE, "")
        slot = row.pop(READ_AT, None) or self._slot()
        if self.what != Import.What.AUDIENCE:
            row = self._as_the_platform_tells(row)
            slot = max(slot, self._since(row, slot))
        return Told(line, source, slot, row)

    def _since(self, row: Row, slot: datetime) -> datetime:
        """The time of publication. Zones are mixed up easily; a day is no mistake of a zone."""
        published: datetime = row.get("published_at", slot)
        if published > slot + timedelta(days=1):
            raise ValueError("It was read before it was published.")
        return published

    def _slot(self) -> datetime:
        if READ_AT in self.mapping:
            raise ValueError("The row does not say when it was read.")
        return self.read_at

    def _as_the_platform_tells(self, row: Row) -> Row:
        if "external_id" not in row:
            raise ValueError("No column tells the id.")
        row = registry.get(self.platform).imported(row)
        if not row.get("item_external_id", "-"):
            raise ValueError("Nothing says under which post it stands.")
        model = model_of(registry.get(self.platform), self.what)
        longest = model._meta.get_field("external_id").max_length
        for name in ("external_id", "item_external_id", "parent_external_id"):
            id_ = row.get(name, "")
            if len(id_) > longest or not id_.isprintable():
                raise ValueError("This is no id that the platform gives.")
        # A time that is not told is left out: the row then updates an item that is known.
        return {n: v for n, v in row.items() if n != "published_at" or v is not None}


def _says_yes(cell: Any) -> bool:
    return values.plain(cell).lower() in values.TRUE


def _quoted(cell: Any) -> str:
    return values.words(values.plain(cell))[:KEPT]
