"""Effects that are planted on purpose, so that a test can ask whether the product finds them.

Each has an account of its own, by index: a world with fewer accounts has fewer effects. All moments
are reckoned from the world's start, so that a world begun today shows them when it is advanced.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

BEST_HOUR, SPIKE, TREND, RENAME, DELETION, HIDDEN, CLOSED, SHUT, ODD, SILENT, AWAY = range(11)

# index -> state, by platform: closed on the third day; shut before the world began.
CLOSURES = {
    "twitch": {CLOSED: "suspended", SHUT: "deleted", ODD: "suspended", AWAY: "suspended"},
    "twitter": {CLOSED: "suspended", SHUT: "protected", ODD: "deleted", AWAY: "protected"},
    "youtube": {CLOSED: "suspended", SHUT: "deleted", ODD: "suspended", AWAY: "deleted"},
    "reddit": {CLOSED: "banned", SHUT: "private", ODD: "quarantined", AWAY: "private"},
}
LIFT = 3.0  # of the best hour
JUMP = 60.0  # of the spike
PULL = 0.012  # of the trend: audience gained a day, as a share


@dataclass(frozen=True, slots=True)
class BestHour:
    """Posts of this local weekday (Monday is 0) and hour reach `lift` times as many."""

    account: int
    weekday: int
    hour: int
    zone: str
    lift: float = LIFT


@dataclass(frozen=True, slots=True)
class Closure:
    """The account is in this state from `at` until `until` (None: for good)."""

    account: int
    state: str
    at: datetime
    until: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Whether it is closed at this moment."""
        return self.at <= moment and (self.until is None or moment < self.until)


@dataclass(frozen=True, slots=True)
class Rename:
    """The handle changes."""

    account: int
    at: datetime
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Trend:
    """From `at` on the audience gains `per_day` of its size."""

    account: int
    at: datetime
    per_day: float = PULL


@dataclass(frozen=True, slots=True)
class Item:
    """One post of an account. `at`: when it happens to the post."""

    account: int
    number: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Effects:
    """All that is planted on one platform. None: this world has too few accounts for it."""

    best_hour: BestHour | None = None
    spike: Item | None = None
    trend: Trend | None = None
    rename: Rename | None = None
    deletion: Item | None = None
    hidden_audience: int | None = None
    hidden_likes: Item | None = None
    disabled_comments: Item | None = None
    closures: tuple[Closure, ...] = ()
    silent: int | None = None


class Planted(dict[str, Effects]):
    """Platform -> its effects."""


def closure(platform: str, index: int, start: datetime) -> Closure | None:
    """How and when an account is closed, if it is."""
    state = CLOSURES.get(platform, CLOSURES["twitter"]).get(index)
    if state is None:
        return None
    if index == CLOSED:
        return Closure(index, state, start + timedelta(days=3))
    if index == AWAY:
        return Closure(index, state, start + timedelta(days=4), start + timedelta(days=6))
    return Closure(index, state, start - timedelta(days=10))
