"""Keeps what runs within what may be spent: stretches intervals before a limit is reached.

For each credential: what its running jobs ask for (demand.py) beside what is left of the day's
units, of the windows and of the month's dollars. Where it is too much, all intervals grow by one
factor, at most to a day; where there is room again, they shrink to what was asked for. The budget
stops calls at the cap in any case (platforms/spending/budget.py): the governor sees to it that this
happens seldom, and to all accounts alike.

It computes from what is stored and writes in one statement a credential, so it may run at any time,
twice, and twice at once.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import sqrt
from typing import Any

from django.db import connection

from accounts.tenancy import system
from collectors.demand import Costs, Demand, demand_of
from collectors.measured import taught
from collectors.models import MonitoringJob
from collectors.schedule import next_slot
from platforms.loads import DAY
from platforms.models import ApiProfile
from platforms.spending import ledger
from platforms.spending.budget import daily_cap, day_in, first_day, start_of_month, unreserved
from platforms.terms import Quota, Terms, end_of_day

# Of what is left this much is planned; the rest absorbs what nobody foresaw.
AIM, AIM_OF_WINDOW = 0.97, 0.9
_NOW = "%(now)s::timestamptz"
STEADY = 0.05  # an interval that differs less from the one before is left as it is
HORIZON = 2 * 3600.0  # seconds; nearer to midnight, the next day's allowance counts along
NO_HELP = 0.9  # twice the interval must cost less than this of it, else stretching is in vain
EXACT = 0.005

_STRETCH = f"""
WITH asked AS (
  SELECT j.id, j.every_seconds, e.state,
         CASE WHEN j.adaptive THEN coalesce(j.paced_seconds, j.interval_minutes * 60)
              ELSE j.interval_minutes * 60 END AS seconds
  FROM monitoring_jobs j JOIN platforms_entity e ON e.id = j.entity_id
  WHERE e.profile_id = %(profile)s AND j.pause_reason = ''
),
due AS (
  SELECT id, state, greatest(seconds, least(round(seconds * %(stretch)s::float8), 86400))::int
    AS every
  FROM asked
),
changed AS (
  SELECT j.id, due.every, due.state
  FROM due JOIN monitoring_jobs j ON j.id = due.id
  WHERE abs(due.every / j.every_seconds::float8 - 1) > %(steady)s
     OR (%(stretch)s = 1 AND due.every <> j.every_seconds)
  ORDER BY j.id FOR UPDATE OF j
)
UPDATE monitoring_jobs j
SET every_seconds = changed.every,
    next_run_at = CASE WHEN changed.every < j.every_seconds AND j.failures = 0
                        AND changed.state = 'active'
                       THEN least(j.next_run_at, {next_slot("j.id", "changed.every", now=_NOW)})
                       ELSE j.next_run_at END
FROM changed WHERE j.id = changed.id
"""  # noqa: S608  our own expression


@dataclass(frozen=True, slots=True)
class Limit:
    """What may be used a day from now on. `measure`: units, calls or dollars."""

    measure: str
    a_day: float
    used: Callable[[Costs], float]


def govern(*, now: datetime, profiles: Collection[int] | None = None) -> int:
    """Fit jobs into the limits of their credentials. Returns how many intervals changed.

    `profiles`: ids of the credentials, None for all.
    """
    running = MonitoringJob.objects.filter(pause_reason=MonitoringJob.Pause.RUNS)
    with system():
        asked = ApiProfile.objects.filter(**({} if profiles is None else {"pk__in": profiles}))
        used = asked.filter(pk__in=running.values("entity__profile_id"))
        asked.exclude(plan={}).exclude(pk__in=used.values("pk")).update(plan={})
        waiting = list(used.order_by("pk"))
    changed = 0
    for profile in waiting:
        with system():
            changed += _fit(profile, now)
    return changed


def present() -> datetime:
    """Now, by the database's clock, which all workers share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        now: datetime = cursor.fetchone()[0]
        return now


