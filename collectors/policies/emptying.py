"""Deletes what is held of one account, in batches: each is a transaction of its own.

Each function deletes some and tells how many; it is called until that is 0. All act for the owner
of the account, so that row level security keeps them from everybody else's rows.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import Q
from psycopg import sql

from collectors.models import Custody, MonitoringJob
from platforms import erasure, registry
from platforms.erasure import Erased
from platforms.models import Comment, Entity, EntityName, EntitySnapshot

ITEMS, FIGURES = 500, 5000  # rows in a batch

Batch = Callable[[], int]


def finish(work: Iterable[Batch], *, entity: Entity, until: float) -> bool:
    """Do batch after batch of each. False: the time (`until`, of the monotonic clock) was up.

    Each batch holds the account's row, as the store does: so nobody waits for each other.
    """
    return all(_finish(batch, entity, until) for batch in work)


def _finish(batch: Batch, entity: Entity, until: float) -> bool:
    while monotonic() < until:
        with transaction.atomic():
            if not erasure.hold(entity.pk) or not batch():
                return True
    return False


def old_items(entity: Entity, which: Q) -> int:
    """Delete some items, but not the newest: its id tells a collector where to go on."""
    newest = _newest(entity)
    return items(entity, which & ~Q(pk=newest.pk)) if newest else 0


def old_newest(entity: Entity, which: Q, now: datetime) -> int:
    """Leave nothing but the id of the newest item, if it is old as well."""
    newest = _newest(entity)
    bare = Q(removed_at__isnull=False, figures_at=None)
    own = type(newest).objects.filter(which & ~bare, pk=newest.pk) if newest else None
    if newest is None or own is None or not own.exists():
        return 0
    erasure.erase([newest], now=now)
    newest.SNAPSHOT.objects.filter(item_id=newest.pk).delete()
    none = dict.fromkeys([*newest.COUNTERS, "figures_at"])
    changed: int = type(newest).objects.filter(pk=newest.pk).update(**none)
    return changed


def _newest(entity: Entity) -> Any:
    content = registry.get(entity.platform).content
    return content.objects.filter(entity=entity).order_by("published_at", "pk").last()


def items(entity: Entity, which: Q) -> int:
    """Delete some items with their figures and the comments under them."""
    content = registry.get(entity.platform).content
    found = content.objects.filter(which, entity=entity).order_by("pk")
    ids = dict(found.values_list("pk", "external_id")[:ITEMS])
    if not ids:
        return 0
    content.SNAPSHOT.objects.filter(item_id__in=ids).delete()
    Comment.objects.filter(entity=entity, item_external_id__in=ids.values()).delete()
    content.objects.filter(pk__in=ids).delete()
    _reach(entity)
    return len(ids)


def rows(entity: Entity, model: type[Any], which: Q) -> int:
    """Delete rows of another table of the entity's."""
    number: int = model.objects.filter(which, entity=entity).delete()[0]
    if number:
        _reach(entity)
    return number


def tombstones(entity: Entity, now: datetime) -> int:
    """Erase the words of some items; the items stay, with id and figures."""
    content = registry.get(entity.platform).content
    shown = content.objects.filter(entity=entity, removed_at=None).order_by("pk")
    return erasure.erase(list(shown[:ITEMS]), now=now)


def names(entity: Entity) -> int:
    """Forget what an account was called; its handle stays, as its owner typed it."""
    titled = Entity.objects.filter(pk=entity.pk).exclude(title="")
    return rows(entity, EntityName, Q()) + titled.update(title="")


# A figure stands until the next one: what was replaced before the moment goes, what stood then
# stays.
_REPLACED = sql.SQL("""
WITH old AS MATERIALIZED (
  SELECT s.{item}, s.taken_at FROM {figures} s {join}
  WHERE {entity} = %(entity)s AND s.taken_at < %(moment)s
    AND EXISTS (SELECT FROM {figures} later WHERE later.{item} = s.{item}
                AND later.taken_at > s.taken_at AND later.taken_at <= %(moment)s)
  LIMIT %(most)s
)
DELETE FROM {figures} s USING old WHERE s.{item} = old.{item} AND s.taken_at = old.taken_at
""")


def replaced_figures(entity: Entity, moment: datetime) -> int:
    """Delete some figures of items, and the account's, that newer ones replaced by that moment."""
    content = registry.get(entity.platform).content
    values = {"entity": entity.pk, "moment": moment, "most": FIGURES}
    join = sql.SQL("JOIN {} i ON i.id = s.item_id").format(_table(content))
    of_items = {"figures": _table(content.SNAPSHOT), "join": join, "entity": sql.SQL("i.entity_id")}
    of_account = {
        "figures": _table(EntitySnapshot), "join": sql.SQL(""), "entity": sql.SQL("s.entity_id"),
    }  # fmt: skip
    number = _run({"item": sql.Identifier("item_id"), **of_items}, values)
    number += _run({"item": sql.Identifier("entity_id"), **of_account}, values)
    if number:
        _reach(entity)
    return number


def everything(entity: Entity) -> Iterator[Batch]:
    """What deletes all rows of an account but its own."""
    yield partial(items, entity, Q())
    for model in tables_of_entities():
        yield partial(rows, entity, model, Q())


def tables_of_entities() -> Iterator[type[models.Model]]:
    """Every table whose rows belong to an account, of whatever app, beside content and its jobs."""
    content = {platform.content for platform in registry.every()}
    for model in apps.get_models():
        if model not in {MonitoringJob, Custody, *content} and _has_entity(model):
            yield model


def _has_entity(model: type[models.Model]) -> bool:
    fields = {field.name: field.related_model for field in model._meta.concrete_fields}
    return not model._meta.proxy and fields.get("entity") is Entity


def _reach(entity: Entity) -> None:
    erasure.reach(Erased(owner_id=entity.owner_id, entity_ids=[entity.pk]))


def _table(model: type[models.Model]) -> sql.Identifier:
    return sql.Identifier(model._meta.db_table)


def _run(names_: Mapping[str, sql.Composable], values: Mapping[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_REPLACED.format(**names_), values)
        return int(cursor.rowcount)
