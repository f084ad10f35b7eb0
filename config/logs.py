"""JSON log lines."""

from typing import Any


def logging_settings(*, level: str) -> dict[str, Any]:
    """Arguments of `configure`."""
    return {"level": level}


def configure(settings: dict[str, Any]) -> None:
    """Set up logging."""