def _fit(profile: ApiProfile, now: datetime) -> int:
    """Fit one credential's jobs into its limits, and keep the plan of its day."""
    asked = demand_of(profile.fingerprint, profile.platform)
    demand = taught(asked, profile.fingerprint, now=now)
    stretch, short = 1.0, ""
    for limit in _limits(profile, demand.terms, now):
        needed = _needed(demand, limit)
        if needed > stretch:
            stretch, short = needed, limit.measure
    plan = _plan(demand.costs(stretch), stretch, short)
    ApiProfile.objects.filter(pk=profile.pk).exclude(plan=plan).update(plan=plan)
    values: dict[str, Any] = {
        "profile": profile.pk,
        "stretch": stretch,
        "steady": STEADY,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STRETCH, values)
        return int(cursor.rowcount)


def _plan(costs: Costs, stretch: float, short: str) -> dict[str, Any]:
    return {
        "units": {name: round(count) for name, count in costs.units.items() if count},
        "dollars": round(costs.dollars, 2),
        "stretch": round(stretch, 2),
        "short": short,
    }


def _needed(demand: Demand, limit: Limit) -> float:
    """The smallest factor with which the demand keeps to a limit.

    1 where rarer runs would save next to nothing: X bills each post once, however often we look.
    """

    def cost(stretch: float) -> float:
        return limit.used(demand.costs(stretch))

    now = cost(1.0)
    if now <= limit.a_day or cost(2.0) > NO_HELP * now:
        return 1.0
    low, high = 1.0, DAY / min(group.seconds for group in demand.groups)
    if cost(high) > limit.a_day:
        return high
    while high / low > 1 + EXACT:
        middle = sqrt(low * high)
        low, high = (low, middle) if cost(middle) <= limit.a_day else (middle, high)
    return high


# --- What is left ---------------------------------------------------------------------------------
def _limits(profile: ApiProfile, known: Terms, now: datetime) -> Iterator[Limit]:
    """All limits of a credential, as so much a day."""
    rows = ledger.spendings([profile.fingerprint], since=first_day(now))
    spent = {(row.bucket, row.day): row.spent for row in rows}
    for name, bucket in known.buckets.items():
        used = partial(_units_of, name)
        if isinstance(bucket, Quota):
            most = unreserved(daily_cap(bucket, profile.daily_units))
            gone = spent.get((name, day_in(now, bucket.zone)), 0)
            yield Limit("units", _of_day(most, gone, _rest(now, bucket.zone)), used)
        else:
            yield Limit("calls", AIM_OF_WINDOW * bucket.limit * DAY / bucket.seconds, used)
    if profile.daily_units is not None and not known.daily:
        gone = spent.get((ledger.CALLS, day_in(now, "UTC")), 0)
        most = unreserved(profile.daily_units)
        yield Limit("calls", _of_day(most, gone, _rest(now, "UTC")), _all_units)
    if profile.monthly_dollars is not None and known.prices:
        billed = ledger.dollars(profile.fingerprint, since=start_of_month(now).date())
        yield Limit(
            "dollars", _of_month(float(profile.monthly_dollars), float(billed), now), _dollars
        )


def _units_of(bucket: str, costs: Costs) -> float:
    return costs.units.get(bucket, 0.0)


def _all_units(costs: Costs) -> float:
    return sum(costs.units.values())


def _dollars(costs: Costs) -> float:
    return costs.dollars


def _rest(now: datetime, zone: str) -> float:
    """Seconds until the next midnight of a zone."""
    return (end_of_day(now, zone) - now).total_seconds()


def _of_day(most: float, gone: float, rest: float) -> float:
    """What may be used a day, when so much of a day's allowance is gone and so much time is left.

    Never more than the allowance, so that a quiet morning makes no hasty evening; never less than
    the quarter of it, so that a spent day does not stretch the next one.
    """
    left = max(0.0, most - gone) + most * max(0.0, HORIZON - rest) / DAY
    return AIM * min(most, max(left * DAY / max(rest, HORIZON), most / 4))


def _of_month(most: float, gone: float, now: datetime) -> float:
    """Dollars a day for the rest of the UTC month; on its last day, the next month counts, too."""
    first = start_of_month(now)
    end = start_of_month(first + timedelta(days=32))
    days, rest = (end - first) / timedelta(days=1), (end - now) / timedelta(days=1)
    left = max(0.0, most - gone) + most / days * max(0.0, 1 - rest)
    return AIM * left / max(rest, 1.0)
