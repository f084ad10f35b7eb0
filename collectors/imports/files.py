"""Uploaded files: private, and only for as long as they are needed."""

import hashlib
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from django.conf import settings

KEPT_SECONDS = 24 * 3600
CHUNK = 2**20


def folder() -> Path:
    """Where they lie; nobody but the product may look into it."""
    path = Path(settings.MEDIA_ROOT) / "imports"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def keep(chunks: Iterable[bytes]) -> Path:
    """Write an upload to a file of its own."""
    path = folder() / uuid4().hex
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for chunk in chunks:
            file.write(chunk)
    return path


def digest(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()


def drop(stored_as: str) -> None:
    """Delete an upload; one that is gone already is no mistake."""
    if stored_as:
        Path(stored_as).unlink(missing_ok=True)


def drop_old(in_use: Iterable[str]) -> None:
    """Delete what is a day old, unless an import that waits or runs needs it."""
    keep_these = set(in_use)
    for path in folder().iterdir():
        with suppress(FileNotFoundError):  # another sweeper was faster
            if str(path) not in keep_these and path.stat().st_mtime < time.time() - KEPT_SECONDS:
                path.unlink()
