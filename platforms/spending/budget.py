"""What a credential may still spend: asked before each call, told after it.

Calls in a window are counted in Valkey, units of a day and dollars in PostgreSQL (ledger.py), all
under the credential's fingerprint: profiles that hold one credential share what is left of it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

import redis
from django.utils import timezone

from platforms.errors import PlatformError, QuotaSpent, RateLimited
from platforms.limits import Limits, Window
from platforms.payment import Holding, Priced
from platforms.spending import ledger
from platforms.terms import Quota, Terms, end_of_day

KEPT_PERCENT = 5  # of a daily quota, for what a person asks for explicitly
BLIND_SECONDS = 15.0
LEAST = Decimal(1) / ledger.MILLION  # dollars
DAY = 24 * 3600


@dataclass(frozen=True, kw_only=True)
class CredentialBudget:
    """A platforms.contract.Budget.

    `reserve`: may also spend the last 5 % of a day. `daily_units`: a person's own cap, None for the
    platform's; it holds for each daily quota or, where there are only windows, for all calls of a
    UTC day. `monthly_dollars`: the most to be billed in a UTC month, None for no cap. It holds for
    all that the credential spends, and the most that a call may bill is held before it. `now` tells
    the moment of each call: a budget lives as long as its connection.
    """

    fingerprint: str
    terms: Terms
    limits: Limits
    daily_units: int | None = None
    monthly_dollars: Decimal | None = None
    reserve: bool = False
    now: Callable[[], datetime] = timezone.now

    def take(self, bucket: str, *, cost: int = 1, priced: Priced | None = None) -> Holding | None:
        """Spend calls or units, and hold money. Raises RateLimited or QuotaSpent."""
        held = self._hold(priced)
        try:
            self._count(bucket, cost)
        except PlatformError:
            if priced and held:
                self.charge(priced.kind, (), held=[held])
            raise
        return held

    def _count(self, bucket: str, cost: int) -> None:
        allowed = self.terms.buckets[bucket]
        if isinstance(allowed, Window):
            with counted():
                self.limits.take(self._key(bucket), allowed, cost=cost)
            if self.daily_units is not None and not self.terms.daily:
                self._spend(ledger.CALLS, cost, most=self.daily_units, zone="UTC")
            return
        with counted():
            _, blocked = self.limits.state(self._key(bucket), _as_window(allowed))
        if blocked:
            raise RateLimited("The platform asked us to wait.", retry_after=blocked)
        self._spend(bucket, cost, most=daily_cap(allowed, self.daily_units), zone=allowed.zone)

    def lower(self, bucket: str, *, remaining: int) -> None:
        """The platform counts fewer remaining calls than we do."""
        allowed = self.terms.buckets[bucket]
        if isinstance(allowed, Window):
            with suppress(redis.RedisError):  # the answer is good, and must not be lost for it
                self.limits.lower(self._key(bucket), allowed, remaining=remaining)
            return
        day = day_in(self.now(), allowed.zone)
        spent = max(allowed.per_day - remaining, 0)
        ledger.spent_at_least(self.fingerprint, bucket, day=day, spent=spent)

    def block(self, bucket: str, *, seconds: float) -> None:
        """The platform answered 429: stop all workers on this bucket."""
        with suppress(redis.RedisError):  # the client tells its caller to wait in any case
            self.limits.block(self._key(bucket), seconds=seconds)

    def charge(self, kind: str, ids: Iterable[str], *, held: Collection[Holding] = ()) -> Decimal:
        """Book what the platform bills, and return it; a kind without a price is free.

        It is booked on the day of the call: a long one may end on the next.
        """
        price = self.terms.prices.get(kind)
        if not price:
            return Decimal(0)
        day = max((one.day for one in held), default=day_in(self.now(), "UTC"))
        keys = [one.id for one in held]
        return ledger.charge(self.fingerprint, kind, ids, day=day, price=price, held=keys)

    def _spend(self, bucket: str, cost: int, *, most: int, zone: str) -> None:
        limit = most if self.reserve else unreserved(most)
        now = self.now()
        day = day_in(now, zone)
        if not ledger.spend(self.fingerprint, bucket, day=day, cost=cost, limit=limit):
            raise QuotaSpent("The quota of the day is spent.", until=end_of_day(now, zone))

    def _hold(self, priced: Priced | None) -> Holding | None:
        """Hold the most that a call may bill. One that bills nothing needs a rest of the cap."""
        now, price = self.now(), self.terms.prices.get(priced.kind) if priced else None
        if not priced or not price:
            if self.terms.prices:
                self._keep_to_the_month(now, LEAST)
            return None
        held, most = Holding(uuid4(), day_in(now, "UTC")), price * priced.most
        since, limit = start_of_month(now).date(), self.monthly_dollars
        if not ledger.hold(
            self.fingerprint, held.id, day=held.day, most=most, since=since, limit=limit
        ):
            self._keep_to_the_month(now, most)
            raise RateLimited(
                "Calls under way hold the rest of the budget.", retry_after=BLIND_SECONDS
            )
        return held

    def _keep_to_the_month(self, now: datetime, most: Decimal) -> None:
        """Raises QuotaSpent where the cap has no room for so much, whatever is under way."""
        cap, since = self.monthly_dollars, start_of_month(now).date()
        if cap is None:
            return
        if ledger.dollars(self.fingerprint, since=since, lost_only=True) + most > cap:
            raise QuotaSpent(
                f"The budget of ${cap:,.2f} for {now.astimezone(UTC):%B} is spent.",
                until=start_of_month(start_of_month(now) + timedelta(days=32)),
            )

    def _key(self, bucket: str) -> str:
        return f"{self.fingerprint}:{bucket}"


def daily_cap(quota: Quota, daily_units: int | None) -> int:
    """The hard cap of a day: the platform's, or a person's lower one."""
    return quota.per_day if daily_units is None else min(quota.per_day, daily_units)


def unreserved(most: int) -> int:
    """What may be spent of a day's cap without anybody asking for it."""
    return most - most * KEPT_PERCENT // 100


def start_of_month(moment: datetime) -> datetime:
    """Beginning of the UTC month of a moment."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def first_day(moment: datetime) -> date:
    """The first day that counts in this month: a platform's may have begun before it did in UTC."""
    return start_of_month(moment).date() - timedelta(days=1)


def day_in(moment: datetime, zone: str) -> date:
    """The date of a moment in a zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


@contextmanager
def counted() -> Iterator[None]:
    """Fail closed while Valkey is away.

    Without the common count each worker would spend the whole limit for itself, and a platform
    answers that with 429s, in the end by blocking the credential. Late figures are the lesser evil.
    """
    try:
        yield
    except redis.RedisError:
        raise RateLimited(
            "The count of calls cannot be read just now.", retry_after=BLIND_SECONDS
        ) from None


def _as_window(quota: Quota) -> Window:
    return Window(limit=quota.per_day, seconds=DAY)
