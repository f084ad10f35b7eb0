"""What was told long ago, by a file and not by the platform itself.

It goes the way of `save`, moment by moment from old to new, with differences: an account has not
answered, so nothing is noted of it; what is no longer shown stays erased; the time of publication
of a known item stays; and figures that are older than those we know become history, without
touching what stands now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from accounts.tenancy import current
from platforms import partitions
from platforms.contract import Page, Row
from platforms.models import DirtyHour, Entity, EntitySnapshot
from platforms.store import entities, items
from platforms.store.gathering import Held, Key, Run, Told, gather
from platforms.store.items import Counts, Stored

Late = tuple[int, datetime, Row]  # id of the item, when it was read, what was told


@dataclass(frozen=True, kw_only=True)
class Kept(Stored):
    """Keys (account, id) of which nothing was stored. `erased`: the platform no longer shows them.
    `undated`: they are unknown, and nothing says when they were published."""

    erased: frozenset[Key] = frozenset()
    undated: frozenset[Key] = frozenset()


@dataclass
class _Known:
    """What is known of items before: id, since when the figures stand so, and what is erased.

    And what came out: rows of the past (`late`), and keys of which nothing can be stored.
    """

    ids: dict[Key, int | None] = field(default_factory=dict)  # None: made just now
    figures_at: dict[Key, datetime] = field(default_factory=dict)
    erased: set[Key] = field(default_factory=set)
    late: list[Late] = field(default_factory=list)
    erased_again: set[Key] = field(default_factory=set)
    undated: set[Key] = field(default_factory=set)

    def sort(self, rows: Mapping[Key, Row], slot: datetime) -> tuple[dict[Key, Row], list[Key]]:
        """The rows that tell the newest of their items, and the keys of those that are late."""
        fresh: dict[Key, Row] = {}
        past: list[Key] = []
        for key, row in rows.items():
            pk = self.ids.get(key)
            if key in self.erased:
                self.erased_again.add(key)
            elif pk and key in self.figures_at and self.figures_at[key] > slot:
                self.late.append((pk, slot, row))
                past.append(key)
            elif key in self.ids:
                fresh[key] = {n: v for n, v in row.items() if n != "published_at"}
            elif "published_at" in row:
                fresh[key] = row
                self.ids[key] = None  # made now; nothing of this batch is older
            else:
                self.undated.add(key)
        return fresh, past


def add(moments: Mapping[datetime, Page], *, owner_id: int, platform: str, now: datetime) -> Kept:
    """Store pages by the moment for which they tell, in one transaction.

    Raises as `save` does. Items are made with `now` as their first sight, so that one `now` names
    all that one import has made (see `forget`).
    """
    if current() != owner_id:
        raise PermissionError(f"History of user {owner_id} is stored in that user's tenancy only.")
    runs = [
        (Run(owner=owner_id, platform=platform, slot=slot, now=now), gather([moments[slot]]))
        for slot in sorted(moments)
    ]
    with transaction.atomic(savepoint=False):
        for run, told in runs:
            for model in told.rows:
                if hasattr(model, "SNAPSHOT"):
                    partitions.ensure(model.SNAPSHOT, run.slot)
        accounts = {account for _, told in runs for account in told.accounts()}
        held = entities.hold(accounts, runs[0][0]) if runs else {}
        return _add(runs, held)


def _add(runs: Sequence[tuple[Run, Told]], held: Held) -> Kept:
    known = {
        model: _known(model, runs, held) for model in {m for _, told in runs for m in told.rows}
    }
    parts: list[tuple[int | None, Counts]] = []
    for run, told in runs:
        for model, rows in told.rows.items():
            fresh, past = known[model].sort(rows, run.slot)
            parts += items.store(model, replace(told, rows={model: fresh}), held, run)
            parts += [(held[account], Counts(unchanged=1)) for account, _ in past]
    stored = items.stored(parts)
    moved = sum(_append(model, found.late, runs[0][0]) for model, found in known.items())
    counts = {"changed": stored.changed + moved, "unchanged": stored.unchanged - moved}
    return Kept(
        **vars(stored) | counts,
        erased=frozenset().union(*(found.erased_again for found in known.values())),
        undated=frozenset().union(*(found.undated for found in known.values())),
    )


def _known(model: type[Any], runs: Sequence[tuple[Run, Told]], held: Held) -> _Known:
    keys = {key for _, told in runs for key in told.rows.get(model, ()) if key[0] in held}
    accounts = {entity: account for account, entity in held.items()}
    columns = ["entity_id", "external_id", "id", "removed_at"]
    columns += ["figures_at"] if hasattr(model, "SNAPSHOT") else []
    found = model.objects.filter(
        entity_id__in={held[account] for account, _ in keys},
        external_id__in=[id_ for _, id_ in keys if id_.isprintable()],
    )
    known = _Known()
    for entity, external_id, pk, removed_at, *figures_at in found.values_list(*columns):
        key = (accounts[entity], external_id)
        known.ids[key] = pk
        if removed_at:
            known.erased.add(key)
        if figures_at and figures_at[0]:
            known.figures_at[key] = figures_at[0]
    return known


# --- Figures of the past --------------------------------------------------------------------------
def _append(model: type[Any], late: Sequence[Late], run: Run) -> int:
    """Insert figures where they differ from those before them; how many did."""
    told = {name for _, _, row in late for name in row}
    counters = [name for name in getattr(model, "COUNTERS", ()) if name in told]
    if not counters:
        return 0
    values: list[Any] = [[pk for pk, _, _ in late], [slot for _, slot, _ in late]]
    values += [[row.get(name) for _, _, row in late] for name in counters]
    with connection.cursor() as cursor:
        cursor.execute(_appending(model, counters), [*values, run.owner, run.owner])
        return int(cursor.fetchone()[0])


def _appending(model: type[Any], counters: Sequence[str]) -> str:
    """A row for the same moment is corrected; one that says what stood before is left out."""
    table, content = model.SNAPSHOT._meta.db_table, model._meta.db_table
    own = {name: model._meta.get_field(name).db_type(connection) for name in counters}
    arrays = "".join(f", %s::{type_}[]" for type_ in own.values())
    names = ", ".join(counters)
    told = ", ".join(f"told.{name}" for name in counters)
    before = ", ".join(f"before.{name}" for name in counters)
    corrected = ", ".join(f"{name} = excluded.{name}" for name in counters)
    return f"""
        WITH told AS (
            SELECT * FROM unnest(%s::bigint[], %s::timestamptz[]{arrays})
                AS told(item_id, taken_at, {names})
        ), fresh AS (
            SELECT told.* FROM told LEFT JOIN LATERAL (
                SELECT * FROM {table} s
                WHERE s.item_id = told.item_id AND s.taken_at <= told.taken_at
                ORDER BY s.taken_at DESC LIMIT 1
            ) before ON true
            WHERE before.item_id IS NULL OR ({told}) IS DISTINCT FROM ({before})
        ), made AS (
            INSERT INTO {table} (item_id, taken_at, owner_id, {names})
            SELECT item_id, taken_at, %s, {names} FROM fresh
            ON CONFLICT (item_id, taken_at) DO UPDATE SET {corrected}
            RETURNING item_id, taken_at
        ), dirty AS (
            INSERT INTO {DirtyHour._meta.db_table} (owner_id, entity_id, hour)
            SELECT DISTINCT %s::bigint, item.entity_id, date_bin('1 hour', made.taken_at, 'epoch')
            FROM made JOIN {content} item ON item.id = made.item_id
        )
        SELECT count(*) FROM made"""


def add_figures(
    figures: Mapping[tuple[int, datetime], Mapping[str, int | None]], *, owner_id: int
) -> tuple[int, int]:
    """Put figures of accounts, by entity and moment, into their history.

    Returns how many moments are new, and how many differ from what was known. What stands now
    (`Entity.audience`) is the platform's word, and stays.
    """
    ids, moments = {entity for entity, _ in figures}, {moment for _, moment in figures}
    with transaction.atomic():
        list(Entity.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
        found = EntitySnapshot.objects.filter(entity_id__in=ids, taken_at__in=moments)
        known: dict[tuple[int, datetime], Any] = {
            (row["entity_id"], row["taken_at"]): row for row in found.values()
        }
        fresh = [key for key in figures if key not in known]
        differing = [
            key
            for key, told in figures.items()
            if key in known and any(known[key][name] != value for name, value in told.items())
        ]
        EntitySnapshot.objects.bulk_create(
            EntitySnapshot(owner_id=owner_id, entity_id=key[0], taken_at=key[1], **figures[key])
            for key in fresh
        )
        for entity, moment in differing:
            row = EntitySnapshot.objects.filter(entity=entity, taken_at=moment)
            row.update(**figures[entity, moment])
        DirtyHour.mark(owner_id, [*fresh, *differing])
    return len(fresh), len(differing)


# --- Taking back ----------------------------------------------------------------------------------
def forget(model: type[Any], entity_ids: Sequence[int], *, owner_id: int, now: datetime) -> int:
    """Delete items that `add` has made with this `now` and nobody has seen since; how many.

    Sight is exact to a day, as everywhere in the store.
    """
    values: dict[str, Any] = {"owner": owner_id, "entities": list(entity_ids), "now": now}
    with transaction.atomic(), connection.cursor() as cursor:
        list(Entity.objects.filter(pk__in=entity_ids).order_by("pk").select_for_update(no_key=True))
        cursor.execute(_forgetting(model), values)
        return int(cursor.fetchone()[0])


def _forgetting(model: type[Any]) -> str:
    history = ""
    if hasattr(model, "SNAPSHOT"):
        table = model.SNAPSHOT._meta.db_table
        history = f"past AS (DELETE FROM {table} USING gone WHERE item_id = gone.id),"
    return f"""
        WITH gone AS (
            DELETE FROM {model._meta.db_table}
            WHERE owner_id = %(owner)s AND entity_id = ANY(%(entities)s)
              AND first_seen_at = %(now)s AND last_seen_at = %(now)s
            RETURNING id, entity_id, published_at
        ), {history} dirty AS (
            INSERT INTO {DirtyHour._meta.db_table} (owner_id, entity_id, hour)
            SELECT DISTINCT %(owner)s::bigint, entity_id, date_bin('1 hour', published_at, 'epoch')
            FROM gone
        )
        SELECT count(*) FROM gone"""
