"""App configuration."""

from django.apps import AppConfig


class TwitchConfig(AppConfig):
    """Twitch."""

    name = "platforms.twitch"
