"""What production mode demands before it starts."""

from django.core.exceptions import ImproperlyConfigured

from config.env import env

SHORTEST_SECRET = 50


def required_secret(name: str) -> str:
    """Read a secret that has no default. Raises ImproperlyConfigured when it is missing or weak."""
    value: str = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is missing. Set {name} or {name}_FILE in production.")
    if len(value) < SHORTEST_SECRET or len(set(value)) < 5 or value.startswith("django-insecure"):  # noqa: PLR2004
        raise ImproperlyConfigured(
            f"{name} is too weak for production. Make one with `openssl rand -base64 48`."
        )
    return value
