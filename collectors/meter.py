"""Counts what a run spends, and keeps its leases alive while it does."""

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from collectors.leases import RENEW_SECONDS
from platforms.contract import Budget
from platforms.payment import Holding, Priced


@dataclass
class Spent:
    """What the calls of a pack cost."""

    calls: int = 0
    units: int = 0
    dollars: Decimal = Decimal(0)


@dataclass
class Meter:
    """A Budget that passes everything on to the credential's own.

    Each call is paid for here first, so here is where a worker shows that it lives: `renew` raises
    LeaseLost when it is thought dead.
    """

    budget: Budget
    renew: Callable[[], None]
    spent: Spent
    _renewed: float = field(default_factory=time.monotonic)

    def take(self, bucket: str, *, cost: int = 1, priced: Priced | None = None) -> Holding | None:
        """Pay for a call."""
        if time.monotonic() - self._renewed > RENEW_SECONDS:
            self.renew()
            self._renewed = time.monotonic()
        held = self.budget.take(bucket, cost=cost, priced=priced)
        self.spent.calls += 1
        self.spent.units += cost
        return held

    def lower(self, bucket: str, *, remaining: int) -> None:
        """Pass on."""
        self.budget.lower(bucket, remaining=remaining)

    def block(self, bucket: str, *, seconds: float) -> None:
        """Pass on."""
        self.budget.block(bucket, seconds=seconds)

    def charge(self, kind: str, ids: Iterable[str], *, held: Collection[Holding] = ()) -> Decimal:
        """Pass on, and add what was billed."""
        billed = self.budget.charge(kind, ids, held=held)
        self.spent.dollars += billed
        return billed
