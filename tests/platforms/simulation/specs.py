"""Holds a simulator's answers against the platforms' own API descriptions.

`problems(platform, call, answer)` names every mismatch: a path that there is not, a parameter that
is not allowed or missing or out of range, a status that is not foreseen, a field that is unknown,
missing, or of another type. The descriptions come from the shared data; nothing is copied.
"""

from tests.platforms.simulation.discovery_spec import youtube
from tests.platforms.simulation.openapi_specs import twitch, twitter
from tests.platforms.simulation.reddit_form import reddit

CHECKS = {"twitch": twitch, "twitter": twitter, "youtube": youtube, "reddit": reddit}


def problems(platform, call, answer):
    """All mismatches of one exchange, as sentences; [] if there is none."""
    return CHECKS[platform](call, answer)
