"""Where the tasks are done: a simulator in this process, and how a server is started over it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from evaluations.crm import Crm
from evaluations.measure import Cost, cost_of, tool_list
from zohocrm_mcp.db.layout import Layout
from zohocrm_mcp.db.locks import FileLock
from zohocrm_mcp.db.state import State
from zohocrm_mcp.db.waiting import until
from zohocrm_mcp.simulator import Simulator

ROOT = Path(__file__).parents[1]
END_SECONDS = 30.0
TOOLSETS = "accounts,bulk,schema,query,service,records"


@dataclass
class Place:
    """``folder`` holds what belongs to the run; with ``database_url`` the server's database is there, not here."""

    folder: Path
    simulator: Simulator
    database_url: str = ""
    _read: int = field(default=0, init=False)

    @property
    def log(self) -> Path:
        """What went over the lines of the servers of this run."""
        return self.folder / "messages.jsonl"

    @property
    def command(self) -> list[str]:
        """The server behind its tap."""
        serve = [sys.executable, "-m", "zohocrm_mcp", "serve", "--toolsets", TOOLSETS]
        return [sys.executable, "-m", "evaluations.tap", str(self.log), *serve]

    @property
    def environment(self) -> dict[str, str]:
        """The settings of the server, and nothing of the same kind from outside."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ZOHO_", "DATABASE_"))}
        simulator, path = self.simulator, os.environ.get("PYTHONPATH", "")
        return kept | {
            "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), path])),
            "ZOHO_SDK_CLIENT_ID": simulator.client_id,
            "ZOHO_SDK_CLIENT_SECRET": simulator.client_secret,
            "ZOHO_SDK_REFRESH_TOKEN": simulator.refresh_token,
            "ZOHO_SDK_API_URL": simulator.api_url,
            "ZOHO_SDK_ACCOUNTS_URL": simulator.accounts_url,
            "ZOHO_SDK_UPLOAD_URL": simulator.upload_url,
            "ZOHO_MCP_DATA_DIR": str(self.folder / "data"),
            "ZOHO_MCP_LOG_LEVEL": "ERROR",
            **({"DATABASE_URL": self.database_url} if self.database_url else {}),
        }

    def begin(self) -> Crm:
        """Make the organisation as it is at the start of a task, and return the view of it."""
        self.simulator.state.reset_data()
        self.simulator.state.limits.reset()
        self._read = self.log.stat().st_size if self.log.exists() else 0
        return Crm(self.simulator.state)

    def cost(self) -> Cost:
        """Return what the task has cost since it began."""
        return cost_of(self._lines(self._read))

    def tool_list(self) -> int:
        return tool_list(self._lines(0))

    def _lines(self, start: int) -> list[str]:
        return self.log.read_bytes()[start:].decode().splitlines() if self.log.exists() else []


@contextlib.contextmanager
def place(database_url: str = "") -> Iterator[Place]:
    """Start a simulator; what the run has made is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="evaluations-") as name, Simulator(seed=1) as simulator:
        made = Place(Path(name), simulator, database_url)
        try:
            yield made
        finally:
            _stop_database(made.folder / "data")


def _stop_database(data_dir: Path) -> None:
    """End the embedded server, if the run has started one, and wait for its end: its files are about to go."""
    layout = Layout.of(data_dir)
    state = State.read(layout.state) if layout.root.exists() else None
    if state:
        with contextlib.suppress(ProcessLookupError):
            os.kill(state.supervisor_pid, signal.SIGTERM)
        for lock in (layout.supervisor_lock, layout.server_lock):
            until(partial(_is_free, lock), END_SECONDS)


def _is_free(lock: Path) -> bool:
    return not FileLock(lock).is_taken()
