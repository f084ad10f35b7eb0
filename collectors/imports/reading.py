"""Lines as records: column -> cell, of CSV with any delimiter or of one JSON object a line."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from collectors.imports.opening import Line, Opened, Unreadable
from platforms.store.words import cleaned

SAMPLE = 300  # records that are looked at before anything is stored
MOST_COLUMNS = 200  # that are offered
MOST_CELLS = 1000  # of a line
DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Record:
    """What a line says. `problem`: why it cannot be read; it has no cells then."""

    line: int
    cells: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""


class Source:
    """The records of a file, from its beginning each time they are asked for.

    Raises Unreadable for a file that is neither.
    """

    def __init__(self, path: Path) -> None:
        self.opened = Opened(path)
        beginning = self.opened.beginning().lstrip()
        if beginning.startswith("["):
            raise Unreadable("This is one list of JSON. Write one object a line instead (JSONL).")
        self.delimiter = None if beginning.startswith("{") else _delimiter(beginning)

    def records(self, *, first: bool = False) -> Iterator[Record]:
        """Every record, or those of the beginning (`first`).

        A line that cannot be read is a record with a problem.
        """
        lines = self.opened.lines(first=first)
        return _objects(lines) if self.delimiter is None else _rows(lines, self.delimiter)

    def sample(self) -> list[Record]:
        """The first records that can be read."""
        return [r for r in islice(self.records(first=True), SAMPLE) if not r.problem]

    def columns(self) -> list[str]:
        """The names of its columns, in their order."""
        names = dict.fromkeys(name for record in self.sample() for name in record.cells)
        if not names:
            raise Unreadable("This file holds no row under its headings.")
        return list(names)[:MOST_COLUMNS]


# --- CSV ------------------------------------------------------------------------------------------
def _delimiter(beginning: str) -> str:
    """The one that stands most often among the headings."""
    heading = beginning.partition("\n")[0]
    return max(DELIMITERS, key=heading.count)


class _Fed:
    """Lines for the csv module; what is unreadable is kept aside. `begins`: of the next record."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self.lines = lines
        self.broken: list[Record] = []
        self.begins = 0

    def __iter__(self) -> Iterator[str]:
        for line in self.lines:
            if line.text is None:
                self.broken.append(Record(line.number, problem=line.problem))
            else:
                self.begins = self.begins or line.number
                yield line.text


def _rows(lines: Iterator[Line], delimiter: str) -> Iterator[Record]:
    fed = _Fed(lines)
    reader = csv.reader(iter(fed), delimiter=delimiter)  # quotes within a cell are doubled
    heading: list[str] = []
    while True:
        fed.begins = 0
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield Record(fed.begins, problem=_csv_sentence(error))
            continue
        yield from fed.broken
        fed.broken.clear()
        if cells is None:
            return
        if not heading:
            heading = _named(cells)
        elif any(cells):
            yield _row(fed.begins, heading, cells)


def _named(cells: list[str]) -> list[str]:
    """Names of columns; one that comes twice, or has none, is told apart by its place."""
    if len(cells) > MOST_CELLS:
        raise Unreadable(f"This file has {len(cells):,} columns. Up to {MOST_CELLS:,} can be read.")
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = cleaned(cell).strip()[:100] or f"column {place}"
        names.append(name if name not in names else f"{name} ({place})")
    return names


def _row(line: int, heading: list[str], cells: list[str]) -> Record:
    if len(cells) > len(heading) and any(cells[len(heading) :]):
        sentence = f"This row has {len(cells)} cells under {len(heading)} headings."
        return Record(line, problem=sentence)
    # A row that is cut short tells nothing of its last columns.
    return Record(line, dict(zip(heading, cells, strict=False)))


def _csv_sentence(error: csv.Error) -> str:
    if "limit" in str(error):
        return "A cell is longer than 131,072 characters, or its quotation mark never closes."
    return "This row is no CSV: a quotation mark or a line break stands where none may."


# --- JSON, one object a line ----------------------------------------------------------------------
def _objects(lines: Iterator[Line]) -> Iterator[Record]:
    for line in lines:
        if line.text is None:
            yield Record(line.number, problem=line.problem)
        elif line.text.strip():
            yield _object(line.number, line.text)


def _object(number: int, text: str) -> Record:
    try:
        content = json.loads(text, parse_int=_integer)
    except RecursionError:
        return Record(number, problem="The JSON of this line is nested too deeply.")
    except ValueError:
        return Record(number, problem="This line is no JSON.")
    if not isinstance(content, dict):
        return Record(number, problem="This line is no object of JSON.")
    cells = _flat(content)
    if len(cells) > MOST_CELLS:
        return Record(number, problem=f"The object of this line has {len(cells):,} fields.")
    return Record(number, cells)


def _integer(digits: str) -> int | str:
    """A number; one of thousands of digits stays text, which is no number to anybody."""
    longest = 100
    return int(digits) if len(digits) <= longest else digits


def _flat(content: Mapping[str, Any]) -> dict[str, Any]:
    """Objects within the object, one level deep: {"a": {"b": 1}} -> {"a.b": 1}."""
    cells: dict[str, Any] = {}
    for key, value in content.items():
        inner = value.items() if isinstance(value, dict) else ()
        named = {f"{key}.{name}": cell for name, cell in inner} or {key: value}
        cells |= {cleaned(name)[:100]: _sound(cell) for name, cell in named.items()}
    return cells


def _sound(cell: Any) -> Any:
    return cleaned(cell) if isinstance(cell, str) else cell
