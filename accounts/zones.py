"""Names of time zones."""

from functools import cache
from zoneinfo import available_timezones


@cache
def zone_names() -> tuple[str, ...]:
    """All IANA zones with a place or UTC, sorted."""
    return tuple(sorted(name for name in available_timezones() if "/" in name or name == "UTC"))


def is_zone(name: str) -> bool:
    """Whether the name can be stored with a person."""
    return name in zone_names()
