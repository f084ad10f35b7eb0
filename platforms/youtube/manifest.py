"""The face of YouTube."""

from platforms.contract import Platform

PLATFORM = Platform(
    slug="youtube",
    label="YouTube",
    entity_noun="channel",
    poll_minutes=range(60, 121),
)
