"""App configuration."""

from django.apps import AppConfig


class TwitterConfig(AppConfig):
    """X (Twitter)."""

    name = "platforms.twitter"
