"""The face of Twitch."""

from platforms.contract import Platform

PLATFORM = Platform(
    slug="twitch",
    label="Twitch",
    entity_noun="channel",
    poll_minutes=range(15, 121),
)
