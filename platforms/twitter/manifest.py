"""The face of X."""

from platforms.contract import Platform

PLATFORM = Platform(
    slug="twitter",
    label="X",
    entity_noun="account",
    poll_minutes=range(30, 121),
)
