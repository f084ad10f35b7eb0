"""Where the embedded servers keep their files."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

# A unix socket's path may have 107 bytes on Linux and 103 on macOS; PostgreSQL adds a lock file.
LONGEST_SOCKET_PATH = 100
# What needs no quoting in an address or in a server's configuration.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")


@dataclass(frozen=True)
class Layout:
    """Folders of one installation."""

    var: Path

    @property
    def postgres(self) -> Path:
        """Parent of the cluster, owned by the user PostgreSQL runs as."""
        return self.var / "postgres"

    @property
    def valkey(self) -> Path:
        """Append-only file, configuration and log of Valkey."""
        return self.var / "valkey"

    @property
    def locks(self) -> Path:
        """Lock files that say who uses the servers and who serves."""
        return self.var / "locks"

    @property
    def run(self) -> Path:
        """Folder of the sockets; elsewhere when the path is long or has odd letters."""
        wanted = self.var / "run"
        fits = len(bytes(wanted / "pg/.s.PGSQL.5432.lock")) <= LONGEST_SOCKET_PATH
        if fits and PLAIN_PATH.fullmatch(str(wanted)):
            return wanted
        digest = hashlib.sha256(bytes(self.var)).hexdigest()[:12]
        # Not the temporary folder of the environment: every command must find the same sockets.
        return Path("/tmp") / f"tidewatch-{digest}"  # noqa: S108  its owner is checked before use

    @property
    def postgres_socket(self) -> Path:
        """Folder of PostgreSQL's socket. Only its user may enter: no password is asked."""
        return self.run / "pg"

    @property
    def valkey_socket(self) -> Path:
        """Socket of Valkey."""
        return self.run / "valkey.sock"
