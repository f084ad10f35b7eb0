"""App configuration."""

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    """Meaning."""

    name = "analytics"
