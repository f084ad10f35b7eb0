"""What the accounts of each platform are like: sizes, habits, and which figures are told."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

Span = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Traits:
    """Ranges of the accounts of one platform.

    `reach`: share of the audience that a usual post reaches. `spread`: sigma of the logarithm of a
    post's reach. `rates`: figure -> share of the views. `kinds`: kind of post -> weight.
    `evergreen`: how much views go on growing, per unfolding of time, when the first days are over.
    `any_hour`: share of posts that keep to no habit. `slow`: share of the views that come in the
    weeks after the first day. `odd`: share of texts that try to break whoever shows them. `turns`:
    so many accounts take turns (days.py), so that nobody waits long for the next post.
    """

    audience: Span
    per_day: Span
    most_a_day: int
    hours: tuple[int, int] = (0, 24)  # local hours in which posts begin
    reach: Span
    spread: float
    rates: dict[str, float]
    tells_views: bool = True
    kinds: dict[str, int]
    minutes: Span = (0, 0)
    evergreen: float = 0.0
    titled: bool = True
    any_hour: float = 0.25
    slow: float = 0.3
    odd: float = 1 / 60
    turns: int = 0


TWITCH = Traits(
    audience=(400, 900_000),
    per_day=(0.35, 0.9),
    most_a_day=1,
    hours=(9, 22),  # with at most 10 hours a stream is over before the next day's begins
    reach=(0.004, 0.03),
    spread=0.45,
    rates={},
    kinds={"live": 1},
    minutes=(45, 600),
)
TWITTER = Traits(
    audience=(300, 4_000_000),
    per_day=(0.8, 7),
    most_a_day=24,
    reach=(0.08, 0.5),
    spread=0.9,
    rates={
        "likes": 0.02,
        "comments": 0.0016,
        "shares": 0.003,
        "quotes": 0.0004,
        "bookmarks": 0.001,
    },
    kinds={"post": 72, "reply": 14, "quote": 6, "repost": 8},
    titled=False,
)
YOUTUBE = Traits(
    audience=(800, 6_000_000),
    per_day=(0.08, 1.1),
    most_a_day=4,
    reach=(0.05, 0.6),
    spread=0.9,
    rates={"likes": 0.04, "comments": 0.004},
    kinds={"video": 70, "short": 24, "live": 6},
    minutes=(2, 95),
    evergreen=0.08,
)
REDDIT = Traits(
    audience=(2_000, 3_000_000),
    per_day=(1.5, 40),
    most_a_day=120,
    reach=(0.02, 0.12),
    spread=1.6,
    rates={"score": 0.03, "comments": 0.008, "shares": 0.0002},
    tells_views=False,
    kinds={"self": 50, "link": 30, "image": 15, "video": 5},
)
TRAITS = {"twitch": TWITCH, "twitter": TWITTER, "youtube": YOUTUBE, "reddit": REDDIT}
# Busy accounts with decent words, for who looks on: six of each platform publish once in 100
# seconds, at every hour of the day. What subreddits and X show is old after a day.
LIVELY = {
    "twitch": replace(TWITCH, per_day=(0.7, 0.98), minutes=(150, 600), odd=0),
    "twitter": replace(
        TWITTER, audience=(20_000, 4_000_000), per_day=(20, 36), most_a_day=90, any_hour=0.5,
        slow=0.03, odd=0,
    ),
    "youtube": replace(YOUTUBE, per_day=(0.9, 2.6), most_a_day=6, odd=0),
    "reddit": replace(
        REDDIT, audience=(60_000, 3_000_000), per_day=(105, 135), most_a_day=250, any_hour=0.85,
        slow=0.01, odd=0, turns=6,
    ),
}  # fmt: skip


def traits(platform: str, kinds: Mapping[str, Traits] = TRAITS) -> Traits:
    """Those of a platform; of one that is not described, the usual ones."""
    return kinds.get(platform, TWITTER)
