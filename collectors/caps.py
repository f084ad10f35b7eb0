"""Refuses what a credential cannot carry, before an interval is set; the planner does the sums."""

from collections import defaultdict
from datetime import datetime

from accounts.owned import OwnedQuerySet
from collectors.models import MonitoringJob
from collectors.planner import Wish, forecast
from platforms.models import ApiProfile, Entity


class BeyondCap(ValueError):
    """It would take more than a hard cap allows; the text is a sentence for people."""


def demand_room_to_start(
    *, entity: Entity, interval_minutes: int, adaptive: bool, now: datetime
) -> None:
    """Raise BeyondCap if one more account, or this one read more often, is too much."""
    if entity.profile is not None:
        replaces = MonitoringJob.objects.filter(entity=entity).values_list("pk", flat=True)
        _demand(entity.profile, Wish(1, interval_minutes, adaptive, list(replaces)), now)


def demand_room_to_change(
    jobs: OwnedQuerySet[MonitoringJob], *, minutes: int, adaptive: bool, now: datetime
) -> None:
    """Raise BeyondCap if these jobs, as far as they run, would be too much for a credential."""
    ids = defaultdict[int, list[int]](list)
    running = jobs.filter(pause_reason="", entity__profile__isnull=False)
    for job, profile_id in running.values_list("pk", "entity__profile"):
        ids[profile_id].append(job)
    for pk, profile in ApiProfile.objects.in_bulk(ids).items():
        _demand(profile, Wish(len(ids[pk]), minutes, adaptive, ids[pk]), now)


def _demand(profile: ApiProfile, wish: Wish, now: datetime) -> None:
    told = forecast(profile, [wish], now=now)
    if not told.fits:
        raise BeyondCap(told.sentence)
