"""The only writer of what the platforms tell: accounts, what they publish, and every figure.

Saving the same again changes nothing, so whoever is not sure whether a page was stored stores it
once more. Counts add up: each item of the pages is counted once.

Two workers may save pages of the same accounts at once: each holds the accounts' rows first, in the
order of their ids, and the second waits for the first. One transaction should save once: pages of
one collection go together.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.tenancy import current
from platforms import erasure, partitions
from platforms.contract import Page
from platforms.errors import Malformed
from platforms.store import entities, items
from platforms.store.gathering import Run, gather
from platforms.store.items import Counts, Stored

__all__ = ["Counts", "Stored", "save"]


def save(
    page: Page | Iterable[Page], *, owner_id: int, platform: str, slot: datetime, now: datetime
) -> Stored:
    """Store pages in one transaction, for the tenant for whom this code acts.

    `slot`: the moment for which was collected; snapshots are taken at it, and a second run of the
    same slot ends the same. What an older slot tells of an item whose figures are newer is left
    out. Of accounts that the owner does not watch nothing is stored. Raises PermissionError for
    another tenant's pages, Malformed for a slot of a year that cannot be meant, DatabaseError for
    figures that no platform can mean.
    """
    if current() != owner_id:
        raise PermissionError(f"Pages of user {owner_id} are stored in that user's tenancy only.")
    if not partitions.possible(slot):
        raise Malformed("This moment cannot be meant.", where="slot")
    told = gather([page] if isinstance(page, Page) else page)
    run = Run(owner=owner_id, platform=platform, slot=slot, now=now)
    with transaction.atomic(savepoint=False):
        for model in told.rows:
            if hasattr(model, "SNAPSHOT"):
                partitions.ensure(model.SNAPSHOT, slot)
        held = entities.hold(told.accounts(), run)
        entities.note(told, held, run)
        models = sorted(told.rows, key=lambda model: model._meta.db_table)
        counts = items.stored(
            part for model in models for part in items.store(model, told, held, run)
        )
        if removed := [entity for entity, some in counts.by_entity.items() if some.removed]:
            erasure.follow(owner_id, removed, now=now)
    return counts
