"""The SQL that writes rows of one shape: compared, inserted or updated, noted, counted at once.

Rows arrive in a temporary table, by COPY in binary form: half the time of text, and a table under
row level security takes no COPY itself. They are compared with what is known before anything is
written, since an upsert would lock and log even the rows that did not change. Nobody comes between
the comparison and the writing: the accounts' rows are held.

This part of the house writes SQL as text; every name in it comes from our own models.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any
from zlib import crc32

from django.db import connection, models
from django.db.models import NOT_PROVIDED
from psycopg.sql import Literal

from platforms.models import DirtyHour
from platforms.store.gathering import belongs_to_entity


@dataclass(frozen=True)
class Shape:
    """Rows of a model that tell the same columns. `gone`: of items that are no longer shown."""

    model: type[Any]
    columns: tuple[str, ...]
    gone: bool


@dataclass(frozen=True)
class Plan:
    """How rows of a shape are stored.

    `stage` makes the temporary table, `copy` and `types` fill it, `store` answers with an entity
    (of models that have one) and the number of its unknown, changed and removed items. `creates`:
    unknown items are made. `texts`, `lists`: the places of texts and lists of texts in a row.
    """

    stage: str
    copy: str
    types: list[str]
    texts: list[int]
    lists: list[int]
    store: str
    creates: bool
    of_entities: bool


@cache
def plan(shape: Shape) -> Plan:
    """The plan of a shape. There are few shapes: the collectors' code decides them."""
    writer = Writer(shape)
    types = writer.types
    # Once a connection, as making it costs more than storing a small page. No row outlives the
    # transaction, and a second page of one transaction begins without the first one's rows.
    stage = (
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {writer.stage} ({writer.columns})"
        f" ON COMMIT DELETE ROWS; DELETE FROM {writer.stage}"
    )
    return Plan(
        stage=stage,
        copy=f"COPY {writer.stage} FROM STDIN (FORMAT BINARY)",
        types=types,
        texts=[place for place, type_ in enumerate(types) if type_ == "text"],
        lists=[place for place, type_ in enumerate(types) if type_ == "text[]"],
        store=writer.statement(),
        creates=writer.creates,
        of_entities=writer.owned_by_entity,
    )


