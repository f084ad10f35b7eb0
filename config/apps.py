"""App configuration: commands of the whole product live here."""

from django.apps import AppConfig


class WiringConfig(AppConfig):
    """Wiring."""

    name = "config"
