"""Asks again for what was not seen for long, by the ordinary clients, and within their budgets.

What the platform still shows is refreshed by that. What it no longer shows becomes a tombstone in
the store (`Page.vanished`). An item that the ordinary runs have seen meanwhile is not asked for.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import Min
from kombu.exceptions import OperationalError

from collectors.models import Custody
from collectors.policies import custody
from collectors.policies.custody import Turn
from collectors.policies.rules import look_after, next_look
from platforms import registry, store
from platforms.contract import Target
from platforms.credentials import doctor
from platforms.credentials.connection import connect
from platforms.errors import PlatformError, QuotaSpent, RateLimited, Unavailable
from platforms.models import Entity

log = logging.getLogger(__name__)

LOOK = "collectors.tasks.look_again"
MOST = 2000  # items of one pack; the rest follows soon
SOON = timedelta(minutes=1)
LATER = timedelta(hours=1)
ATTENTION = timedelta(hours=6)  # somebody has to do something first
UNASKED = timedelta(days=1)  # nothing is demanded, until somebody changes the terms


def ring_for_looks(*, now: datetime) -> None:
    """Send the packs whose turn it is to the workers of their platforms."""
    for pack in custody.claim_looks(now=now):
        try:
            _ring(pack)
        except OperationalError as error:  # after the lease they are due again
            log.warning("Packs to be looked at again were not sent: %s", error)
            return


def _ring(pack: Sequence[Turn]) -> None:
    current_app.send_task(
        LOOK,
        ([turn.entity_id for turn in pack],),
        queue=f"collect.{pack[0].platform}",
        headers={"tenant": pack[0].owner_id},
    )


def look(entity_ids: Sequence[int], *, now: datetime) -> None:
    """Ask again for the due items of these accounts of one owner and platform.

    Outside transactions, for the tenant for whom this code acts.
    """
    with transaction.atomic():
        chosen = Entity.objects.select_related("profile").filter(pk__in=entity_ids)
        entities = list(chosen.order_by("profile_id", "pk"))
    # They shared a credential when they were packed.
    for _, pack in groupby(entities, key=attrgetter("profile_id")):
        _look(list(pack), now)


def _look(entities: Sequence[Entity], now: datetime) -> None:
    with transaction.atomic():
        targets = _targets(entities, now)
    wait = _ask(entities[0], targets, now) if targets else None
    if wait is None and sum(len(target.due_ids) for target in targets) == MOST:
        wait = SOON
    with transaction.atomic():
        for entity in entities:
            Custody.objects.filter(pk=entity.pk).update(look_at=_next(entity, now, wait))


def _targets(entities: Sequence[Entity], now: datetime) -> list[Target]:
    """Accounts with their items that were not seen for long, the longest unseen first."""
    targets, room = [], MOST
    for entity in entities:
        if room and (ids := _due(entity, now)[:room]):
            targets.append(Target(account=entity.external_id, handle=entity.handle, due_ids=ids))
            room -= len(ids)
    return targets


def _due(entity: Entity, now: datetime) -> tuple[str, ...]:
    after = look_after(entity.platform)
    if after is None:
        return ()
    content = registry.get(entity.platform).content
    unseen = _shown(content, entity).filter(last_seen_at__lte=now - after)
    return tuple(unseen.order_by("last_seen_at").values_list(content.ASK_BY, flat=True)[:MOST])


def _shown(content: type[Any], entity: Entity) -> Any:
    return content.objects.filter(entity=entity, removed_at=None)


def _ask(first: Entity, targets: Sequence[Target], now: datetime) -> timedelta | None:
    """Ask and store. Returns after what time to go on, None if all was asked."""
    platform, profile = registry.get(first.platform), first.profile
    if platform.again is None or profile is None:
        return ATTENTION
    try:
        for page in platform.again(connect(profile), targets, now):
            store.save(page, owner_id=first.owner_id, platform=first.platform, slot=now, now=now)
    except SoftTimeLimitExceeded:
        return SOON
    except PlatformError as error:
        log.info("Looking again at %s ended early: %s", first.platform, error)
        doctor.note_refusal(profile, error, now=now)
        return _wait(error, now)
    return None


def _wait(error: PlatformError, now: datetime) -> timedelta:
    if isinstance(error, RateLimited):
        return timedelta(seconds=error.retry_after)
    if isinstance(error, QuotaSpent):
        return max(error.until - now, SOON)
    return LATER if isinstance(error, Unavailable) else ATTENTION


def _next(entity: Entity, now: datetime, wait: timedelta | None) -> datetime:
    after = look_after(entity.platform)
    if after is None:
        return now + UNASKED
    if wait is not None:
        return now + wait
    content = registry.get(entity.platform).content
    oldest = _shown(content, entity).aggregate(oldest=Min("last_seen_at"))["oldest"]
    return next_look(oldest, after=after, now=now)