class Writer:
    """Puts the statement of one shape together.

    `due`: the rows that differ, with what is known of each: its id (NULL: nothing), whether its
    figures `moved`, whether it `changed` at all, whether it was `shown`. Rows that are due without
    a change are touched, so that `last_seen_at` is exact to a day.
    """

    def __init__(self, shape: Shape) -> None:
        model = shape.model
        self.model, self.gone, self.table = model, shape.gone, model._meta.db_table
        self.fields = {f.name: f for f in model._meta.concrete_fields if not f.primary_key}
        self.owned_by_entity = belongs_to_entity(model)
        names = ["entity"] * self.owned_by_entity + list(shape.columns)
        self.told = [self.fields[name] for name in names]
        self.types = [_stage_type(field) for field in self.told]
        each = zip(self.told, self.types, strict=True)
        self.columns = ", ".join(f"{field.column} {type_}" for field, type_ in each)
        self.stage = f"pg_temp.stage_{crc32(self.columns.encode()):08x}"
        self.creates = not shape.gone and ("published_at" in names or not self.has("published_at"))
        once = {*model.KEY, *getattr(model, "ONCE", ())}
        erased = set(model.WORDS) if shape.gone else set()
        self.mutable = [f.column for f in self.told if f.name not in once | erased]
        self.counters = list(getattr(model, "COUNTERS", ()))
        self.figures = [name for name in self.counters if name in names]

    def has(self, name: str) -> bool:
        """Whether the model has such a field."""
        return name in self.fields

    def statement(self) -> str:
        """All in one: what differs is found, written, noted and counted."""
        parts = [f"WITH due AS MATERIALIZED ({self.due()})", f"updated AS ({self.updated()})"]
        if self.creates:
            parts.append(f"made AS ({self.made()})")
        if self.figures:
            parts += [f"{name} AS ({sql})" for name, sql in self.snapshots()]
        if self.owned_by_entity and self.has("published_at"):
            parts.append(f"dirty AS ({self.dirty()})")
        entity = "entity_id" if self.owned_by_entity else "NULL::bigint"
        kept = "AND NOT shown" if self.gone else ""
        went = "AND shown" if self.gone else "AND false"
        return (
            ", ".join(parts) + f" SELECT {entity}, count(*) FILTER (WHERE known IS NULL),"
            f" count(*) FILTER (WHERE changed {kept}), count(*) FILTER (WHERE changed {went})"
            " FROM due GROUP BY 1"
        )

    def due(self) -> str:
        """LIMIT keeps the look-up in the unique index: a join might read the whole table."""
        moved = f"{_differ(self.figures)} OR known.figures_at IS NULL" if self.figures else "false"
        shown = "known.removed_at IS NULL" if self.has("removed_at") else "true"
        changes = [_differ(self.mutable), moved, shown if self.gone else f"NOT ({shown})"]
        changed = f"known.id IS NOT NULL AND ({_either(changes)})"
        day = f"date_trunc('{getattr(self.model, 'SEEN_TO', 'day')}', %(now)s::timestamptz, 'UTC')"
        touched = self.has("last_seen_at") and not self.gone
        seen = f"known.last_seen_at < {day}" if touched else "false"
        late = "coalesce(known.figures_at > %(slot)s, false)" if self.counters else "false"
        was = "known.published_at" if self.has("published_at") else "NULL"
        cells = ", ".join(
            f"{_cell(field, is_key=field.name in self.model.KEY)} AS {field.column}"
            for field in self.told
        )
        return f"""
            SELECT new.*, known.id AS known, {was} AS was,
                   {moved} AS moved, {changed} AS changed, {shown} AS shown
            FROM (SELECT {cells} FROM {self.stage} stage) new LEFT JOIN LATERAL (
                SELECT * FROM {self.table} WHERE {self.match()} LIMIT 1
            ) known ON true
            WHERE known.id IS NULL OR NOT {late} AND ({_either([changed, seen])})
            ORDER BY {", ".join(f.column for f in self.told if f.name in self.model.KEY)}"""

    def match(self) -> str:
        """Which known row a new one is."""
        given = {"owner": "%(owner)s", "platform": "%(platform)s"}
        columns = {name: self.fields[name].column for name in self.model.KEY}
        return " AND ".join(f"{c} = {given.get(n, f'new.{c}')}" for n, c in columns.items())

    def made(self) -> str:
        """Items seen for the first time. Only those of no entity can meet another worker's here."""
        values = self.at_first()
        conflict = "" if self.owned_by_entity else "ON CONFLICT DO NOTHING"
        return f"""
            INSERT INTO {self.table} ({", ".join(values)})
            SELECT {", ".join(values.values())} FROM due WHERE known IS NULL
            {conflict} RETURNING {", ".join(["id", *self.counters])}"""

    def at_first(self) -> dict[str, str]:
        """Column -> value of a row that is made; what is not told is empty, NULL or given by us."""
        given = {
            "owner": "%(owner)s",
            "platform": "%(platform)s",
            "first_seen_at": "%(now)s::timestamptz",
            "last_seen_at": "%(now)s::timestamptz",
            "figures_at": "%(slot)s::timestamptz" if self.figures else "NULL",
        }
        told = {field.name: f"due.{field.column}" for field in self.told}
        blank = {name: _blank(field) for name, field in self.fields.items()}
        values = {name: sql for name, sql in blank.items() if sql} | told
        values |= {name: sql for name, sql in given.items() if self.has(name)}
        return {self.fields[name].column: sql for name, sql in values.items()}

    def updated(self) -> str:
        """Known items that differ, or were not touched today.

        An upsert, though all of them are known: an UPDATE would join, and where the planner takes
        a tenant for small it reads all the tenant's rows for each page.
        """
        values = {column: f"excluded.{column}" for column in self.mutable}
        if self.figures:
            values["figures_at"] = "coalesce(excluded.figures_at, item.figures_at)"
        if self.has("last_seen_at") and not self.gone:
            values["last_seen_at"] = "excluded.last_seen_at"
        if self.has("removed_at"):
            values["removed_at"] = "coalesce(item.removed_at, %(now)s)" if self.gone else "NULL"
        if self.gone:
            erased = [self.fields[name] for name in self.model.WORDS]
            values |= {field.column: _blank(field) or "NULL" for field in erased}
        stand = self.at_first()
        if self.has("published_at") and not self.creates:
            stand["published_at"] = "due.was"
        if self.figures:
            stand["figures_at"] = "CASE WHEN due.moved THEN %(slot)s::timestamptz END"
        moved = ["figures_at = %(slot)s AS moved"] if self.figures else []
        key = ", ".join(self.fields[name].column for name in self.model.KEY)
        return f"""
            INSERT INTO {self.table} AS item ({", ".join(stand)})
            SELECT {", ".join(stand.values())} FROM due WHERE known IS NOT NULL
            ON CONFLICT ({key}) DO UPDATE SET {", ".join(f"{c} = {v}" for c, v in values.items())}
            RETURNING {", ".join(["id", *self.counters, *moved])}"""

    def snapshots(self) -> list[tuple[str, str]]:
        """The figures of items that are new or moved. A slot that runs again corrects its row."""
        table = self.model.SNAPSHOT._meta.db_table
        columns = ", ".join(self.counters)
        corrected = ", ".join(f"{column} = excluded.{column}" for column in self.counters)
        insert = f"""
            INSERT INTO {table} (item_id, taken_at, owner_id, {columns})
            SELECT id, %(slot)s, %(owner)s, {columns} FROM"""
        conflict = f"ON CONFLICT (item_id, taken_at) DO UPDATE SET {corrected}"
        first = [("first", f"{insert} made")] if self.creates else []
        return [*first, ("next", f"{insert} updated WHERE moved {conflict}")]

    def dirty(self) -> str:
        """Hours whose sums changed: of publication for sums over what was published then, and of
        the slot where figures moved, for what was received then."""
        fresh = "(known IS NULL OR changed)" if self.creates else "changed"
        hours = [("was", "known IS NOT NULL AND changed")]
        if self.creates:
            hours.append(("published_at", "known IS NULL"))
        if "published_at" in self.mutable:
            hours.append(("published_at", "changed"))
        if self.figures:
            hours.append(("%(slot)s::timestamptz", f"{fresh} AND moved"))
        rows = " UNION ".join(
            f"SELECT entity_id, date_bin('1 hour', {moment}, 'epoch') AS hour FROM due WHERE {when}"
            for moment, when in hours
        )
        return f"""
            INSERT INTO {DirtyHour._meta.db_table} (owner_id, entity_id, hour)
            SELECT %(owner)s, entity_id, hour FROM ({rows}) hours"""


