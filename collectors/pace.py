"""How often an adaptive job runs, by what its account publishes.

Often while the account is on air or busy, rarely while it is quiet: a few runs for each item that
may be expected, within the range that its platform allows.
"""

from collectors.intervals import allowed
from platforms.contract import Platform
from platforms.loads import DAY

RUNS_PER_ITEM = 4


def seconds_for(platform: Platform, items_a_day: float, *, live: bool = False) -> int:
    """The interval that an account calls for, in whole minutes."""
    minutes = allowed(platform)
    shortest, longest = minutes.start, minutes.stop - 1
    if live:
        return shortest * 60
    wanted = DAY / 60 / (items_a_day * RUNS_PER_ITEM) if items_a_day else longest
    return round(min(max(wanted, shortest), longest)) * 60
