"""What people ask for: forget a source with all that was collected, erase a post or an account."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from math import inf
from operator import attrgetter

from celery import current_app
from django.db import transaction
from django.db.models import Q
from kombu.exceptions import OperationalError

from accounts.tenancy import acting_for, system
from collectors import control
from collectors.models import Custody, MonitoringJob
from collectors.policies import emptying
from platforms import erasure, registry
from platforms.models import Entity

VISIT = "collectors.tasks.visit_accounts"

_of_account = attrgetter("owner_id", "entity_id")


@transaction.atomic
def forget(entity: Entity, *, now: datetime) -> None:
    """Watch an account no more, and delete all that was collected of it and the account itself.

    As its owner. Its job ends at once; the rows go in batches, by a worker, and the account last.
    """
    control.stop(MonitoringJob.objects.filter(entity=entity))
    asked = {"visit_at": now, "forget_asked_at": now}
    Custody.objects.update_or_create(
        entity=entity, defaults=asked, create_defaults={**asked, "owner_id": entity.owner_id}
    )
    transaction.on_commit(_hurry)


def erase_posts(platform: str, external_ids: Sequence[str], *, now: datetime) -> int:
    """Erase posts, videos or streams by the platform's own ids, for every tenant; how many."""
    content = registry.get(platform).content
    with system():
        named = Q(external_id__in=external_ids) | Q(**{f"{content.ASK_BY}__in": external_ids})
        items = sorted(content.objects.filter(named, removed_at=None), key=_of_account)
    erased = 0
    for (owner_id, entity_id), own in groupby(items, key=_of_account):
        with acting_for(owner_id), transaction.atomic():
            erasure.hold(entity_id)
            erased += erasure.erase(list(own), now=now)
    return erased


def erase_account(platform: str, external_id: str, *, now: datetime) -> int:
    """Erase all posts and names of an account, for every tenant; for how many it was there."""
    with system():
        held = list(Entity.objects.filter(platform=platform, external_id=external_id))
    for entity in held:
        words = partial(emptying.tombstones, entity, now)
        with acting_for(entity.owner_id):
            emptying.finish([words, partial(emptying.names, entity)], entity=entity, until=inf)
    return len(held)


def _hurry() -> None:
    """Without a broker the next round finds it."""
    try:
        current_app.send_task(VISIT, queue="default")
    except OperationalError:
        return
