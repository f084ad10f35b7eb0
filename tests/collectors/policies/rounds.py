"""Rounds as beat and the workers make them, and what is held afterwards."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from accounts.tenancy import acting_for, system
from collectors.models import Custody
from collectors.policies import custody, keeping, recheck
from platforms import registry
from platforms.credentials.connection import valkey
from platforms.models import Comment, Entity, EntityName

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def visits(now=NOW, seconds=30):
    """One round of visits, as beat starts it."""
    custody.enrol(now=now)
    return keeping.visit_due(now=now, seconds=seconds)


def looks(now):
    """One round of asking again, as beat and the workers do it; the accounts of each pack."""
    valkey().flushdb()  # calls are counted by the real clock, of which no minute has passed
    custody.enrol(now=now)
    packs = list(custody.claim_looks(now=now))
    for pack in packs:
        with acting_for(pack[0].owner_id):
            recheck.look([turn.entity_id for turn in pack], now=now)
    return [[turn.entity_id for turn in pack] for pack in packs]


def held(entity):
    """What is there of an account."""
    content = registry.get(entity.platform).content
    with system():
        items = list(content.objects.filter(entity_id=entity.pk).order_by("pk"))
        return SimpleNamespace(
            items=items,
            shown=[item.external_id for item in items if item.removed_at is None],
            bare=[
                item.external_id for item in items
                if item.removed_at and item.figures_at is None
                and not any(getattr(item, name) for name in (*item.WORDS, *item.COUNTERS))
            ],
            words=[getattr(item, name) for item in items for name in item.WORDS],
            figures=list(
                content.SNAPSHOT.objects.filter(owner_id=entity.owner_id)
                .order_by("item_id", "taken_at").values_list("taken_at", flat=True)
            ),
            comments=list(Comment.objects.filter(entity_id=entity.pk).order_by("pk")),
            names=EntityName.objects.filter(entity_id=entity.pk).count(),
            entity=Entity.objects.filter(pk=entity.pk).first(),
            custody=Custody.objects.filter(pk=entity.pk).first(),
        )  # fmt: skip
