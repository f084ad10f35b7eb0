"""What reading channels costs, counted as the collector calls."""

from platforms.loads import Bill, Load, calls_for, calls_of
from platforms.terms import Terms
from platforms.twitch.collector import EARLY

STREAMS_A_DAY = 0.6  # of a channel that nothing is known of
ONE_BY_ONE = ("followers", "videos", "schedule")


def cost(load: Load, terms: Terms) -> Bill:
    """Points of a day."""
    streams = load.packs * calls_of(load.together, terms.batch["streams"])
    parts = sum(load.polls / load.nth(terms.every[part], early=EARLY) for part in ONE_BY_ONE)
    return Bill({"helix": streams + _names(load, terms) + parts})


def _names(load: Load, terms: Terms) -> float:
    size, nth = terms.batch["channels"], load.nth(terms.every["channels"], early=EARLY)
    if nth == 1:
        return load.packs * calls_of(load.together, size)
    return load.packs * calls_for(load.together / nth, size)
