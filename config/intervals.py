"""How often staff lets people read a platform, beyond the platform's own range."""

import re

from django.core.exceptions import ImproperlyConfigured

from config.env import env

EXAMPLE = "twitch:5-240,youtube:30-1440"


def read(entries: list[str]) -> dict[str, range]:
    """Platform -> minutes. Raises ImproperlyConfigured with a sentence."""
    found = {}
    for entry in entries:
        parts = re.fullmatch(r"([a-z]+):(\d{1,5})-(\d{1,5})", entry)
        if not parts or not 1 <= int(parts[2]) <= int(parts[3]):
            raise ImproperlyConfigured(f"POLL_MINUTES must be like {EXAMPLE}, not {entry!r}.")
        found[parts[1]] = range(int(parts[2]), int(parts[3]) + 1)
    return found


POLL_MINUTES = read(env.list("POLL_MINUTES", default=[]))
