"""Folders that only this installation may touch."""

import os
import stat
from pathlib import Path

from config.embedded.privileges import SAME, Identity
from config.start.failures import ownership_failure, storage_failure


def private(folder: Path, identity: Identity = SAME, *, mode: int = 0o700) -> None:
    """Make a folder that nobody else may list, or refuse one that somebody else made."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=mode)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), identity.user}:
            raise ownership_failure(folder)
        folder.chmod(mode)  # whatever the umask took away
        identity.give(folder)
    except OSError as error:
        raise storage_failure(error, folder) from error


def refuse_foreign(folder: Path) -> None:
    """Refuse a folder of another user: with files of both in it, neither could start again."""
    if folder.exists() and folder.stat().st_uid != os.geteuid():
        raise ownership_failure(folder)
