"""Where the embedded PostgreSQL keeps its files."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from zohocrm_mcp.errors import ZohoConfigError

SYSTEM_DATA_DIR = Path("/var/lib/zohocrm-mcp")
"""Where root keeps data by default: PostgreSQL refuses to run as root, and its user has to reach the files."""


def runs_as_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


@dataclass(frozen=True)
class Layout:
    """The files of one embedded server, all below ``<data dir>/postgresql``."""

    root: Path

    @classmethod
    def of(cls, data_dir: Path) -> Layout:
        return cls(data_dir.expanduser().absolute() / "postgresql")

    @property
    def cluster(self) -> Path:
        """PGDATA. The socket lies in it too: it is the one directory that only the server's user may enter."""
        return self.root / "data"

    @property
    def state(self) -> Path:
        """What the supervisor tells its clients; there only while the server takes connections."""
        return self.root / "server.json"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets.json"

    @property
    def ensure_lock(self) -> Path:
        """Held while a client looks for or starts the server, and while the supervisor stops an idle one."""
        return self.root / "ensure.lock"

    @property
    def supervisor_lock(self) -> Path:
        """Held as long as the supervisor lives: no process id can go stale."""
        return self.root / "supervisor.lock"

    @property
    def server_lock(self) -> Path:
        """Held as long as any process of the server lives, orphaned backends included."""
        return self.root / "server.lock"

    @property
    def server_log(self) -> Path:
        return self.root / "postgresql.log"

    @property
    def supervisor_log(self) -> Path:
        return self.root / "supervisor.log"

    def create(self) -> None:
        """Make the directory of the server.

        Raises:
            ZohoConfigError: it cannot be made or written to, or it belongs to another user.
        """
        mode = 0o711 if runs_as_root() else 0o700
        try:
            self.root.parent.mkdir(mode=mode, parents=True, exist_ok=True)
            self.root.mkdir(mode=mode, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise self._unusable("it is not a directory") from error
        except OSError as error:
            raise self._unusable(error.strerror or str(error)) from error
        if sys.platform != "win32" and self.root.stat().st_uid != os.geteuid():
            raise self._unusable("its database belongs to another user of this machine")
        if not os.access(self.root, os.W_OK | os.X_OK):
            raise self._unusable("it cannot be written to")

    def _unusable(self, reason: str) -> ZohoConfigError:
        return ZohoConfigError(
            f"The data directory {self.root.parent} cannot hold the embedded database: {reason}.",
            hint="Set ZOHO_MCP_DATA_DIR to a directory that this user owns, or DATABASE_URL to a PostgreSQL server.",
            variable="ZOHO_MCP_DATA_DIR",
        )
