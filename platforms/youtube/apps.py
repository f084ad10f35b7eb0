"""App configuration."""

from django.apps import AppConfig


class YoutubeConfig(AppConfig):
    """YouTube."""

    name = "platforms.youtube"
