"""App configuration."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People."""

    name = "accounts"

    def ready(self) -> None:
        """Listen to Django's signals."""
        from accounts import receivers  # noqa: F401, PLC0415  needs the models
