"""The seeded world: accounts that grow and publish, computed for any moment without stepping.

Knows no network and no Django. The same seed and start make the same world in every process.
"""

from array import array
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from threading import Lock
from time import monotonic
from typing import Any

from platforms.simulation import days, planted
from platforms.simulation.accounts import Account
from platforms.simulation.planted import Effects, Item, Planted
from platforms.simulation.posts import Comment, Post, comments
from platforms.simulation.traits import TRAITS, Traits, traits

KEPT_DAYS = 20_000  # days of accounts that stay in memory, about 40 MB at most


class World:
    """`start`: when the planted effects begin to count; accounts have a past before it.

    `now`: what its platforms take for the present; the start, if nothing is said. `kinds`: platform
    -> what its accounts are like. `kept_days`: days of accounts that stay in memory.
    """

    def __init__(
        self,
        *,
        seed: int = 7,
        accounts: int = 25,
        start: datetime,
        now: datetime | None = None,
        kinds: Mapping[str, Traits] = TRAITS,
        kept_days: int = KEPT_DAYS,
    ) -> None:
        self.seed = seed
        self.size = accounts
        self.start = start.astimezone(UTC)
        self._now = (now or start).astimezone(UTC)
        self._speed, self._ran_from = 0.0, 0.0
        self._clock: Callable[[], datetime] | None = None
        self._kinds = kinds
        self._accounts: dict[str, tuple[Account, ...]] = {}
        self._sums: dict[Account, array[int]] = {}
        self._lock = Lock()
        self.posts_of = lru_cache(kept_days)(days.posts)

    @property
    def now(self) -> datetime:
        """The present of this world, in UTC."""
        if self._clock:
            return self._clock()
        if not self._speed:
            return self._now
        return self._now + timedelta(seconds=self._speed * (monotonic() - self._ran_from))

    def advance(self, by: timedelta) -> None:
        """Move the clock."""
        self._now += by

    def run(self, *, speed: float = 1.0) -> None:
        """Let the clock run from now on, so many times as fast as ours; 0 stops it."""
        self._now, self._ran_from, self._speed = self.now, monotonic(), speed

    def follow(self, clock: Callable[[], datetime]) -> None:
        """Live in the present that this clock tells, in UTC."""
        self._clock = clock

    def accounts(self, platform: str) -> tuple[Account, ...]:
        """All accounts of a platform, by index."""
        if platform not in self._accounts:
            kind = traits(platform, self._kinds)
            made = tuple(Account(index, platform, kind, self) for index in range(self.size))
            self._accounts.setdefault(platform, made)
        return self._accounts[platform]

    def comments(self, post: Post, moment: datetime) -> list[Comment]:
        """Comments under a post up to a moment, oldest first."""
        return comments(post, moment)

    @property
    def planted(self) -> Planted:
        """Platform -> what is planted there."""
        platforms = TRAITS.keys() | self._accounts.keys()
        return Planted({name: _effects(self.accounts(name)) for name in platforms})

    def posts_before(self, account: Account, day: int) -> int:
        """How many posts an account had before one of its days."""
        with self._lock:
            sums = self._sums.setdefault(account, array("q", [0]))
            while len(sums) <= day:
                sums.append(sums[-1] + days.count(account, len(sums) - 1))
            return sums[day]


def _effects(accounts: Sequence[Account]) -> Effects:
    def of(index: int, effect: str) -> Any:
        return getattr(accounts[index], effect) if index < len(accounts) else None

    return Effects(
        best_hour=of(planted.BEST_HOUR, "best_hour"),
        spike=of(planted.SPIKE, "spike"),
        trend=of(planted.TREND, "trend"),
        rename=of(planted.RENAME, "rename"),
        deletion=of(planted.DELETION, "deletion"),
        hidden_audience=planted.HIDDEN if of(planted.HIDDEN, "audience_hidden") else None,
        hidden_likes=_example(accounts, "likes_hidden"),
        disabled_comments=_example(accounts, "comments_off"),
        closures=tuple(account.closure for account in accounts if account.closure),
        silent=of(planted.SILENT, "index"),
    )


def _example(accounts: Sequence[Account], trait: str) -> Item | None:
    """A post before the start that withholds a figure; only some platforms have any."""
    for account in accounts if accounts and accounts[0].traits.evergreen else ():
        for post in account.newest(60, until=account.world.start):
            if getattr(post, trait):
                return Item(account.index, post.number, post.published_at)
    return None
