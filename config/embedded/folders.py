"""Folders that only this installation may touch."""

import os
import pwd
import stat
from pathlib import Path

from config.embedded.privileges import SAME, Identity
from config.failures import SetupFailure, storage_failure


def private(folder: Path, identity: Identity = SAME, *, mode: int = 0o700) -> None:
    """Make a folder that nobody else may list, or refuse one that somebody else made."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=mode)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), identity.user}:
            raise SetupFailure(_foreign(folder, found.st_uid))
        folder.chmod(mode)  # whatever the umask took away
        identity.give(folder)
    except OSError as error:
        raise storage_failure(error, folder) from error


def refuse_foreign(folder: Path) -> None:
    """Refuse a folder of another user: with files of both in it, neither could start again."""
    if folder.exists() and folder.stat().st_uid != os.geteuid():
        raise SetupFailure(_foreign(folder, folder.stat().st_uid))


def _foreign(folder: Path, owner: int) -> str:
    return (
        f"{folder} belongs to the user {_name(owner)}, and this is {_name(os.geteuid())}. "
        "Start as that user, or name another folder in TIDEWATCH_VAR."
    )


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
