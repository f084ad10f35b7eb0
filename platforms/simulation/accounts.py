"""One account of a platform: how it grows, when it publishes, and what happens to it."""

import math
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from platforms.simulation import days, grammar, planted
from platforms.simulation.dice import dice, unit, wander
from platforms.simulation.planted import BestHour, Closure, Item, Rename, Trend
from platforms.simulation.posts import Post
from platforms.simulation.traits import Span, Traits

if TYPE_CHECKING:
    from platforms.simulation.world import World

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "Europe/London", "America/Los_Angeles")
DAY = timedelta(days=1)
OLDEST, YOUNGEST = 4_000, 250  # days before the world's start


@dataclass(frozen=True, eq=False)
class Account:
    """An account. Closed-form: every moment can be asked for, in any order.

    Handles come as they stand in an address, without '@'. `posts` and `post` also give what was
    removed later: a simulator asks `removed_at`.
    """

    index: int
    platform: str
    traits: Traits = field(repr=False)
    world: "World" = field(repr=False)

    @property
    def key(self) -> tuple[object, ...]:
        """What all its chances hang on."""
        return (self.world.seed, self.platform, self.index)

    @cached_property
    def _names(self) -> tuple[tuple[str, str], tuple[str, str]]:
        throw = dice("name", *self.key)
        return grammar.name(throw, self.index), grammar.name(throw, self.index)

    @property
    def title(self) -> str:
        """The name that people read."""
        return self._names[0][1]

    @cached_property
    def born_at(self) -> datetime:
        """When it was opened."""
        age = YOUNGEST + (OLDEST - YOUNGEST) * unit("age", *self.key)
        return (self.world.start - age * DAY).replace(microsecond=0)

    @cached_property
    def zone(self) -> str:
        """The IANA zone that its habits follow."""
        return ZONES[int(unit("zone", *self.key) * len(ZONES))]

    @cached_property
    def lang(self) -> str:
        """What it mostly writes in."""
        return grammar.language(dice("lang", *self.key))

    @cached_property
    def topics(self) -> tuple[str, ...]:
        """Three, the first its favourite."""
        return tuple(dice("topics", *self.key).sample(grammar.TOPICS, 3))

    @property
    def description(self) -> str:
        """What it says of itself."""
        return f"{self.title}: {', '.join(self.topics)}."

    @cached_property
    def per_day(self) -> float:
        """Posts on a usual day."""
        if self.index == planted.SILENT:
            return 0.0
        return _spread(self.traits.per_day, self._at_least(0.5, unit("pace", *self.key)))

    @cached_property
    def reach(self) -> float:
        """Share of the audience that a usual post reaches."""
        return _spread(self.traits.reach, unit("share", *self.key))

    @cached_property
    def _size(self) -> float:
        """Audience when the world starts: a few are very large."""
        return _spread(self.traits.audience, self._at_least(0.4, unit("size", *self.key)))

    def _at_least(self, share: float, chance: float) -> float:
        """Planted effects need accounts that are large and busy enough to show them."""
        return share + (1 - share) * chance if self.index <= planted.TREND else chance

    # --- What is planted ----------------------------------------------------------------------
    @cached_property
    def best_hour(self) -> BestHour | None:
        """The hour of the week in which its posts do far better."""
        if self.index != planted.BEST_HOUR:
            return None
        first, last = self.traits.hours
        hour = max(first, min(last - 2, 16 + int(4 * unit("best", *self.key))))
        return BestHour(self.index, int(7 * unit("weekday", *self.key)), hour, self.zone)

    @cached_property
    def spike(self) -> Item | None:
        """The post that goes round the world."""
        if self.index != planted.SPIKE:
            return None
        since = self.world.start + DAY
        # The first one; who publishes much need not publish 90 days of it to be asked for that.
        spans = (self.posts(since, since + days * DAY) for days in (1, 10, 90))
        found = next(filter(None, spans), [])
        return Item(self.index, found[-1].number, found[-1].published_at) if found else None

    @cached_property
    def trend(self) -> Trend | None:
        """From when on it grows steadily faster."""
        if self.index != planted.TREND:
            return None
        return Trend(self.index, self.world.start + 5 * DAY)

    @cached_property
    def rename(self) -> Rename | None:
        """Its change of name."""
        if self.index != planted.RENAME:
            return None
        (before, _), (after, _) = self._names
        after = f"new{after}" if after == before else after
        return Rename(self.index, self.world.start + 2 * DAY, before, after)

    @cached_property
    def deletion(self) -> Item | None:
        """The post that it deletes: the newest when the world starts."""
        if self.index != planted.DELETION:
            return None
        found = self.newest(1, until=self.world.start)
        return Item(self.index, found[0].number, self.world.start + DAY) if found else None

    @cached_property
    def closure(self) -> Closure | None:
        """How and when it is closed."""
        return planted.closure(self.platform, self.index, self.world.start)

    @property
    def audience_hidden(self) -> bool:
        """It hides how large its audience is, where a platform lets it."""
        return self.index == planted.HIDDEN and self.traits.evergreen > 0

    # --- At a moment --------------------------------------------------------------------------
    def handle_at(self, moment: datetime) -> str:
        """Letters and digits, at most 15; unique on its platform."""
        if self.rename and moment >= self.rename.at:
            return self.rename.after
        return self._names[0][0]

    def state_at(self, moment: datetime) -> str:
        """A word of `Entity.State`."""
        return self.closure.state if self.closure and self.closure.holds(moment) else "active"

    def audience_at(self, moment: datetime) -> int:
        """Followers: a curve over its life with a weekly season, small noise and what is planted.

        May fall by a little from one hour to the next, as real ones do.
        """
        if moment <= self.born_at:
            return 0
        life = (self.world.start - self.born_at) / DAY
        share = max(self._season(moment) - self._season(self.born_at), 0.0) / life
        bend = 0.8 + 1.4 * unit("bend", *self.key)
        noise = 1 + 0.0006 * wander("audience", *self.key, at=(moment - self.born_at) / (DAY / 4))
        return int(self._size * math.pow(share, bend) * self._pull(moment) * noise)

    def views_at(self, moment: datetime) -> int:
        """Views of all that it ever published, where a platform counts them."""
        share = max((moment - self.born_at) / (self.world.start - self.born_at), 0.0)
        return int(self._size * 140 * math.pow(share, 1.3 + unit("bend", *self.key)))

    def lift_at(self, moment: datetime) -> float:
        """How much better a post does for the hour in which it is published."""
        local = moment.astimezone(ZoneInfo(self.zone))
        usual = 1 + 0.12 * math.sin((local.hour - 13) / 24 * 2 * math.pi)
        best = self.best_hour
        planted_here = best and (local.weekday(), local.hour) == (best.weekday, best.hour)
        return usual * best.lift if best and planted_here else usual

    def jump_of(self, number: int) -> float:
        """How much better this post does than all others."""
        return planted.JUMP if self.spike and self.spike.number == number else 1.0

    # --- What it publishes --------------------------------------------------------------------
    def posts(self, since: datetime, until: datetime) -> list[Post]:
        """Published from `since` to before `until`, newest first."""
        first, last = self._day(max(since, self.born_at)), self._day(until)
        found = (p for day in range(last, first - 1, -1) for p in reversed(self._posts_of(day)))
        return [post for post in found if since <= post.published_at < until]

    def newest(self, count: int, *, until: datetime, below: int = 2**22) -> list[Post]:
        """The newest before `until` with a number under `below`; at most `count`, newest first."""
        found: list[Post] = []
        day = min(self._day(until), (below - 1) // days.SLOTS)
        while day >= 0 and len(found) < count:
            found += [
                post for post in reversed(self._posts_of(day))
                if post.published_at < until and post.number < below
            ]  # fmt: skip
            day -= 1
        return found[:count]

    def post(self, number: int) -> Post | None:
        """One post, if there is such a number. May lie in the future."""
        day, slot = divmod(number, days.SLOTS)
        found = self._posts_of(day)
        return found[slot] if number >= 0 and slot < len(found) else None

    def posts_count_at(self, moment: datetime) -> int:
        """How many it had published by then, with those that were removed."""
        today = self._day(moment)
        if today < 0:
            return 0
        known = sum(post.published_at <= moment for post in self._posts_of(today))
        return self.world.posts_before(self, today) + known

    def stream_at(self, moment: datetime) -> Post | None:
        """The post that is on air."""
        for post in self.newest(1, until=moment + timedelta(microseconds=1)):
            if post.kind == "live" and moment < post.published_at + timedelta(minutes=post.minutes):
                return post
        return None

    @cached_property
    def first_day(self) -> date:
        """Its local day of birth, on which it published nothing."""
        return self.born_at.astimezone(ZoneInfo(self.zone)).date()

    def _day(self, moment: datetime) -> int:
        return (moment.astimezone(ZoneInfo(self.zone)).date() - self.first_day).days

    def _posts_of(self, day: int) -> tuple[Post, ...]:
        return self.world.posts_of(self, day) if day > 0 else ()

    def _season(self, moment: datetime) -> float:
        """Days since 1970, running faster at one end of the week."""
        now = moment.timestamp() / 86_400
        return now + 0.75 * 7 / (2 * math.pi) * math.sin((now + self.index) / 7 * 2 * math.pi)

    def _pull(self, moment: datetime) -> float:
        factor = 1.0
        if self.trend and moment > self.trend.at:
            factor += self.trend.per_day * ((moment - self.trend.at) / DAY)
        if self.index == planted.SPIKE and self._spiked_at and moment > self._spiked_at:
            factor += 0.08 * (1 - math.exp(-((moment - self._spiked_at) / DAY) / 2))
        return factor

    @cached_property
    def _spiked_at(self) -> datetime | None:
        return self.spike.at if self.spike else None


def _spread(span: Span, chance: float) -> float:
    """Evenly over the orders of magnitude of a span."""
    low, high = span
    return low * math.pow(high / low, chance)
