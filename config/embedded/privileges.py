"""PostgreSQL refuses to run as root: how it runs when the product was started as root."""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.start.failures import SetupFailure

# A namespace in which root is user 1: root's files stay reachable, and geteuid() is not 0.
NAMESPACE = ("unshare", "--user", "--map-user=1", "--map-group=1")


@dataclass(frozen=True)
class Identity:
    """Who a server process runs as: a command prefix, options of `Popen`, and the files' owner."""

    prefix: tuple[str, ...] = ()
    popen: dict[str, Any] = field(default_factory=dict)
    user: int | None = None
    group: int | None = None

    def give(self, path: Path) -> None:
        """Hand a file or folder to this identity."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)


# The one that starts the product.
SAME = Identity()


def postgres_identity(data: Path, *needed: Path) -> Identity:
    """Choose who runs PostgreSQL.

    `data`: the cluster; once it exists, its owner is the only one who may run it.
    `needed`: other paths that user must be able to reach.
    """
    if os.geteuid() != 0:
        return SAME
    owner = data.stat().st_uid if data.exists() else None
    # The user nobody comes last: other programs run as that user too.
    for choice in (_user("postgres"), _namespace(), _user("nobody")):
        if (
            choice
            and owner in {None, choice.user or 0}
            and (choice.prefix or all(map(_reachable, needed)))
        ):
            return choice
    raise SetupFailure(
        "PostgreSQL does not run as root, and no other user can reach this folder. "
        "Run as an ordinary user, or move the project to a folder that all users can read, "
        "or set DATABASE_URL."
    )


def _user(name: str) -> Identity | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    options = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    return Identity(popen=options, user=entry.pw_uid, group=entry.pw_gid)


def _namespace() -> Identity | None:
    if not shutil.which(NAMESPACE[0]):
        return None
    probe = subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False)
    return None if probe.returncode else Identity(prefix=NAMESPACE)


def _reachable(path: Path) -> bool:
    folders = [folder for folder in [path, *path.parents] if folder.is_dir()]
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)
