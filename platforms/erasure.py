"""What is erased here is erased everywhere: the one place that knows who else holds words.

Whoever keeps something made from words or figures that a platform may take back (caches, scores,
exports, reports) registers an eraser. It runs in the transaction that erases, so that both happen
or neither; what it cannot undo it does on commit.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import uuid4

from django.core.cache import cache
from django.db import transaction
from django.db.models import Exists, Field, OuterRef

from platforms import registry
from platforms.models import Comment, Content, DirtyHour, Entity


@dataclass(frozen=True, kw_only=True)
class Erased:
    """Whose words and figures went, and of which of their accounts (ids of entities)."""

    owner_id: int
    entity_ids: Collection[int]


Eraser = Callable[[Erased], None]
erasers: list[Eraser] = []


def eraser(work: Eraser) -> Eraser:
    """Register work to be done wherever something is erased. It may be done twice."""
    erasers.append(work)
    return work


def erase(items: Collection[Content], *, now: datetime) -> int:
    """Make tombstones of items of one account and platform; the number that had not been any.

    Their words and the comments under them go, id and figures stay. Inside a transaction of their
    owner that holds the account.
    """
    shown = [item for item in items if item.removed_at is None]
    if not shown:
        return 0
    first = shown[0]
    own = type(first).objects.filter(pk__in=[item.pk for item in shown], removed_at=None)
    changed = own.update(**blank(type(first)), removed_at=now)
    DirtyHour.mark(first.owner_id, [(item.entity_id, item.published_at) for item in shown])
    follow(first.owner_id, [first.entity_id], now=now)
    return changed


def hold(entity_id: int) -> bool:
    """Hold an account's row until the transaction ends, as the store does before it writes.

    False: there is no such account any more.
    """
    return bool(Entity.objects.select_for_update(no_key=True).filter(pk=entity_id))


def follow(owner_id: int, entity_ids: Collection[int], *, now: datetime) -> None:
    """Items of these accounts have become tombstones: erase what hangs on them."""
    entities = Entity.objects.filter(pk__in=entity_ids)
    for slug in set(entities.values_list("platform", flat=True)):
        content = registry.get(slug).content
        under = content.objects.filter(
            entity=OuterRef("entity"),
            external_id=OuterRef("item_external_id"),
            removed_at__isnull=False,
        )
        comments = Comment.objects.filter(Exists(under), entity__in=entity_ids, removed_at=None)
        comments.update(**blank(Comment), removed_at=now)
    reach(Erased(owner_id=owner_id, entity_ids=entity_ids))


def reach(erased: Erased) -> None:
    """Let everybody who registered erase, too."""
    for work in erasers:
        work(erased)


def blank(model: type[Any]) -> dict[str, Any]:
    """Column -> what stands there when its words are erased."""
    return {name: _nothing(model._meta.get_field(name)) for name in model.WORDS}


def _nothing(field: "Field[Any, Any]") -> Any:
    return None if field.null else field.get_default()


# --- Caches ---------------------------------------------------------------------------------------
LONGEST_CACHED = 3600  # seconds; should the cache be away when a version ends, its words end so


def version(owner_id: int) -> str:
    """A part of the key of everything that is cached of a person's sources.

    It changes when something is erased. Ask for it before reading what is to be cached, and cache
    for `LONGEST_CACHED` at most.
    """
    return str(cache.get_or_set(_key(owner_id), _new, None))


@eraser
def end_version(erased: Erased) -> None:
    """Nobody finds again what was cached before."""
    renew = partial(cache.set, _key(erased.owner_id), _new(), None)
    transaction.on_commit(renew, robust=True)


def _key(owner_id: int) -> str:
    return f"sources-version:{owner_id}"


def _new() -> str:
    return uuid4().hex
