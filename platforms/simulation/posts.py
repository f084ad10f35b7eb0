"""Posts, videos, streams: what they say, and how their figures grow with age."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from platforms.simulation import grammar
from platforms.simulation.dice import dice, poisson, unit, wander
from platforms.simulation.traits import Traits

if TYPE_CHECKING:
    from platforms.simulation.accounts import Account

HOUR = 3600.0
FLAT_AFTER = 45 * 24  # hours: later nothing grows, so that most re-readings find no change
FUZZY_UNTIL = 72  # hours in which Reddit's score trembles
WEEDED_AT = 26  # hours: moderation takes some comments and votes away
MOST_COMMENTS = 200  # of one post, that `comments` makes
SPILLED = 0.02  # share of posts that go far beyond the usual
PEOPLE = 5_000  # who comment and write in subreddits


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a platform could tell. None: it has no such figure, or this post hides it."""

    views: int | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    quotes: int | None = None
    bookmarks: int | None = None
    score: int | None = None
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment. `number` is unique under its post and grows with time."""

    number: int
    published_at: datetime
    text: str
    likes: int
    author: str


@dataclass(frozen=True, kw_only=True)
class Post:
    """One post. `number`: unique per account, grows with time, below 2**22."""

    account: "Account" = field(repr=False)
    number: int
    published_at: datetime
    kind: str
    topic: str
    mood: str
    lang: str
    minutes: int
    traits: Traits = field(repr=False)

    @property
    def _key(self) -> tuple[object, ...]:
        return (*self.account.key, self.number)

    @cached_property
    def title(self) -> str:
        """One line, at most 300 characters. Platforms without titles have ''."""
        if not self.traits.titled:
            return ""
        throw = dice("title", *self._key)
        return grammar.title(throw, **self._manner)

    @cached_property
    def text(self) -> str:
        """The body: one line of at most 280 characters where there is no title."""
        throw = dice("text", *self._key)
        if not self.traits.titled:
            return grammar.title(throw, **self._manner, most=280)
        if self.kind in ("link", "image", "video") and not self.traits.tells_views:
            return ""  # a subreddit's link has a title alone
        return grammar.body(throw, **self._manner)

    @property
    def _manner(self) -> grammar.Manner:
        return {"topic": self.topic, "mood": self.mood, "lang": self.lang, "odd": self.traits.odd}

    @property
    def tags(self) -> tuple[str, ...]:
        """One to three words."""
        return tuple(self.topic.lower().split()) + (("live",) if self.kind == "live" else ())

    @property
    def author(self) -> str | None:
        """Who wrote it, of many; None when that account is deleted. For subreddits."""
        chance = unit("author", *self._key)
        return None if chance < 0.03 else person(int(chance * PEOPLE * 977) % PEOPLE)

    @cached_property
    def likes_hidden(self) -> bool:
        """Its likes are hidden, where a platform lets its owner do so."""
        return self.traits.evergreen > 0 and unit("likes", *self._key) < 0.04

    @cached_property
    def comments_off(self) -> bool:
        """Its comments are switched off, where a platform lets its owner do so."""
        return self.traits.evergreen > 0 and unit("comments", *self._key) < 0.05

    @cached_property
    def _reach(self) -> float:
        """Views when all is over: log-normal around the usual, a few in a Pareto tail."""
        throw = dice("reach", *self._key)
        account = self.account
        usual = account.audience_at(self.published_at) * account.reach
        factor = math.exp(throw.gauss(0, self.traits.spread))
        if throw.random() < SPILLED:
            factor *= min(3 * throw.paretovariate(1.3), 300)
        return usual * factor * account.lift_at(self.published_at) * account.jump_of(self.number)

    @cached_property
    def _rates(self) -> dict[str, float]:
        throw = dice("rates", *self._key)
        bend = {"positive": 1.15, "neutral": 0.9, "negative": 1.0}[self.mood]
        return {
            name: min(share * bend * math.exp(throw.gauss(0, 0.35)), 0.5)
            for name, share in self.traits.rates.items()
        }

    @cached_property
    def ratio(self) -> float:
        """Share of votes that are up."""
        low = 0.45 if self.mood == "negative" else 0.65
        return round(low + (0.995 - low) * math.sqrt(unit("ratio", *self._key)), 2)

    def figures_at(self, moment: datetime) -> Figures:
        """The figures at a moment; all 0 or None before it is published."""
        hours = min((moment - self.published_at).total_seconds() / HOUR, FLAT_AFTER)
        grown = self._reach * _growth(hours, self.traits.slow)
        counts = {name: grown * rate for name, rate in self._rates.items()}
        if "score" in counts:
            counts["score"] = self._voted(counts["score"], hours)
        if hours >= WEEDED_AT and "comments" in counts:
            counts["comments"] -= 0.03 * self._reach * self._rates["comments"]
        told = {name: max(int(count), 0) for name, count in counts.items()}
        views = int(self._seen(grown, moment)) if self.traits.tells_views else None
        return Figures(**{**told, **self._withheld(), "views": views})  # type: ignore[arg-type]  # ratio alone is a float

    def viewers_at(self, moment: datetime) -> int:
        """Who watches at this moment, if it is on air."""
        minutes = (moment - self.published_at).total_seconds() / 60
        if self.kind != "live" or not 0 <= minutes < self.minutes:
            return 0
        share = minutes / self.minutes
        shape = min(1.0, 0.25 + minutes / 25) * (1 - 0.35 * share**3)
        return int(self._reach * shape * (1 + 0.12 * wander("viewers", *self._key, at=minutes / 7)))

    def removed_at(self, moment: datetime) -> bool:
        """Whether its author or the platform has taken it away by this moment."""
        return self._goes_at is not None and moment >= self._goes_at

    @cached_property
    def _goes_at(self) -> datetime | None:
        gone = self.account.deletion
        if gone and gone.number == self.number:
            return gone.at
        chance = unit("removed", *self._key)
        return self.published_at + timedelta(hours=3 + 9_000 * chance) if chance < 0.006 else None

    def _seen(self, grown: float, moment: datetime) -> float:
        days = (moment - self.published_at).total_seconds() / (24 * HOUR)
        return grown * (1 + self.traits.evergreen * math.log1p(max(days, 0.0) / 30))

    def _voted(self, score: float, hours: float) -> float:
        """The score trembles while it is young, and loses a little when it is weeded."""
        if hours < FUZZY_UNTIL:
            score *= 1 + 0.03 * (unit("fuzz", *self._key, int(hours * 2)) - 0.5)
        return (score * (0.99 if hours >= WEEDED_AT else 1)) * (2 * self.ratio - 0.9)

    def _withheld(self) -> dict[str, int | float | None]:
        answer: dict[str, int | float | None] = {}
        if "score" in self._rates:
            answer["ratio"] = self.ratio
        if self.likes_hidden:
            answer["likes"] = None
        if self.comments_off:
            answer["comments"] = None
        return answer


def person(number: int) -> str:
    """The handle of one of the people who comment."""
    return grammar.name(dice("person", number), number)[0]


def comments(post: Post, moment: datetime) -> list[Comment]:
    """Comments up to a moment, oldest first; of a post with very many, the first 200."""
    told = post.figures_at(moment).comments
    return [] if not told else list(_comments(post, min(told, MOST_COMMENTS), moment))


def _comments(post: Post, count: int, moment: datetime) -> Iterator[Comment]:
    throw = dice("comments", *post._key)
    seconds = 40.0
    for number in range(1, count + 1):
        seconds += throw.expovariate(1) * 60 * number**0.6
        at = post.published_at + timedelta(seconds=round(seconds))
        if at > moment:
            return
        mood, lang = grammar.mood(throw), post.lang if throw.random() < 0.8 else "en"
        manner: grammar.Manner = {**post._manner, "mood": mood, "lang": lang}
        text = grammar.title(throw, **manner)
        likes = poisson(3, throw.random(), 60) if throw.random() < 0.9 else throw.randint(10, 900)
        yield Comment(number, at, text, likes, person(throw.randrange(PEOPLE)))


def _growth(hours: float, slow: float) -> float:
    """The share of its final views that a post has at an age: fast, then flat."""
    if hours <= 0:
        return 0.0
    return (1 - slow) * (1 - math.exp(-hours / 5)) + slow * (1 - math.exp(-hours / 110))
