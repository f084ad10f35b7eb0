"""Refuses what a credential cannot carry, before an interval is set; costs.py does the sums."""

from collections.abc import Sequence
from datetime import datetime

from accounts.owned import OwnedQuerySet
from collectors import costs
from collectors.models import MonitoringJob
from collectors.planner import Forecast
from platforms.models import Entity


class BeyondCap(ValueError):
    """It would take more than a hard cap allows; the text is a sentence for people."""


def demand_room_to_start(
    *, entity: Entity, interval_minutes: int, adaptive: bool, now: datetime
) -> None:
    """Raise BeyondCap if one more account, or this one read more often, is too much."""
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
