"""What the running jobs of a credential ask for in a day.

The platform's own arithmetic (`<platform>/cost.py`), put right by what recent runs really cost
(measured.py). Sees the rows that the caller may see: a tenant's own, or all within `system()`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Avg, Case, Count, F, IntegerField, Q, When
from django.db.models.functions import Coalesce

from collectors.dispatch import PACK
from collectors.models import MonitoringJob
from collectors.schedule import EARLIEST_SECONDS, EARLY
from collectors.targets import ladder_of
from platforms import registry
from platforms.contract import Platform
from platforms.credentials.connection import terms
from platforms.loads import DAY, Load
from platforms.models import Entity
from platforms.terms import Terms

# Seconds that a job asks for, before the governor. A closed account is asked after once a day.
ASKED = Case(
    When(~Q(entity__state=Entity.State.ACTIVE), then=int(DAY)),
    When(adaptive=True, then=Coalesce("paced_seconds", F("interval_minutes") * 60)),
    default=F("interval_minutes") * 60,
    output_field=IntegerField(),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Jobs of one profile that are read alike. `seconds`: between two runs. `items`: what one
    account publishes in a day, None while nobody knows."""

    profile: int
    jobs: int
    seconds: float
    items: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """A day's costs. `units`: bucket of the terms -> calls or units."""

    units: Mapping[str, float]
    dollars: float

    def over(self, other: "Costs") -> "Costs":
        """How much more than the other's."""
        more = {name: self.units[name] - other.units[name] for name in self.units}
        return Costs(units=more, dollars=self.dollars - other.dollars)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What jobs of one credential ask for. `calls_factor`, `dollars_factor`: how much dearer their
    runs were than the arithmetic says."""

    platform: Platform
    terms: Terms
    groups: Sequence[Group]
    calls_factor: float = 1.0
    dollars_factor: float = 1.0

    @property
    def items(self) -> float:
        """What an account publishes in a day, of which nothing else is known."""
        known = [(g.items * g.jobs, g.jobs) for g in self.groups if g.items is not None]
        jobs = sum(count for _, count in known)
        return sum(items for items, _ in known) / jobs if jobs else self.platform.items_a_day

    def costs(self, stretch: float = 1.0) -> Costs:
        """A day's costs with every interval so many times as long, but at most a day."""
        slow = [replace(g, seconds=stretched(g.seconds, stretch)) for g in self.groups]
        return _sum(self.terms, [replace(self, groups=slow).costs_of(group) for group in slow])

    def costs_of(self, group: Group) -> Costs:
        """A day's costs of some jobs that are read together with all of these."""
        bill = self.platform.cost(self._load(group), self.terms)
        dollars = self._priced(bill.resources)
        units = {bucket: count * self.calls_factor for bucket, count in bill.units.items()}
        return Costs(units=units, dollars=dollars * self.dollars_factor)

    def first_dollars(self, group: Group) -> float:
        """The most that the first reading of these jobs is billed."""
        return self._priced(self.platform.cost(self._load(group), self.terms).first)

    def _priced(self, resources: Mapping[str, float]) -> float:
        prices = self.terms.prices
        return sum(float(prices[kind]) * count for kind, count in resources.items())

    def _load(self, group: Group) -> Load:
        return Load(
            accounts=group.jobs,
            every=group.seconds,
            together=_together(group, self.groups),
            items=self.items if group.items is None else group.items,
            ladder=ladder(self.platform),
        )


def _sum(terms: Terms, all_costs: Sequence[Costs]) -> Costs:
    units = dict.fromkeys(terms.buckets, 0.0)
    for costs in all_costs:
        units |= {bucket: units[bucket] + count for bucket, count in costs.units.items()}
    return Costs(units=units, dollars=sum(costs.dollars for costs in all_costs))


def stretched(seconds: float, stretch: float) -> float:
    """An interval made longer; never beyond a day, unless it was longer already."""
    return max(seconds, min(seconds * stretch, DAY))


def demand_of(fingerprint: str, slug: str, *, without: Collection[int] = ()) -> Demand:
    """What the running jobs of a credential ask for. `without`: ids of jobs to leave out."""
    jobs = MonitoringJob.objects.filter(
        entity__profile__fingerprint=fingerprint,
        platform=slug,
        pause_reason=MonitoringJob.Pause.RUNS,
    ).exclude(pk__in=without)
    alike = jobs.order_by().values("entity__profile_id", asked=ASKED)
    groups = [
        Group(
            profile=row["entity__profile_id"],
            jobs=row["jobs"],
            seconds=row["asked"],
            items=row["items"],
        )
        for row in alike.annotate(jobs=Count("pk"), items=Avg("items_a_day"))
    ]
    return Demand(platform=registry.get(slug), terms=terms(slug), groups=groups)


def ladder(platform: Platform) -> tuple[tuple[float, float], ...]:
    """The rungs on which figures are read again, in seconds; none where age does not say it."""
    if platform.content.DUE is not None:
        return ()
    rungs = ladder_of(platform)
    return tuple((until.total_seconds(), every.total_seconds()) for until, every in rungs)


def _together(group: Group, groups: Sequence[Group]) -> float:
    """How many jobs one collection reads: one, and those that it takes along (schedule.py)."""
    of_profile = [g for g in groups if g.profile == group.profile]
    a_second = sum(g.jobs / g.seconds for g in of_profile) - 1 / group.seconds
    early = min(group.seconds * EARLY, EARLIEST_SECONDS)
    return min(1 + a_second * early, PACK)
