"""How often an adaptive job runs, by what its account publishes; and what a job says of its pace.

Often while the account is on air or busy, rarely while it is quiet: a few runs for each item that
may be expected, within the range that its platform allows. `MonitoringJob.paced_seconds` holds what
comes of it; the governor (governor.py) may stretch that, as it stretches every interval.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from psycopg import sql

from collectors.intervals import allowed
from collectors.models import MonitoringJob
from collectors.schedule import next_slot
from platforms import registry
from platforms.contract import Platform
from platforms.loads import DAY

RUNS_PER_ITEM = 4
LATELY = timedelta(days=14)
_NOW = "%(now)s::timestamptz"
STEADY = 0.1  # a pace that differs less from the one before is left as it is

# A history shorter than the window is all there is; one item within an hour is no rate of 24 a day.
_RATES = sql.SQL("""
SELECT wanted.id,
       count(*) FILTER (WHERE c.published_at > %(now)s - %(lately)s)
         / greatest(1, extract(epoch FROM
             least(%(lately)s, %(now)s - coalesce(min(c.published_at), %(now)s))) / 86400)::float8,
       count(*) FILTER (WHERE c.published_at > %(now)s - interval '1 day')
FROM unnest(%(entities)s::bigint[]) AS wanted(id)
LEFT JOIN {table} c ON c.entity_id = wanted.id AND c.published_at <= %(now)s
GROUP BY wanted.id
""")

# Beside a shorter interval the governor's stretch of the old one stays. A longer interval begins
# after the next run, a shorter one at once; the grid is the job's own at each interval.
_FOLLOW = f"""
WITH told AS (
  SELECT * FROM unnest(%(jobs)s::bigint[], %(items)s::float8[], %(seconds)s::int[])
    AS t(id, items, seconds)
),
kept AS (
  SELECT j.id, told.items, coalesce(j.paced_seconds, j.interval_minutes * 60) AS before,
         CASE WHEN NOT j.adaptive THEN j.paced_seconds
              WHEN abs(told.seconds / j.paced_seconds::float8 - 1) <= %(steady)s
              THEN j.paced_seconds ELSE told.seconds END AS paced
  FROM told JOIN monitoring_jobs j ON j.id = told.id
),
paced AS (
  SELECT kept.*, CASE WHEN j.adaptive
    THEN least(greatest(round(kept.paced * j.every_seconds / kept.before::float8), kept.paced),
               greatest(kept.paced, 86400))::int
    ELSE j.every_seconds END AS every
  FROM kept JOIN monitoring_jobs j ON j.id = kept.id
)
UPDATE monitoring_jobs j
SET items_a_day = p.items, paced_seconds = p.paced, every_seconds = p.every,
    next_run_at = CASE WHEN p.every < j.every_seconds
                       THEN least(j.next_run_at, {next_slot("j.id", "p.every", now=_NOW)})
                       ELSE j.next_run_at END
FROM paced p
WHERE j.id = p.id AND (j.items_a_day, j.paced_seconds, j.every_seconds)
  IS DISTINCT FROM (p.items, p.paced, p.every)
"""  # noqa: S608  our own expression


def seconds_for(platform: Platform, items_a_day: float, *, live: bool = False) -> int:
    """The interval that an account calls for, in whole minutes."""
    minutes = allowed(platform)
    shortest, longest = minutes.start, minutes.stop - 1
    if live:
        return shortest * 60
    wanted = DAY / 60 / (items_a_day * RUNS_PER_ITEM) if items_a_day else longest
    return round(min(max(wanted, shortest), longest)) * 60


def follow(platform: Platform, jobs: Sequence[MonitoringJob], *, now: datetime) -> None:
    """Note what accounts publish, and let adaptive jobs keep pace with it.

    `jobs`: of one platform, after a run that went well, locked by the caller's transaction.
    """
    rates, live = _rates(platform, jobs, now), _live(platform, jobs)
    told = [(job.pk, *rates[job.entity_id], job.entity_id in live) for job in jobs]
    values: dict[str, Any] = {
        "jobs": [pk for pk, *_ in told],
        "items": [round(items, 2) for _, items, _, _ in told],
        "seconds": [
            seconds_for(platform, max(items, today), live=on_air)
            for _, items, today, on_air in told
        ],
        "steady": STEADY,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW, values)


def _rates(
    platform: Platform, jobs: Sequence[MonitoringJob], now: datetime
) -> dict[int, tuple[float, int]]:
    """Entity -> items a day of late, and items of the last day."""
    statement = _RATES.format(table=sql.Identifier(platform.content._meta.db_table))
    values: dict[str, Any] = {
        "entities": [job.entity_id for job in jobs],
        "now": now,
        "lately": LATELY,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return {entity: (float(items), today) for entity, items, today in cursor.fetchall()}


def _live(platform: Platform, jobs: Sequence[MonitoringJob]) -> set[int]:
    """Entities that are on air: of which an item is asked for again whatever its age."""
    if platform.content.DUE is None:
        return set()
    on_air = platform.content.objects.filter(
        platform.content.DUE, entity_id__in=[job.entity_id for job in jobs], removed_at=None
    )
    return set(on_air.values_list("entity_id", flat=True))


# --- What a job says of it ------------------------------------------------------------------------
def reason(job: MonitoringJob) -> str:
    """Why a job does not run as often as asked, a sentence or two; '' if it does.

    Reads `job.entity.profile`: select it with the job.
    """
    wanted = _wanted(job)
    reasons = [_why_adapted(job)] if wanted != job.interval_minutes * 60 else []
    if job.every_seconds > wanted:
        reasons.append(_why_stretched(job))
    return " ".join(reasons)


def _wanted(job: MonitoringJob) -> int:
    """Seconds without the governor."""
    return (job.adaptive and job.paced_seconds) or job.interval_minutes * 60


def _why_adapted(job: MonitoringJob) -> str:
    items = job.items_a_day or 0.0
    if _wanted(job) < seconds_for(registry.get(job.platform), items) * (1 - STEADY):
        return "Adapted: it is on air, or busier than usual."
    if items < 0.1:  # one in ten days
        return "Adapted: it publishes hardly anything of late."
    if items < 1:
        return f"Adapted: it publishes about one in {round(1 / items)} days."
    return f"Adapted: it publishes about {items:,.0f} a day."


def _why_stretched(job: MonitoringJob) -> str:
    profile = job.entity.profile
    if profile is None:
        return "Stretched: there is no credential to read it with."
    short = profile.plan.get("short")
    budget = f"daily {short or 'limits'} of {profile.name} do"
    if short == "dollars":
        budget = f"monthly budget of {profile.name} does"
    return f"Stretched: the {budget} not carry all of its jobs as often as asked."
