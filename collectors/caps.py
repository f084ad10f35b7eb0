"""Refuses what a credential cannot carry, before an interval is set; costs.py does the sums."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import User
from accounts.owned import OwnedQuerySet
from collectors import costs
from collectors.models import MonitoringJob
from collectors.planner import Forecast
from platforms.models import Entity

MOST_IN_DEMO = 48  # the first 24 and as many of visitors


class BeyondCap(ValueError):
    """It would take more than a hard cap allows; the text is a sentence for people."""


class NoPlace(BeyondCap):
    """Whoever asks has as many monitors as they may."""


def demand_place(owner: User, count: int = 1) -> None:
    """Raise NoPlace where the demo cannot take so many more: its visitors share it."""
    if not owner.is_demo:
        return
    there = MonitoringJob.objects.filter(owner=owner).count()
    if there + count > MOST_IN_DEMO:
        free = max(0, MOST_IN_DEMO - there)
        raise NoPlace(
            f"The demo has room for {MOST_IN_DEMO} monitors, and {free or 'no'} more at the moment."
            " What visitors add leaves after an hour. Create an account to add your own."
        )


def demand_room_to_start(
    *, entity: Entity, interval_minutes: int, adaptive: bool, now: datetime
) -> None:
    """Raise BeyondCap if one more account, or this one read more often, is too much."""
    if not MonitoringJob.objects.filter(entity=entity).exists():
        demand_place(entity.owner)
    minutes, profile = interval_minutes, entity.profile
    _demand(costs.of_source(entity, profile, minutes=minutes, adaptive=adaptive, now=now))


def demand_room_to_change(
    jobs: OwnedQuerySet[MonitoringJob], *, minutes: int, adaptive: bool, now: datetime
) -> None:
    """Raise BeyondCap if these jobs, as far as they run, would be too much for a credential."""
    running = jobs.filter(pause_reason=MonitoringJob.Pause.RUNS)
    _demand(costs.of_interval(running, minutes=minutes, adaptive=adaptive, now=now))


def _demand(forecasts: Sequence[Forecast]) -> None:
    if refusal := costs.refusal(forecasts):
        raise BeyondCap(refusal)
