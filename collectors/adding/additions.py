"""What a preview has found becomes monitored: all of it, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import connection, transaction

from accounts.live import tell
from accounts.models import User
from collectors.adding.pasted import MOST
from collectors.adding.previews import Preview, monitored_among
from collectors.caps import BeyondCap, demand_place
from collectors.control import start_all
from collectors.intervals import demand_allowed
from collectors.models import MonitoringJob
from collectors.planner import Forecast, Wish, forecast
from platforms.actions import watch_all
from platforms.models import ApiProfile

SPREAD_SECONDS = 15 * 60  # the first runs of as many monitors as can be added at once
STEP_SECONDS = SPREAD_SECONDS / MOST

_SPREAD = """
UPDATE monitoring_jobs job
SET next_run_at = now() + (place - 1) * %(step)s * interval '1 s'
FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS added(id, place)
WHERE job.id = added.id AND job.next_run_at IS NOT NULL
"""


@dataclass(frozen=True)
class Added:
    """The jobs of a preview's accounts, and how many of them are new."""

    jobs: Sequence[MonitoringJob]
    count: int


def cost(
    preview: Preview, *, interval_minutes: int, adaptive: bool = False, now: datetime
) -> Forecast:
    """What the credential would use in a day with the new monitors."""
    wish = Wish(count=len(preview.new), interval_minutes=interval_minutes, adaptive=adaptive)
    return forecast(preview.profile, [wish] if preview.new else [], now=now)


@transaction.atomic
def add(
    *,
    by: User,
    profile: ApiProfile,
    preview: Preview,
    interval_minutes: int,
    adaptive: bool = False,
    now: datetime,
) -> Added:
    """Monitor what is new in a preview. A second time nothing is new, and nothing changes.

    Raises IntervalOutOfRange, and BeyondCap when the credential cannot carry it, or is gone;
    NoPlace, when the person has as many monitors as they may.
    """
    demand_allowed([profile.platform], interval_minutes)
    # One after the other, so that two requests cannot both have the room that is left for one.
    if not ApiProfile.objects.select_for_update(no_key=True).filter(pk=profile.pk).first():
        raise BeyondCap("This credential was deleted meanwhile. Choose another.")
    monitored = monitored_among(by, profile.platform, preview.new)
    found = [facts for facts in preview.new if facts.account not in monitored]
    if not found:
        return Added([], 0)
    demand_place(by, len(found))
    wish = Wish(count=len(found), interval_minutes=interval_minutes, adaptive=adaptive)
    plan = forecast(profile, [wish], now=now)
    if not plan.fits:
        raise BeyondCap(plan.sentence)
    entities = [entity for entity, _ in watch_all(profile=profile, found=found, now=now)]
    jobs = start_all(entities=entities, interval_minutes=interval_minutes, adaptive=adaptive)
    new = [job.pk for job, is_new in jobs if is_new]
    _spread(new, interval_minutes)
    transaction.on_commit(partial(tell, by.pk, "monitors:changed"), robust=True)
    return Added([job for job, _ in jobs], len(new))


def _spread(ids: Sequence[int], interval_minutes: int) -> None:
    """Let the first begin at once and the others follow, all before the second run of the first."""
    step = min(STEP_SECONDS, interval_minutes * 60 / max(1, len(ids)))
    with connection.cursor() as cursor:
        cursor.execute(_SPREAD, {"ids": list(ids), "step": step})
