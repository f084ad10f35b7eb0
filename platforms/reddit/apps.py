"""App configuration."""

from django.apps import AppConfig


class RedditConfig(AppConfig):
    """Reddit."""

    name = "platforms.reddit"