def _cell(field: Any, *, is_key: bool) -> str:
    """What was told, fit for its column: cut to its length, not NULL where nothing may be.

    A part of the key stays as it is: under row level security a cast keeps the index from being
    used, as it is not marked as leakproof.
    """
    cell = f"stage.{field.column}"
    if is_key:
        return cell
    if isinstance(field, models.CharField):
        cell = f"{cell}::varchar({field.max_length})"
    blank = _blank(field)
    return f"coalesce({cell}, {blank})" if blank else cell


def _blank(field: Any) -> str | None:
    """What stands for nothing in a column that takes no NULL; None: NULL does, or nothing may."""
    if field.null or field.db_default is not NOT_PROVIDED:
        return None
    value = field.get_default()
    if value is None:
        return None
    return Literal(str(value) if isinstance(value, str) else value).as_string()


def _stage_type(field: Any) -> str:
    type_: str = field.db_type(connection)
    return re.sub(r"varchar(\(\d+\))?", "text", type_)


def _differ(columns: list[str]) -> str:
    if not columns:
        return "false"
    return f"({_listed('known', columns)}) IS DISTINCT FROM ({_listed('new', columns)})"


def _listed(table: str, columns: Iterable[str]) -> str:
    return ", ".join(f"{table}.{column}" for column in columns)


def _either(conditions: Iterable[str]) -> str:
    return " OR ".join(f"({condition})" for condition in conditions)
