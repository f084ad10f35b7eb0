"""PostgreSQL refuses to run as root: how it runs when the product was started as root."""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.failures import SetupFailure

ORDINARY_USERS = ("postgres", "nobody")
# A namespace in which root is user 1: root's files stay reachable, and geteuid() is not 0.
NAMESPACE = ("unshare", "--user", "--map-user=1", "--map-group=1")


@dataclass(frozen=True)
class Identity:
    """Who a server process runs as: a command prefix, options of `Popen`, and the files' owner."""

    prefix: tuple[str, ...] = ()
    popen: dict[str, Any] = field(default_factory=dict)
    owner: tuple[int, int] | None = None

    def give(self, path: Path) -> None:
        """Hand a file or folder to this identity."""
        if self.owner:
            os.chown(path, *self.owner)


def postgres_identity(*needed: Path) -> Identity:
    """Choose who runs PostgreSQL. `needed`: paths which that user must be able to reach."""
    if os.geteuid() != 0:
        return Identity()
    entry = _ordinary_user()
    if entry and all(map(_reachable, needed)):
        ids = (entry.pw_uid, entry.pw_gid)
        return Identity(popen={"user": ids[0], "group": ids[1], "extra_groups": []}, owner=ids)
    if _namespaces_work():
        return Identity(prefix=NAMESPACE)
    raise SetupFailure(
        "PostgreSQL does not run as root, and no other user can reach this folder. "
        "Run as an ordinary user, or move the project to a folder that all users can read, "
        "or set DATABASE_URL."
    )


def _ordinary_user() -> pwd.struct_passwd | None:
    for name in ORDINARY_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def _reachable(path: Path) -> bool:
    folders = [folder for folder in [path, *path.parents] if folder.is_dir()]
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)


def _namespaces_work() -> bool:
    if not shutil.which(NAMESPACE[0]):
        return False
    probe = subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False)  # noqa: S603  constant
    return probe.returncode == 0
