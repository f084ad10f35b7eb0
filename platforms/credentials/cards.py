"""What the page of credentials shows of each: verdict, what it reads, what it may still spend."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import redis
from django.db.models import Count

from accounts.models import User
from platforms import registry
from platforms.contract import Platform
from platforms.credentials import doctor
from platforms.credentials.connection import terms, valkey
from platforms.credentials.fields import parts
from platforms.duties import in_words
from platforms.limits import Limits, Window
from platforms.models import ApiProfile, Spending
from platforms.spending import ledger
from platforms.spending.budget import daily_cap, day_in, first_day, start_of_month
from platforms.terms import Quota

Verdict = ApiProfile.Verdict

_ATTENTION, _WAITING = ("bad", "circle-alert"), ("warn", "clock")
SIGNS = {  # verdict -> kind and icon of its pill
    Verdict.UNTESTED: ("mute", "circle-help"),
    Verdict.VALID: ("ok", "check"),
    Verdict.OUT_OF_QUOTA: _WAITING,
    Verdict.OUT_OF_CREDIT: _WAITING,
    Verdict.UNREACHABLE: ("warn", "triangle-alert"),
}
FULL, SCARCE = 100, 80  # percent


@dataclass(frozen=True)
class Bar:
    """What is used of one bucket, in words and in percent."""

    id: str
    what: str
    far: str
    share: int

    @property
    def kind(self) -> str:
        """Colour of the bar."""
        return "bad" if self.share >= FULL else "warn" if self.share >= SCARCE else ""


@dataclass(frozen=True)
class KeepingRules:
    """What a platform demands of copies, and where that is written."""

    sentences: Sequence[str]
    source: str
    as_of: date | None


@dataclass(frozen=True)
class Card:
    """One credential as its owner sees it. `fresh`: just saved, so it is tested at once."""

    profile: ApiProfile
    platform: Platform
    finding: doctor.Finding
    bars: Sequence[Bar]
    readers: int
    fresh: bool = False

    @property
    def sign(self) -> tuple[str, str]:
        """Kind and icon of the verdict's pill."""
        return SIGNS.get(self.finding.verdict, _ATTENTION)

    @property
    def sick(self) -> bool:
        """Whether there is something to do about it."""
        return self.finding.verdict not in (Verdict.VALID, Verdict.UNTESTED)

    @property
    def stretched(self) -> str:
        """That its jobs run more rarely than asked, and why; '' if they do not."""
        plan = self.profile.plan
        if not plan.get("short"):
            return ""
        times = f"{plan['stretch']:g} times as long as asked"
        return f"Intervals are {times}: it has too few {plan['short']} for all it reads."

    @property
    def ends(self) -> list[str]:
        """Ends of its secrets, by which people know it."""
        secret = {part.name for part in parts(self.platform) if part.secret}
        return [end for name, end in self.profile.hints.items() if name in secret and end]


def cards(user: User, *, now: datetime, pk: int | None = None, new: str = "") -> list[Card]:
    """All credentials of a person by name, or one. `new`: the one that was just saved."""
    profiles = ApiProfile.objects.for_user(user).annotate(readers=Count("entities"))
    chosen = list(profiles.filter(pk=pk) if pk else profiles.order_by("name"))
    prints = {profile.fingerprint for profile in chosen}
    spent = ledger.spendings(prints, since=first_day(now))
    held = ledger.held(prints, since=start_of_month(now).date())
    return [
        _card(profile, spent, held.get(profile.fingerprint, Decimal(0)), now, new=new)
        for profile in chosen
    ]


def rules(platform: Platform) -> KeepingRules:
    """The rules in force here, with an installation's own."""
    demanded = terms(platform.slug).duties
    return KeepingRules(in_words(demanded, platform.label), demanded.source, demanded.as_of)


def _card(
    profile: ApiProfile, spent: Sequence[Spending], held: Decimal, now: datetime, *, new: str
) -> Card:
    platform = registry.get(profile.platform)
    own = [spending for spending in spent if spending.fingerprint == profile.fingerprint]
    return Card(
        profile=profile,
        platform=platform,
        finding=doctor.finding(platform, profile.verdict),
        bars=[*_buckets(profile, own, now), *_money(profile, own, held, now)],
        readers=profile.readers,  # type: ignore[attr-defined]  # annotated above
        fresh=str(profile.pk) == new and profile.verdict == Verdict.UNTESTED,
    )


def _buckets(profile: ApiProfile, spent: Sequence[Spending], now: datetime) -> Iterator[Bar]:
    """Every daily quota, those windows that are in use just now, and the person's own cap."""
    known = terms(profile.platform)
    for name, bucket in known.buckets.items():
        if isinstance(bucket, Quota):
            used = _spent(spent, name, day_in(now, bucket.zone))
            most = daily_cap(bucket, profile.daily_units)
            yield _bar(profile, name, used, most, f"today{_planned(profile, name)}")
        elif used := _in_window(profile, name, bucket):
            yield _bar(profile, name, used, bucket.limit, _period(bucket.seconds))
    if profile.daily_units is not None and not known.daily:
        used = _spent(spent, ledger.CALLS, day_in(now, "UTC"))
        yield _bar(profile, "calls", used, profile.daily_units, f"today{_planned(profile)}")


def _spent(spent: Sequence[Spending], bucket: str, day: date) -> int:
    return sum(one.spent for one in spent if (one.bucket, one.day) == (bucket, day))


def _planned(profile: ApiProfile, *buckets: str) -> str:
    """What its jobs need in a day of these buckets, or of all."""
    units = profile.plan.get("units", {})
    planned = sum(count for name, count in units.items() if not buckets or name in buckets)
    return f", {planned:,} planned" if planned else ""


def _money(
    profile: ApiProfile, spent: Sequence[Spending], held: Decimal, now: datetime
) -> Iterator[Bar]:
    """What is billed and held of a month's budget, and how much of it is only held."""
    if not terms(profile.platform).prices:
        return
    first = start_of_month(now).date()
    billed = [one.spent for one in spent if one.bucket == ledger.MONEY and one.day >= first]
    dollars, cap = Decimal(sum(billed)) / ledger.MILLION + held, profile.monthly_dollars
    share = 0 if cap is None else FULL if not cap else int(dollars / cap * 100)
    budget = "without a budget" if cap is None else f"of ${cap:,.2f}"
    a_day = profile.plan.get("dollars")
    planned = f", ${a_day:,.2f} a day planned" if a_day else ""
    kept = f", ${held:,.2f} of it held for answers that have not come" if held else ""
    far = f"${dollars:,.2f} {budget}{kept}{planned}"
    yield Bar(f"money-{profile.pk}", f"{now:%B}", far, min(share, FULL))


def _in_window(profile: ApiProfile, name: str, window: Window) -> int:
    with suppress(redis.RedisError):  # the page shows the rest
        return Limits(valkey()).state(f"{profile.fingerprint}:{name}", window)[0]
    return 0


def _bar(profile: ApiProfile, name: str, used: int, limit: int, period: str) -> Bar:
    what = name.replace("_", " ").capitalize()
    share = min(FULL, used * 100 // limit) if limit else FULL
    return Bar(f"{name}-{profile.pk}", what, f"{used:,} of {limit:,} {period}", share)


def _period(seconds: float) -> str:
    minutes = round(seconds / 60)
    return "in a minute" if minutes == 1 else f"in {minutes} min"
