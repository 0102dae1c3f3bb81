"""Where clients of the embedded server connect to."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import stat
import sys
import tempfile
from pathlib import Path

from zohocrm_mcp.errors import ZohoConfigError

SOCKET_PORT = 5432
"""Only a part of the socket's file name: nothing listens on TCP."""

_LONGEST_PATH = 103  # sun_path holds 108 bytes on Linux and 104 on macOS, the final zero included


def host_of(cluster: Path) -> str:
    """Return what libpq calls the host: the folder of the socket; on Windows the loopback address.

    The server binds to a relative path, so that only clients meet the limit on a socket path's length: for them, a
    cluster with a long path has a short link.
    """
    if sys.platform == "win32":
        return "127.0.0.1"
    fits = len(os.fsencode(_socket(cluster))) <= _LONGEST_PATH
    return str(cluster if fits else _short_link(cluster))


def answers(host: str, port: int) -> bool:
    """Tell whether a server accepts connections. It sees an empty one, which it does not log."""
    family: int
    address: tuple[str, int] | bytes
    if sys.platform == "win32":
        family, address = socket.AF_INET, (host, port)
    else:
        family, address = socket.AF_UNIX, os.fsencode(_socket(Path(host)))
    with contextlib.closing(socket.socket(family)) as probe:
        return probe.connect_ex(address) == 0


def free_port() -> int:
    """Return a TCP port that nobody listens on; on systems with sockets in the file system the fixed one."""
    if sys.platform != "win32":
        return SOCKET_PORT
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _socket(folder: Path) -> Path:
    return folder / f".s.PGSQL.{SOCKET_PORT}"


def _uid() -> int:
    if sys.platform == "win32":
        return 0
    return os.geteuid()


def _short_link(target: Path) -> Path:
    """Return a link to ``target`` in a folder of our own; made again when a cleaner has removed it."""
    link = _private_dir() / hashlib.sha256(os.fsencode(target)).hexdigest()[:16]
    if not (link.is_symlink() and link.readlink() == target):
        fresh = link.with_name(f"{link.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(target)
        fresh.replace(link)
    return link


def _private_dir() -> Path:
    """Return ``zohocrm-mcp-<uid>`` in the runtime or the temporary directory, if it is ours and closed to others."""
    for parent in (os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir(), "/tmp"):  # noqa: S108 - checked below
        private = Path(parent or "/nonexistent") / f"zohocrm-mcp-{_uid()}"
        if len(os.fsencode(private)) > _LONGEST_PATH // 2:
            continue
        with contextlib.suppress(OSError):
            private.mkdir(mode=0o700, exist_ok=True)
            found = private.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == _uid() and not found.st_mode & 0o077:
                return private
    raise ZohoConfigError(
        "The data directory's path is too long for a socket, and there is no private place for a shorter one.",
        hint="Set ZOHO_MCP_DATA_DIR to a directory with a shorter path.",
        variable="ZOHO_MCP_DATA_DIR",
    )
