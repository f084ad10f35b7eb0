"""What wishes cost before they are granted: units, calls and dollars a day of one credential."""

from calendar import monthrange
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import inf
from typing import Literal

from collectors.demand import Costs, Demand, Group, demand_of
from collectors.measured import taught
from collectors.pace import seconds_for
from platforms.contract import Platform
from platforms.credentials.connection import terms
from platforms.loads import DAY
from platforms.models import ApiProfile
from platforms.spending.budget import daily_cap
from platforms.terms import Quota

TIGHT = 0.8
Measure = Literal["units", "calls", "dollars"]


@dataclass(frozen=True)
class Wish:
    """Accounts to be read from now on. `replaces`: ids of jobs whose interval this changes."""

    count: int
    interval_minutes: int
    adaptive: bool = False
    replaces: Collection[int] = ()


@dataclass(frozen=True)
class BucketLine:
    """One limit of a credential, a day. `used`: by the jobs that run now, as their owners asked;
    `adds`: by the wishes, less than 0 where they save; `cap`: None where there is none."""

    label: str
    measure: Measure
    used: float
    adds: float
    cap: float | None

    @property
    def total(self) -> float:
        """What would be used."""
        return self.used + self.adds

    @property
    def share(self) -> float:
        """Of the cap; 1 is all of it."""
        if self.cap is None:
            return 0.0
        return self.total / self.cap if self.cap else inf if self.total > 0 else 0.0

    @property
    def fits(self) -> bool:
        """Whether it stays below the cap, or at least makes nothing worse."""
        return self.share <= 1 or self.adds <= 0

    @property
    def change(self) -> str:
        """ "Adds about 53 units a day"."""
        much = round(abs(self.adds), 2 if self.measure == "dollars" else 0)
        if not much:
            return "Changes next to nothing"
        words = f"${much:,.2f}" if self.measure == "dollars" else f"{much:,.0f} {self.measure}"
        verb = "Saves" if self.adds < 0 else "Adds"
        return f"{verb} about {words.removesuffix('s') if much == 1 else words} a day"


@dataclass(frozen=True)
class Forecast:
    """What wishes add to a credential's day. `fits`: False beyond a hard cap; `tight`: from 80 %
    of one. The governor stretches intervals where more is asked for than there is.

    `first_dollars`: the most that new accounts are billed once, for the posts they already have."""

    lines: tuple[BucketLine, ...]
    calls_a_day: float
    units_a_day: float
    dollars_a_day: float
    first_dollars: float
    fits: bool
    tight: bool
    sentence: str


def forecast(profile: ApiProfile, wishes: Sequence[Wish], *, now: datetime) -> Forecast:
    """What a credential would use if these wishes were granted."""
    asked = demand_of(profile.fingerprint, profile.platform)
    running = taught(asked, profile.fingerprint, now=now)
    used = running.costs()
    wished = _wished(profile, running, wishes)
    adds = wished.costs().over(used)
    unread = [wish for wish in wishes if not wish.replaces]
    first = sum(wished.first_dollars(group) for group in _groups(profile, running, unread))
    lines = tuple(_lines(profile, used, adds, now))
    return Forecast(
        lines=lines,
        calls_a_day=sum(adds.units.values()),
        units_a_day=max((x.adds for x in lines if x.measure == "units"), key=abs, default=0.0),
        dollars_a_day=adds.dollars,
        first_dollars=first,
        fits=all(line.fits for line in lines),
        tight=any(line.share >= TIGHT for line in lines),
        sentence=_sentence(profile, lines, first, now),
    )


def _wished(profile: ApiProfile, running: Demand, wishes: Sequence[Wish]) -> Demand:
    """The demand with the wishes in place of what they replace."""
    replaced = {job for wish in wishes for job in wish.replaces}
    kept = running.groups
    if replaced:
        kept = demand_of(profile.fingerprint, profile.platform, without=replaced).groups
    return replace(running, groups=[*kept, *_groups(profile, running, wishes)])


def _groups(profile: ApiProfile, running: Demand, wishes: Sequence[Wish]) -> list[Group]:
    items = running.items
    return [
        Group(
            profile=profile.pk,
            jobs=wish.count,
            seconds=_seconds(running.platform, wish, items),
            items=items,
        )
        for wish in wishes
        if wish.count
    ]


def _seconds(platform: Platform, wish: Wish, items: float) -> int:
    """The interval that a wish asks for; an adaptive one is counted at its dearer end."""
    asked = wish.interval_minutes * 60
    return min(asked, seconds_for(platform, items)) if wish.adaptive else asked


# --- Limits --------------------------------------------------------------------------------------
def _lines(profile: ApiProfile, used: Costs, adds: Costs, now: datetime) -> Iterator[BucketLine]:
    """Daily quotas, windows that are used at all, the person's own cap, money."""
    known = terms(profile.platform)
    for name, bucket in known.buckets.items():
        now_used, more = used.units[name], adds.units[name]
        if isinstance(bucket, Quota):
            most = daily_cap(bucket, profile.daily_units)
            yield BucketLine(_label(name), "units", now_used, more, most)
        elif now_used or more:
            most_calls = bucket.limit * DAY / bucket.seconds
            yield BucketLine(_label(name), "calls", now_used, more, most_calls)
    if profile.daily_units is not None and not known.daily:
        calls, more = sum(used.units.values()), sum(adds.units.values())
        yield BucketLine("All calls", "calls", calls, more, profile.daily_units)
    if known.prices:
        most_dollars = profile.monthly_dollars
        a_day = None if most_dollars is None else float(most_dollars) / _days(now)
        yield BucketLine("Dollars", "dollars", used.dollars, adds.dollars, a_day)


def _label(bucket: str) -> str:
    return bucket.replace("_", " ").capitalize()


def _days(now: datetime) -> int:
    """Days of the UTC month."""
    return monthrange(now.astimezone(UTC).year, now.astimezone(UTC).month)[1]


# --- Words ---------------------------------------------------------------------------------------
def _sentence(profile: ApiProfile, lines: Sequence[BucketLine], first: float, now: datetime) -> str:
    """What the line says that decides: what is over, what is tight, money, the fullest."""
    if not lines:
        return "Adds nothing."
    line = max(lines, key=lambda x: (not x.fits, x.share >= TIGHT, x.measure == "dollars", x.share))
    use = "spend" if line.measure == "dollars" else "use"
    would = f"would {use if line.fits else 'need'}"
    once = f" The first reading may cost up to ${first:,.2f} more, once." if first else ""
    return f"{line.change}. {profile.name} {would} {_of_cap(line, now)}.{once}"


def _of_cap(line: BucketLine, now: datetime) -> str:
    total = max(line.total, 0.0)
    if line.measure == "dollars":
        month, days = total * _days(now), _days(now)
        if line.cap is None:
            return f"about ${month:,.2f} a month, without a monthly budget"
        return f"${month:,.2f} of ${line.cap * days:,.2f} a month"
    return f"{total:,.0f} of {line.cap or 0:,.0f} daily {line.measure}"
