"""Names of time zones."""

from functools import cache
from zoneinfo import available_timezones

REGIONS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)
FALLBACK = "UTC"


@cache
def zone_names() -> tuple[str, ...]:
    """The zones people choose from: UTC, and those named by region and place, sorted."""
    places = (name for name in available_timezones() if name.startswith(REGIONS))
    return (FALLBACK, *sorted(places))


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    """Whether the name can be stored with a person. Old names count: browsers still send them."""
    return name in _known()


def zone_or_fallback(name: str) -> str:
    """The zone a browser named, or UTC when it named none that is known."""
    return name if is_zone(name) else FALLBACK
