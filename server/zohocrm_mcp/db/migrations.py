"""The migration files: ``NNN_name.sql``, each with a ``NNN_name.down.sql`` that takes it back."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from zohocrm_mcp.errors import ZohoDatabaseError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_NAME = re.compile(r"(?P<number>\d{3,})_(?P<name>[a-z0-9_]+)(?P<down>\.down)?\.sql")


@dataclass(frozen=True)
class Migration:
    """One numbered step, and the way back when there is one."""

    number: int
    name: str
    sql: bytes
    down: bytes | None

    @property
    def file(self) -> str:
        return f"{self.number:03d}_{self.name}.sql"

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql).hexdigest()


def default_folder() -> Traversable:
    """Return the folder inside an installed package, or the one at the top of a source tree."""
    package = files("zohocrm_mcp")
    inside = package / "migrations"
    return inside if inside.is_dir() else Path(str(package)).parents[1] / "migrations"


def load(folder: Traversable | None = None) -> list[Migration]:
    """Return the migrations of a folder, in order.

    Raises:
        ZohoDatabaseError: two files have one number, or a way back leads from nowhere.
    """
    steps: dict[tuple[int, str], bytes] = {}
    ways_back: dict[tuple[int, str], bytes] = {}
    for file in (folder or default_folder()).iterdir():
        if found := _NAME.fullmatch(file.name):
            content = file.read_bytes().replace(b"\r\n", b"\n")
            (ways_back if found["down"] else steps)[int(found["number"]), found["name"]] = content
    numbers = [number for number, _ in steps]
    if len(set(numbers)) < len(numbers) or ways_back.keys() - steps.keys():
        raise ZohoDatabaseError(
            "The migration files do not fit together: a number is used twice, or a .down.sql stands alone.",
            hint="Install the package again, or correct the names in the migrations folder.",
        )
    return [Migration(*key, sql, ways_back.get(key)) for key, sql in sorted(steps.items())]
