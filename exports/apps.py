"""App configuration."""

from django.apps import AppConfig


class ExportsConfig(AppConfig):
    """Data that leaves."""

    name = "exports"
