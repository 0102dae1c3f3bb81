"""The embedded PostgreSQL: there when it is needed, gone when it is not, shared by all processes of one user.

`ensure` is all that a client calls. The server belongs to a process of its own, `zohocrm_mcp.db.supervisor`; what a
client leaves behind when it is killed are locks, and the operating system takes those back.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from zohocrm_mcp.db import binaries, cluster, copies
from zohocrm_mcp.db.account import Account
from zohocrm_mcp.db.databases import add_database, url_of
from zohocrm_mcp.db.environment import clean_environment
from zohocrm_mcp.db.faults import start_failed
from zohocrm_mcp.db.layout import Layout
from zohocrm_mcp.db.locks import FileLock
from zohocrm_mcp.db.sockets import answers, host_of
from zohocrm_mcp.db.state import Secrets, State
from zohocrm_mcp.db.waiting import until
from zohocrm_mcp.errors import ZohoDatabaseError

if TYPE_CHECKING:
    from pathlib import Path

IDLE_SECONDS = 30.0
DATABASE = "zohocrm"

_START_SECONDS = 150.0
_OTHERS_SECONDS = 180.0
_DETACHED = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)


def ensure(
    data_dir: Path, database: str = DATABASE, *, idle_seconds: float = IDLE_SECONDS, ephemeral: bool = False
) -> str:
    """Return the URL of a database on the running server of ``data_dir``; make and start whatever is missing.

    Costs about a millisecond when the server runs. The URL holds for ``idle_seconds`` at the least, and as long as
    anybody is connected.

    Args:
        data_dir: the server's files go to its subfolder ``postgresql``.
        database: made when it is missing.
        idle_seconds: the server stops when nobody has been connected for so long. Whoever starts it decides.
        ephemeral: no fsync, and the files are deleted when the server stops because nobody uses it.

    Raises:
        ZohoConfigError: the directory cannot be used, or there are no PostgreSQL programs for this machine.
        ZohoDatabaseError: the server cannot start: no space, files of another version, other processes in the way.
    """
    layout = Layout.of(data_dir)
    try:
        with FileLock(layout.ensure_lock).held(_OTHERS_SECONDS, before=layout.create):
            state = _running(layout, idle_seconds, ephemeral=ephemeral)
            if database not in state.databases:
                add_database(layout, state, database)
            return url_of(layout, state, database)
    except OSError as error:
        raise start_failed(error.strerror or str(error), layout.server_log) from error


def _running(layout: Layout, idle_seconds: float, *, ephemeral: bool) -> State:
    """Return the state of the server, once it runs. A supervisor's lock that can be had means: no supervisor."""
    lock = FileLock(layout.supervisor_lock)
    launched = False

    def look() -> State | None:
        nonlocal launched
        if lock.try_acquire():
            try:
                if launched:
                    raise _failure(layout)
                _launch(layout, lock, idle_seconds, ephemeral=ephemeral)
                launched = True
            finally:
                lock.release()
        return _answering(layout)

    state = until(look, _START_SECONDS)
    if state is None:
        raise ZohoDatabaseError(
            f"The embedded database has not become ready within {_START_SECONDS:.0f} seconds.",
            hint=f"Its log is {layout.server_log}.",
        )
    return state


def _answering(layout: Layout) -> State | None:
    """Return the state of a server that takes connections, and leave the mark that somebody is about to connect."""
    state = State.read(layout.state)
    if state is None or not answers(host_of(layout.cluster), state.port):
        return None
    try:
        os.utime(layout.state)
    except FileNotFoundError:  # it has ended this moment
        return None
    return state


def _launch(layout: Layout, lock: FileLock, idle_seconds: float, *, ephemeral: bool) -> None:
    """Make the cluster when it is missing; start a supervisor and hand it the lock."""
    layout.state.unlink(missing_ok=True)
    version = cluster.version_of(layout.cluster)
    account = Account.choose(layout.cluster)
    programs = copies.runnable(binaries.find(version), account, layout.root)
    if version is None:
        cluster.create(layout, programs, account, ephemeral=ephemeral)
    Secrets.read(layout.secrets)
    command = [
        *(sys.executable, "-P", "-m", "zohocrm_mcp.db.supervisor"),
        *("--root", str(layout.root), "--binaries", str(programs.folder), "--major", str(programs.major)),
        *("--idle-seconds", str(idle_seconds)),
        *(["--ephemeral"] if ephemeral else []),
    ]
    _detach(command, layout, lock)


def _detach(command: list[str], layout: Layout, lock: FileLock) -> None:
    """Run a command in a session of its own, with nothing of ours open but the lock."""
    _start_logs(layout)
    with layout.supervisor_log.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            cwd=layout.root.parent,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            creationflags=_DETACHED,
            pass_fds=() if sys.platform == "win32" else (lock.fd,),
        )
    if sys.platform == "win32":  # a lock cannot be handed over there
        lock.release()
        until(lambda: process.poll() is not None or lock.is_taken(), _START_SECONDS)
    else:
        process.wait()  # it goes on in a child of its own


def _start_logs(layout: Layout) -> None:
    """Begin the logs of a run; those of the run before are kept beside. They may quote statements, so they are ours."""
    for path in (layout.server_log, layout.supervisor_log):
        if path.exists():
            path.replace(path.with_name(f"{path.name}.old"))
        path.touch(mode=0o600)


def _failure(layout: Layout) -> ZohoDatabaseError:
    logs = (layout.supervisor_log, layout.server_log)
    return start_failed("\n".join(log.read_text(encoding="utf-8", errors="replace") for log in logs), layout.server_log)
