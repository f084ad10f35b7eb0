"""What reading subreddits costs, counted as the collector calls."""

from platforms.loads import DAY, Bill, Load, calls_for, calls_of
from platforms.terms import Terms

POSTS_A_DAY = 30.0  # of a subreddit that nothing is known of


def cost(load: Load, terms: Terms) -> Bill:
    """Calls of a day: listings of groups, and `info` for figures and members together."""
    batch = terms.batch
    group = min(load.together, batch["group"])
    groups = load.packs * calls_of(load.together, batch["group"])
    new = group * load.items * load.every / DAY  # posts since the last listing of a group
    pages = max(1.0, calls_for(new, batch["listing"]))
    due = load.each(load.items * load.readings(after=_listed(load, group, batch["listing"])))
    # A subreddit is asked for when its time has come, and whenever one of its posts is.
    members = load.together * max(1 / load.nth(terms.every["about"]), min(1, due / load.together))
    return Bill({"calls": groups * pages + load.packs * calls_for(due + members, batch["info"])})


def _listed(load: Load, group: float, size: int) -> float:
    """How old, in seconds, the posts are that a listing shows anyway: for those nobody asks."""
    return size / (group * load.items) * DAY if load.items else 0.0
