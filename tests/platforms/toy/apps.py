"""App configuration."""

from django.apps import AppConfig


class ToyConfig(AppConfig):
    """A platform that there is not."""

    name = "platforms.toy"
