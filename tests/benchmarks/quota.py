"""What following 100 accounts an hour costs on each simulated platform, against platforms.md.

Each platform is polled hourly for a day. As the product would, it reads the figures of items of
the last 24 hours again with every poll. The first poll, which reads the past, is not counted.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from platforms.contract import Facts, Page, Target
from platforms.limits import Window
from tests.benchmarks.report import Report
from tests.platforms.connections import Stage

ACCOUNTS, POLLS = 100, 24
CLOSED = 5  # accounts of a world that cannot be followed, at most
START = datetime(2026, 9, 1, 6, tzinfo=UTC)
TRACKED = timedelta(days=1)
HOUR = timedelta(hours=1)

# Key of the answer -> the most that platforms.md's cheapest way allows. Reddit: four groups of 25
# subreddits, and room for one that is busier than a page of 100 posts.
TARGETS = {
    "twitch_calls_per_100_polls": 1.0,
    "youtube_units_per_poll": 1.04,
    "x_dollars_per_empty_poll": 0.0,
    "reddit_calls_per_100_subreddits": 5.0,
}


@dataclass
class Known:
    """What is known of one account between polls."""

    handle: str
    items: dict = field(default_factory=dict)  # id -> published_at
    read_at: dict = field(default_factory=dict)
    audience: int | None = None


class Follower:
    """Follows all accounts of one simulated platform. `spent`: bucket -> calls or units."""

    def __init__(self, slug: str) -> None:
        self.stage = Stage(slug, start=START, accounts=ACCOUNTS + CLOSED, pace=0.7)
        found = [told for told in self.stage.resolve().values() if isinstance(told, Facts)]
        self.known = {facts.account: Known(facts.handle) for facts in found[:ACCOUNTS]}
        self.poll()
        self.forget()

    def forget(self) -> None:
        """Begin to count."""
        self.stage.purse.taken.clear()
        self.stage.purse.charged.clear()
        self.stage.exchanges.clear()

    def poll(self) -> None:
        """Collect once, and remember what the store would."""
        now = self.stage.now
        for page in self.stage.collect([self._target(account, now) for account in self.known]):
            self._remember(page)
            for part, accounts in page.read.items():
                for account in filter(self.known.__contains__, accounts):
                    self.known[account].read_at[part] = now

    def _remember(self, page: Page) -> None:
        model = self.stage.platform.content
        for row in page.rows.get(model, ()):
            if row["account"] in self.known and "published_at" in row:
                asked = str(row.get(model.ASK_BY) or row["external_id"])
                self.known[row["account"]].items[asked] = row["published_at"]
        for account, id_ in page.vanished.get(model, ()):
            self.known[account].items.pop(id_, None)
        for facts in page.accounts:
            if facts.account in self.known:
                self.known[facts.account].audience = facts.figures.get("audience")

    def day(self, polls: int) -> None:
        """Poll every hour, on the hour."""
        for _ in range(polls):
            self.stage.world.advance(HOUR - (self.stage.now - START) % HOUR)
            self.poll()

    def calls(self) -> Counter:
        """Path -> calls since it began to count; multireddits count as one path."""
        return Counter(
            "listing" if "+" in call.path else call.path for call, _ in self.stage.exchanges
        )

    def dollars(self) -> float:
        """What was charged since it began to count."""
        prices = self.stage.client.terms.prices
        charged = self.stage.purse.charged.items()
        return float(sum(prices[kind] * len(ids) for kind, ids in charged))

    def _target(self, account: str, now: datetime) -> Target:
        known = self.known[account]
        newest = max(known.items, key=known.items.__getitem__, default=None)
        due = [id_ for id_, at in known.items.items() if now - at < TRACKED]
        return Target(
            account=account, handle=known.handle, newest_id=newest, due_ids=tuple(due),
            audience=known.audience, read_at=dict(known.read_at),
        )  # fmt: skip


def run(scale: float) -> Report:
    """Targets: TARGETS."""
    polls = max(2, round(POLLS * scale))
    figures: dict[str, float] = {}
    ratios = {
        "twitch_calls_per_100_polls": _twitch(figures, polls),
        "youtube_units_per_poll": _youtube(figures, polls),
        "x_dollars_per_empty_poll": _x(figures, polls),
        "reddit_calls_per_100_subreddits": _reddit(figures, polls),
    }
    met = all(ratios[name] <= most for name, most in TARGETS.items())
    return Report("quota", figures, ratios, met=met)


def _twitch(figures: dict[str, float], polls: int) -> float:
    """Calls that ask who is on air, for 100 channels and one poll."""
    following = Follower("twitch")
    following.day(polls)
    points = following.stage.purse.taken["helix"] / ACCOUNTS / polls
    window = following.stage.client.terms.buckets["helix"]
    figures["twitch_points_per_channel_hour"] = points
    if isinstance(window, Window):
        figures["twitch_channels_on_one_key"] = window.limit * 60 / points
    return following.calls()["/helix/streams"] / polls


def _youtube(figures: dict[str, float], polls: int) -> float:
    """Units of all buckets for one channel and poll, statistics included."""
    following = Follower("youtube")
    following.day(polls)
    taken = following.stage.purse.taken
    for bucket in ("units", "batch_get_stats", "search"):
        figures[f"youtube_{bucket}_per_channel_poll"] = taken[bucket] / ACCOUNTS / polls
    figures["youtube_channels_on_one_key_hourly"] = (
        10_000 / 24 / (taken["units"] / ACCOUNTS / polls)
    )
    return sum(taken.values()) / ACCOUNTS / polls


def _x(figures: dict[str, float], polls: int) -> float:
    """Dollars for one account and a poll that finds nothing new."""
    following = Follower("twitter")
    following.day(polls)
    figures["x_calls_per_account_poll"] = (
        sum(following.stage.purse.taken.values()) / ACCOUNTS / polls
    )
    figures["x_dollars_per_account_day"] = following.dollars() / ACCOUNTS * POLLS / polls
    figures["x_posts_per_account_day"] = (
        len(following.stage.purse.charged["post"]) / ACCOUNTS * POLLS / polls
    )
    following.poll()  # the profiles of the next day
    for known in following.known.values():
        known.items = {id_: at - TRACKED for id_, at in known.items.items()}  # nothing is due
    following.forget()
    following.poll()
    return following.dollars() / ACCOUNTS


def _reddit(figures: dict[str, float], polls: int) -> float:
    """Calls for the new posts of 100 subreddits in one poll."""
    following = Follower("reddit")
    following.day(polls)
    calls = following.calls()
    figures["reddit_calls_for_figures_and_members_per_100"] = calls["/api/info"] / polls
    figures["reddit_all_calls_per_100"] = sum(calls.values()) / polls
    return (sum(calls.values()) - calls["/api/info"] - calls["/api/v1/access_token"]) / polls
