"""Which platforms there are: the list in the settings, no scanning."""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from django.conf import settings

from platforms.contract import Platform

if TYPE_CHECKING:
    from platforms.simulation.switchboard import Makers


@cache
def every() -> tuple[Platform, ...]:
    """All platforms in the order of the settings."""
    return tuple(
        import_module(f"platforms.{slug}.manifest").PLATFORM for slug in settings.PLATFORMS
    )


def get(slug: str) -> Platform:
    """One platform. Raises KeyError for a slug that is not in the settings."""
    return {platform.slug: platform for platform in every()}[slug]


def simulators() -> "Makers":
    """The simulator of each platform."""
    return {platform.slug: platform.simulator for platform in every()}


def choices() -> list[tuple[str, str]]:
    """Choices of a model field. The function itself is given to the field, so that a new platform
    changes no migration."""
    return [(platform.slug, platform.label) for platform in every()]
