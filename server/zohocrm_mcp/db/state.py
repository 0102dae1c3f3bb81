"""The two small files of the embedded server: its passwords, and what the supervisor tells its clients."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from zohocrm_mcp.errors import ZohoDatabaseError

if TYPE_CHECKING:
    from pathlib import Path

SUPERUSER = "postgres"
"""Makes databases and counts clients."""

ROLE = "zohocrm"
"""Owns the databases; all else is done as this one, which cannot read files or start programs."""


@dataclass(frozen=True)
class Secrets:
    """Passwords, made with the cluster and kept as long as it: of the superuser and of the role."""

    superuser: str
    role: str

    @classmethod
    def create(cls, path: Path) -> Secrets:
        made = cls(superuser=secrets.token_urlsafe(24), role=secrets.token_urlsafe(24))
        _write(path, asdict(made))
        return made

    @classmethod
    def read(cls, path: Path) -> Secrets:
        """Read the passwords.

        Raises:
            ZohoDatabaseError: they are gone, and with them the way into the cluster.
        """
        try:
            return cls(**json.loads(path.read_bytes()))
        except FileNotFoundError:
            raise ZohoDatabaseError(
                f"The passwords of the embedded database are gone: {path} is missing.",
                hint=f"Restore the file from a backup, or move {path.parent} away to start afresh.",
            ) from None


@dataclass(frozen=True)
class State:
    """A server that takes connections. The file's time is that of the last ``ensure``."""

    supervisor_pid: int
    server_pid: int
    port: int
    databases: list[str]

    @classmethod
    def read(cls, path: Path) -> State | None:
        """Read what is told, if anything; another version of this program may tell more."""
        try:
            told = json.loads(path.read_bytes())
        except FileNotFoundError:
            return None
        return cls(**{each.name: told[each.name] for each in fields(cls)})

    def write(self, path: Path) -> None:
        _write(path, asdict(self))


def _write(path: Path, content: dict[str, object]) -> None:
    """Replace a file in one step; it is never seen half-written, and only its owner may read it."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
