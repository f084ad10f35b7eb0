"""How often an account may be read: the platform's range, which staff can widen."""

from collections.abc import Iterable

from django.conf import settings

from platforms import registry
from platforms.contract import Platform


class IntervalOutOfRange(ValueError):
    """The platform is not read that often, or that rarely; the text is a sentence for people."""


def allowed(platform: Platform) -> range:
    """The minutes that a person may choose between two runs."""
    own = platform.poll_minutes
    wider = settings.POLL_MINUTES.get(platform.slug, own)
    return range(min(own.start, wider.start), max(own.stop, wider.stop))


def demand_allowed(slugs: Iterable[str], minutes: int) -> None:
    """Raise IntervalOutOfRange unless all these platforms may be read every so many minutes."""
    for platform in map(registry.get, sorted(set(slugs))):
        minutes_allowed = allowed(platform)
        if minutes not in minutes_allowed:
            raise IntervalOutOfRange(
                f"Choose {minutes_allowed.start} to {minutes_allowed.stop - 1} minutes "
                f"for {platform.label}."
            )
