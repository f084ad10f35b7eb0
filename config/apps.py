"""App configuration: commands of the whole product live here."""

from django.apps import AppConfig


class WiringConfig(AppConfig):
    """Wiring."""

    name = "config"

    def ready(self) -> None:
        """Make our Celery app the one that every `@shared_task` uses, and register the checks."""
        from config import celery  # noqa: F401, PLC0415  needs the settings
        from config.start import checks  # noqa: F401, PLC0415  needs the settings
