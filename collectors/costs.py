"""What a change of pace or of credential costs, before it is made."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from accounts.owned import OwnedQuerySet
from collectors.models import MonitoringJob
from collectors.planner import Forecast, Wish, forecast
from platforms.models import ApiProfile, Entity


def of_interval(
    jobs: OwnedQuerySet[MonitoringJob], *, minutes: int, adaptive: bool, now: datetime
) -> list[Forecast]:
    """One forecast for each credential that these jobs are read with."""
    by_profile: dict[ApiProfile, list[int]] = defaultdict(list)
    for job in jobs.select_related("entity__profile").exclude(entity__profile=None):
        if job.entity.profile:
            by_profile[job.entity.profile].append(job.pk)
    return [
        forecast(profile, [Wish(len(ids), minutes, adaptive, ids)], now=now)
        for profile, ids in by_profile.items()
    ]


def of_source(
    entity: Entity, profile: ApiProfile | None, *, minutes: int, adaptive: bool, now: datetime
) -> list[Forecast]:
    """The same for one source that is to be read with this credential."""
    if profile is None:
        return []
    replaced = list(MonitoringJob.objects.filter(entity=entity).values_list("pk", flat=True))
    return [forecast(profile, [Wish(1, minutes, adaptive, replaced)], now=now)]


def refusal(forecasts: Sequence[Forecast]) -> str:
    """Why it cannot be granted, '' if it can."""
    return next((told.sentence for told in forecasts if not told.fits), "")
