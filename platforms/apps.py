"""App configuration."""

from django.apps import AppConfig


class PlatformsConfig(AppConfig):
    """Nouns."""

    name = "platforms"
