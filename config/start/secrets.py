"""Secrets of a fresh installation: made once, kept under var/secrets with mode 0600."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from config.env import VAR_DIR


def random_text() -> str:
    """64 characters that nobody guesses."""
    return secrets.token_urlsafe(48)


def local_secret(
    name: str,
    *,
    make: Callable[[], str] = random_text,
    directory: Path = VAR_DIR / "secrets",
) -> str:
    """Return the secret of that name; the first of all callers, at once or later, makes it."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = directory / name
    if not path.exists():
        _publish(path, make())
    return path.read_text(encoding="ascii").strip()


def _publish(path: Path, value: str) -> None:
    """Write beside and link into place: a reader sees the whole secret or none."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(value)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first; its value counts
    finally:
        draft.unlink()
