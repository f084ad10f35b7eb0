"""What recent runs of a credential really cost, beside what the arithmetic says of them."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from collectors.demand import Demand, Group
from platforms.loads import DAY

RECENT = timedelta(days=2)
SAMPLE = 50  # jobs whose runs are looked at
# As if so much had been measured that agrees with the arithmetic: a few odd runs mean little.
CALLS, DOLLARS = 20.0, 0.05

# A job's first run of the sample is left out: it may have read an account's whole past.
_RUNS = """
WITH sample AS (
  SELECT j.id, e.profile_id, j.every_seconds, j.items_a_day
  FROM monitoring_jobs j JOIN platforms_entity e ON e.id = j.entity_id
  JOIN api_profiles p ON p.id = e.profile_id
  WHERE p.fingerprint = %(fingerprint)s AND p.platform = %(platform)s AND j.pause_reason = ''
  ORDER BY hashint8(j.id) LIMIT %(sample)s
)
SELECT sample.profile_id, sample.every_seconds, avg(sample.items_a_day), count(*),
       sum(run.calls), sum(run.microdollars) / 1e6::float8
FROM sample CROSS JOIN LATERAL (
  SELECT e.calls, e.microdollars, row_number() OVER (ORDER BY e.due_at) AS nth
  FROM job_executions e
  WHERE e.job_id = sample.id AND e.due_at > %(since)s AND NOT e.asked_by_person
    AND e.status IN ('success', 'partial')
) run
WHERE run.nth > 1
GROUP BY sample.profile_id, sample.every_seconds
"""


class Runs(NamedTuple):
    """Runs of jobs that are read alike, and what they cost together."""

    profile: int
    seconds: int
    items: float | None
    number: int
    calls: float
    dollars: float


def taught(demand: Demand, fingerprint: str, *, now: datetime) -> Demand:
    """The demand, put right by the recent runs of the credential's jobs."""
    calls = told_calls = CALLS
    dollars = told_dollars = DOLLARS
    for runs in _runs(fingerprint, demand.platform.slug, since=now - RECENT):
        group = Group(profile=runs.profile, jobs=1, seconds=runs.seconds, items=runs.items)
        a_day, days = demand.costs_of(group), runs.number * runs.seconds / DAY
        calls, told_calls = calls + runs.calls, told_calls + sum(a_day.units.values()) * days
        dollars, told_dollars = dollars + runs.dollars, told_dollars + a_day.dollars * days
    return replace(demand, calls_factor=calls / told_calls, dollars_factor=dollars / told_dollars)


def _runs(fingerprint: str, slug: str, *, since: datetime) -> list[Runs]:
    values: dict[str, Any] = {
        "fingerprint": fingerprint,
        "platform": slug,
        "since": since,
        "sample": SAMPLE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RUNS, values)
        return [Runs(*row) for row in cursor.fetchall()]
