"""Start, watch and stop one PostgreSQL server. Only the supervisor does that."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from zohocrm_mcp.db.environment import clean_environment
from zohocrm_mcp.db.sockets import free_port, host_of
from zohocrm_mcp.db.state import SUPERUSER, Secrets

if TYPE_CHECKING:
    from collections.abc import Callable

    from zohocrm_mcp.db.account import Account
    from zohocrm_mcp.db.binaries import Binaries
    from zohocrm_mcp.db.layout import Layout
    from zohocrm_mcp.db.locks import FileLock

_SETTINGS = {
    "shared_buffers": "16MB",
    "max_connections": "100",
    "max_wal_size": "256MB",
    "min_wal_size": "16MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_worker_processes": "2",
    "max_parallel_workers_per_gather": "0",
    "max_logical_replication_workers": "0",
    "autovacuum_max_workers": "2",
    "jit": "off",
    "huge_pages": "off",
    "dynamic_shared_memory_type": "mmap",  # containers have little or no /dev/shm
    "log_checkpoints": "off",
    "unix_socket_permissions": "0700",
}
_SETTINGS_OF_18 = {"io_method": "sync", "autovacuum_worker_slots": "2"}
_WINDOWS = {"listen_addresses": "127.0.0.1"}
_ELSEWHERE = {
    "listen_addresses": "",
    "unix_socket_directories": ".",
    "client_connection_check_interval": "1s",  # or a killed client keeps the server as long as its statement runs
}
_EPHEMERAL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

_OTHER_CLIENTS = (
    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
_DATABASES = "SELECT datname FROM pg_database WHERE NOT datistemplate"

STOP_SECONDS = 30.0


class Server:
    """The server of one data directory, a child of this process."""

    def __init__(self, layout: Layout, binaries: Binaries, account: Account) -> None:
        self.layout = layout
        self.binaries = binaries
        self.account = account
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._gone = threading.Event()

    @property
    def pid(self) -> int:
        return self._child().pid

    def start(self, lock: FileLock, *, ephemeral: bool = False, dies_with_us: bool = True) -> None:
        """Start the server; it inherits ``lock``, which is thereby held until the last of its processes has ended.

        A lock that could be had proves that no process of an earlier run is left, whatever its pid file names.
        """
        for stale in ("postmaster.pid", f".s.PGSQL.{self.port}", f".s.PGSQL.{self.port}.lock"):
            (self.layout.cluster / stale).unlink(missing_ok=True)
        with self.layout.server_log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
                self._command(ephemeral=ephemeral),
                cwd=self.layout.cluster,
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=() if sys.platform == "win32" else (lock.fd,),
                preexec_fn=_die_with_parent() if dies_with_us else None,  # noqa: PLW1509 - we have one thread yet
                **self.account.identity(),
            )
        threading.Thread(target=self._await_end, daemon=True).start()

    def is_ready(self) -> bool:
        """Tell whether the server takes connections: it says so in the last line of its pid file."""
        try:
            return (self.layout.cluster / "postmaster.pid").read_text(encoding="utf-8").rstrip().endswith("ready")
        except FileNotFoundError:
            return False

    def wait(self, seconds: float) -> bool:
        """Wait for the server's end; tell whether it has come."""
        return self._gone.wait(seconds)

    def stop(self) -> None:
        """End all sessions and the server ("fast"); one that does not end in time recovers at its next start."""
        if sys.platform == "win32":
            command = [self.binaries.program("pg_ctl"), "stop", "-m", "fast", "-D", str(self.layout.cluster)]
            subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - PostgreSQL's own program
        else:
            self._child().send_signal(signal.SIGINT)
        if not self.wait(STOP_SECONDS):
            self._child().kill()

    def databases(self) -> list[str]:
        return self._ask(_DATABASES).splitlines()

    def has_clients(self) -> bool:
        return self._ask(_OTHER_CLIENTS).strip() != "0"

    def _ask(self, query: str) -> str:
        """Ask through psql: a process for some milliseconds instead of a database driver for the server's life.

        Raises:
            RuntimeError: there was no answer.
        """
        command = [self.binaries.program("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1"]
        target = ["-h", host_of(self.layout.cluster), "-p", str(self.port), "-U", SUPERUSER, "-d", "postgres"]
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
            [*command, *target, "-c", query],
            env={
                **clean_environment(),
                "PGCONNECT_TIMEOUT": "30",
                "PGPASSWORD": Secrets.read(self.layout.secrets).superuser,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr.strip())
        return done.stdout

    def _command(self, *, ephemeral: bool) -> list[str]:
        system = _WINDOWS if sys.platform == "win32" else _ELSEWHERE
        version = _SETTINGS_OF_18 if self.binaries.major >= 18 else {}  # noqa: PLR2004 - as its name says
        settings = {**_SETTINGS, "port": str(self.port), **system, **version, **(_EPHEMERAL if ephemeral else {})}
        place = self.account.name_for(self.layout.cluster)
        return [
            self.binaries.program("postgres"),
            f"-D{place}",
            *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
        ]

    def _await_end(self) -> None:
        """Sleep until the end: ``Popen.wait`` with a limit would wake up twenty times a second."""
        self._child().wait()
        self._gone.set()

    def _child(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the server has not been started")
        return self._process


def _die_with_parent() -> Callable[[], None] | None:
    """Return what makes Linux stop the server in the moment in which this process dies, by whatever means."""
    if sys.platform != "linux":
        return None
    import ctypes

    prctl = ctypes.CDLL(None, use_errno=True).prctl
    set_parent_death_signal = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>
    parent = os.getpid()

    def ask() -> None:
        prctl(set_parent_death_signal, signal.SIGINT)
        if os.getppid() != parent:
            os._exit(1)

    return ask
