"""App configuration."""

from django.apps import AppConfig


class CollectorsConfig(AppConfig):
    """Verbs."""

    name = "collectors"
