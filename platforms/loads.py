"""What reading accounts will cost: the arithmetic that all platforms share.

A platform's own part (`<platform>/cost.py`) turns a Load into a Bill, call by call as its collector
makes them. Numbers are means of a day, so that they need not be whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, exp

DAY = 86_400.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Accounts that are read alike.

    `accounts`: how many. `every`: seconds between two readings of one. `together`: how many one
    collection reads. `items`: what one account publishes in a day. `ladder`: how often the figures
    of an item are read again; rungs of (younger than, every) in seconds.
    """

    accounts: float
    every: float
    together: float
    items: float
    ladder: Sequence[tuple[float, float]] = ()

    @property
    def polls(self) -> float:
        """Readings of all accounts in a day."""
        return self.accounts * DAY / self.every

    @property
    def packs(self) -> float:
        """Collections in a day."""
        return self.polls / self.together

    def each(self, a_day: float) -> float:
        """What falls on one collection of so much of each account a day."""
        return self.accounts * a_day / self.packs

    def nth(self, pace_minutes: float, *, early: float = 1.0) -> int:
        """Which readings of an account also read a part with a pace of its own: every nth.

        `early`: the share of the pace after which it is due.
        """
        return max(1, ceil(early * pace_minutes * 60 / self.every))

    def readings(self, *, after: float = 0.0) -> float:
        """How often an item is read again in its life, once it is older than `after` seconds."""
        return sum(self._rung(low, high, step, after) for low, high, step in self._rungs())

    def days_read(self) -> float:
        """On how many days after its first an item is read again."""
        return sum(
            min(self._rung(low, high, step, 0.0), (high - low) / DAY)
            for low, high, step in self._rungs()
        )

    def _rungs(self) -> Iterable[tuple[float, float, float]]:
        low = 0.0
        for high, step in self.ladder:
            yield low, high, max(step, self.every)
            low = high

    def _rung(self, low: float, high: float, step: float, after: float) -> float:
        """Multiples of the step within a rung. At its birth an item is not read again."""
        start = max(low, after)
        if start >= high:
            return 0.0
        return ceil(high / step) - max(1, ceil(start / step))


@dataclass(frozen=True, slots=True)
class Bill:
    """A day's costs. `units`: bucket of the terms -> calls or units. `resources`: kind -> how many
    are billed. `first`: kind -> how many the first reading alone may bill."""

    units: Mapping[str, float]
    resources: Mapping[str, float] = field(default_factory=dict)
    first: Mapping[str, float] = field(default_factory=dict)


def calls_for(things: float, size: int) -> float:
    """Calls that things in a random number, on average so many, take in batches of `size`.

    Without things there is no call; the last batch of many is half full.
    """
    return (1 - exp(-things)) * (1 + max(0.0, things / size - 0.5))


def calls_of(things: float, size: int) -> float:
    """Calls that exactly so many things take in batches of `size`."""
    return max(1.0, float(ceil(things / size)))
