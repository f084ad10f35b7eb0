"""The face of Reddit."""

from platforms.contract import Platform

PLATFORM = Platform(
    slug="reddit",
    label="Reddit",
    entity_noun="subreddit",
    poll_minutes=range(30, 121),
)
