"""Where the embedded servers keep their files."""

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

# A unix socket's path may have 107 bytes on Linux and 103 on macOS; PostgreSQL adds a lock file.
LONGEST_SOCKET_PATH = 100


@dataclass(frozen=True)
class Layout:
    """Folders of one installation. `run` holds both sockets and is closed to other users."""

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
        """Lock files that say who uses the servers."""
        return self.var / "locks"

    @property
    def run(self) -> Path:
        """Folder of the sockets; moved to the temporary folder when the path is too long."""
        wanted = self.var / "run"
        if len(str(wanted / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET_PATH:
            return wanted
        digest = hashlib.sha256(str(self.var).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"tidewatch-{digest}"

    @property
    def valkey_socket(self) -> Path:
        """Socket of Valkey."""
        return self.run / "valkey.sock"
