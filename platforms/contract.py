"""The face that every platform's folder shows."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Platform:
    """Facts of one platform. `poll_minutes`: the range of intervals a person may choose."""

    slug: str
    label: str
    entity_noun: str
    poll_minutes: range
