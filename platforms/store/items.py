"""Rows of one model on their way into its table: sorted out, sent, written."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import chain
from operator import itemgetter
from typing import Any

from django.db import connection

from platforms.contract import Row
from platforms.partitions import possible
from platforms.store.gathering import GIVEN, Held, Key, Run, Told, belongs_to_entity
from platforms.store.statement import Plan, Shape, plan
from platforms.store.words import cleaned, sound

Values = tuple[Any, ...]  # of one row, in the order of a plan's columns


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many items were new, differ, are as they were, and are no longer shown.

    `dropped`: items of accounts that the owner does not watch, items of which we know too little to
    store them, and ids and dates of publication that no platform gives.
    """

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    dropped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in NUMBERS})


NUMBERS = fields(Counts)


@dataclass(frozen=True, kw_only=True)
class Stored(Counts):
    """The sum, and the counts of each entity by its id."""

    by_entity: Mapping[int, Counts] = field(default_factory=dict)


def stored(parts: Iterable[tuple[int | None, Counts]]) -> Stored:
    """Add up parts: the entity that each belongs to (None: to no single one) and its counts."""
    total = Counts()
    by_entity: defaultdict[int, Counts] = defaultdict(Counts)
    for entity, counts in parts:
        total += counts
        if entity is not None:
            by_entity[entity] += counts
    return Stored(**vars(total), by_entity=dict(by_entity))


def store(
    model: type[Any], told: Told, held: Held, run: Run
) -> Iterator[tuple[int | None, Counts]]:
    """Write all rows of one model; rows with the same columns are written by one statement."""
    rows = told.rows[model]
    known = dict(_of_watched(model, rows, held, run)) if belongs_to_entity(model) else rows
    yield None, Counts(dropped=len(rows) - len(known))
    for shape, values in _by_shape(model, known, told.gone.get(model, set()), held).items():
        yield from write(plan(shape), values, run)


def _of_watched(
    model: type[Any], rows: dict[Key, Row], held: Held, run: Run
) -> Iterator[tuple[Key, Row]]:
    longest = model._meta.get_field("external_id").max_length
    for key, row in rows.items():
        account, id_ = key
        sound_id = 0 < len(id_) <= longest and id_.isprintable()
        if account in held and sound_id and possible(row.get("published_at") or run.now):
            yield key, row


def _by_shape(
    model: type[Any], rows: dict[Key, Row], gone: set[Key], held: Held
) -> dict[Shape, list[Values]]:
    """Values of the rows, laid together where the same columns are told in whatever order."""
    alike: dict[tuple[tuple[str, ...], bool], list[Row]] = defaultdict(list)
    for key, row in rows.items():
        alike[tuple(row), key in gone].append(row)
    found: dict[Shape, list[Values]] = defaultdict(list)
    for (names, is_gone), some in alike.items():
        columns = tuple(sorted({*names} - {"account", *GIVEN}))
        values = found[Shape(model, columns, is_gone)]
        cells = _cells(columns)
        if belongs_to_entity(model):
            values += [(held[row["account"]], *cells(row)) for row in some]
        else:
            values += map(cells, some)
    return found


def _cells(columns: Sequence[str]) -> Callable[[Row], Values]:
    """Reads these columns of a row as a tuple, also if it is only one."""
    read = itemgetter(*columns)
    return read if len(columns) > 1 else lambda row: (read(row),)


def write(way: Plan, values: Sequence[Values], run: Run) -> Iterator[tuple[int | None, Counts]]:
    """Send rows of one shape and write them."""
    with connection.cursor() as cursor:
        cursor.execute(way.stage)
        with cursor.copy(way.copy) as copy:
            copy.set_types(way.types)
            for row in _storable(way, values):
                copy.write_row(row)
        cursor.execute(way.store, run.given())
        found = {entity: counts for entity, *counts in cursor.fetchall()}
    told = Counter(map(itemgetter(0), values)) if way.of_entities else {None: len(values)}
    for entity, number in told.items():
        yield entity, _counts(number, *found.get(entity, (0, 0, 0)), creates=way.creates)


def _counts(told: int, unknown: int, changed: int, removed: int, *, creates: bool) -> Counts:
    return Counts(
        created=unknown if creates else 0,
        dropped=0 if creates else unknown,
        changed=changed,
        removed=removed,
        unchanged=told - unknown - changed - removed,
    )


def _storable(way: Plan, values: Sequence[Values]) -> Sequence[Values]:
    """The same values, with texts that PostgreSQL takes."""
    texts = chain.from_iterable(map(itemgetter(place), values) for place in way.texts)
    lists = chain.from_iterable(map(itemgetter(place), values) for place in way.lists)
    if sound(chain(texts, chain.from_iterable(filter(None, lists)))):
        return values
    return [tuple(map(_clean, row)) for row in values]


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return cleaned(value)
    return [_clean(item) for item in value] if isinstance(value, list) else value
