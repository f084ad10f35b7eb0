"""What the pages of channels, accounts and subreddits show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from platforms import keyset, registry
from platforms.contract import Platform
from platforms.models import Entity, EntitySnapshot

ENTITIES, ITEMS = 50, 20  # on a page
NOT_TOLD = "Not told"
LABELS = {
    "audience": "Audience",
    "contents": "Published",
    "views": "Views",
    "following": "Following",
    "listed": "On lists",
    "online": "Online now",
}


@dataclass(frozen=True)
class EntityRow:
    """An entity in the list. `audience`: '' while it is not known."""

    entity: Entity
    platform: Platform
    audience: str


@dataclass(frozen=True)
class Figure:
    """A number of an entity, as it is shown."""

    label: str
    value: str
    before: str = ""


@dataclass(frozen=True)
class Item:
    """A post, video or stream, as it is shown. `figures`: heading and number."""

    words: str
    item: Any
    figures: Sequence[tuple[str, str]]


def entity_page(own: QuerySet[Entity], *, profile: int | None, before: int | None) -> Any:
    """A page of entities, those that were added last first."""
    chosen = own.filter(profile_id=profile) if profile else own
    page = chosen.filter(pk__lt=before) if before else chosen
    found = list(page.select_related("profile").order_by("-pk")[: ENTITIES + 1])
    shown = [_row(entity) for entity in found[:ENTITIES]]
    more = len(found) > ENTITIES
    return {
        "rows": shown,
        "count": chosen.count(),
        "profile": profile,
        "next": shown[-1].entity.pk if more else None,
    }


def entity_context(entity: Entity, *, before: str) -> dict[str, Any]:
    """All that one entity's page shows. `before`: where its older items begin."""
    platform = registry.get(entity.platform)
    items, older = _items(entity, platform, before)
    return {
        "entity": entity,
        "platform": platform,
        "figures": _figures(entity, platform),
        "names": entity.names.order_by("-since"),
        "items": items,
        "headings": [heading for heading, _ in items[0].figures] if items else [],
        "older": older,
    }


def _row(entity: Entity) -> EntityRow:
    known = "" if entity.audience is None else f"{entity.audience:,}"
    audience = NOT_TOLD.lower() if entity.audience_hidden else known
    return EntityRow(entity, registry.get(entity.platform), audience)


def _figures(entity: Entity, platform: Platform) -> list[Figure]:
    snapshots = EntitySnapshot.objects.filter(entity=entity).order_by("-taken_at")[:2]
    newest, *earlier = [*snapshots] or [EntitySnapshot()]
    figures = []
    if entity.audience_hidden:
        withheld = f"{platform.label} withholds it"
        figures.append(Figure(LABELS["audience"], NOT_TOLD, withheld))
    for name, label in LABELS.items():
        value = getattr(newest, name)
        old = getattr(earlier[0], name) if earlier else None
        if value is not None:
            figures.append(Figure(label, f"{value:,}", "" if old is None else f"{old:,} before"))
    return figures


def _items(entity: Entity, platform: Platform, before: str) -> tuple[list[Item], str]:
    """A page of items, newest first, and where the next begins ('': nowhere)."""
    items = platform.content.objects.filter(entity=entity).order_by("-published_at", "-pk")
    if before:
        items = items.filter(keyset.behind(before, moment="published_at"))
    found = list(items[: ITEMS + 1])
    shown = [_item(platform, item) for item in found[:ITEMS]]
    last = found[ITEMS - 1] if len(found) > ITEMS else None
    return shown, keyset.mark(last.published_at, last.pk) if last else ""


def _item(platform: Platform, item: Any) -> Item:
    figures = [
        (platform.columns.get(column, column), _shown(item, column)) for column in item.COUNTERS
    ]
    return Item(words_of(item, platform), item, figures)


def words_of(item: Any, platform: Platform) -> str:
    """The text by which people know an item; '' if it has none, or was erased."""
    texts = (getattr(item, field) for field in platform.text_fields)
    return str(next((text for text in texts if text), ""))


def _shown(item: Any, column: str) -> str:
    """A figure; a withheld one says so, and one that was never read is a dash."""
    value = getattr(item, column)
    if value is None:
        return NOT_TOLD.lower() if item.figures_at else "–"  # noqa: RUF001  the dash of ui.md
    return f"{value:,}"
