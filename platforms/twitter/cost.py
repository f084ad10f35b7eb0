"""What reading accounts costs, counted as the collector calls: money above all."""

from platforms.loads import DAY, Bill, Load, calls_for
from platforms.terms import Terms
from platforms.twitter.collector import PROFILE

POSTS_A_DAY = 3.0  # of an account that nothing is known of


def cost(load: Load, terms: Terms) -> Bill:
    """Calls of a day, and the posts and profiles that X bills, each once a UTC day."""
    batch, nth = terms.batch, load.nth(terms.every[PROFILE])
    new = load.items * load.every / DAY  # in one timeline
    again = load.each(load.items * load.readings())
    profiles = load.polls / nth
    return Bill(
        {
            "timeline": load.polls * max(1.0, new / batch["timeline"]),
            "users": load.packs * calls_for(load.together / nth, batch["users"]),
            "posts": load.packs * calls_for(again, batch["posts"]),
        },
        {
            "user": min(profiles, load.accounts),
            "post": load.accounts * load.items * (1 + load.days_read()),
        },
        first={"user": load.accounts, "post": load.accounts * batch["timeline"]},
    )
