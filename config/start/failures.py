"""What can go wrong before the product serves, in words for the person at the keyboard."""

import errno
import os
import pwd
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class SetupFailure(Exception):
    """A start that cannot go on. The text says what is wrong and what to do."""


@contextmanager
def one_sentence() -> Iterator[None]:
    """End the program with one sentence, not a traceback, when the installation is at fault.

    Needs nothing but Python itself: missing packages are one of the faults.
    """
    try:
        yield
    except Exception as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        sys.exit(f"tidewatch: {sentence}")


def storage_failure(error: OSError, folder: Path | None = None) -> SetupFailure:
    """Say why files could not be written. `folder`: where, if the error does not know."""
    where = Path(error.filename or folder or "the data folder")
    if error.errno in FULL:
        return SetupFailure(
            f"The disk that holds {where} is full. Free some space, then start again."
        )
    if isinstance(error, PermissionError) and (owned := _foreign_folder(where)):
        return ownership_failure(owned)
    return SetupFailure(
        f"{where} cannot be written ({error.strerror}). Make the folder writable for this user, "
        "or name another folder in TIDEWATCH_VAR."
    )


def ownership_failure(path: Path) -> SetupFailure:
    """Say that files belong to somebody else."""
    return SetupFailure(
        f"{path} belongs to the user {_name(path.lstat().st_uid)}, and this is "
        f"{_name(os.geteuid())}. Start as that user, or name another folder in TIDEWATCH_VAR."
    )


def _sentence(error: Exception) -> str | None:
    """What to tell of an error; None when the fault is ours, and the traceback is worth seeing."""
    if isinstance(error, SetupFailure) or _is_wrong_setting(error):
        return str(error)
    if isinstance(error, ModuleNotFoundError) and not _is_ours(error.name or ""):
        return (
            f"The package {error.name} is not installed for this Python. "
            "Run `make setup`, and start with .venv/bin/python."
        )
    if isinstance(error, OSError) and _is_storage(error):
        return str(storage_failure(error))
    return None


def _is_wrong_setting(error: Exception) -> bool:
    django = sys.modules.get("django.core.exceptions")  # whoever raises its error has it loaded
    return django is not None and isinstance(error, django.ImproperlyConfigured)


def _foreign_folder(path: Path) -> Path | None:
    """The part of a path that closes it to us, if it belongs to somebody else."""
    for part in (path, *path.parents):
        try:
            return part if part.lstat().st_uid != os.geteuid() else None
        except OSError:
            continue  # missing, or hidden by the next
    return None


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _is_storage(error: OSError) -> bool:
    from config.env import VAR_DIR  # noqa: PLC0415  a package may be missing when this file is read

    return error.errno in FULL or str(error.filename or "").startswith(str(VAR_DIR))


def _is_ours(module: str) -> bool:
    return (Path(__file__).parents[2] / module.partition(".")[0]).exists()
