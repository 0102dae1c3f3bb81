"""A copy of the wheel's binaries for root, whose packages the unprivileged user may not be able to read."""

from __future__ import annotations

import shutil
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from zohocrm_mcp.db.binaries import WHEEL, Binaries
from zohocrm_mcp.db.layout import SYSTEM_DATA_DIR
from zohocrm_mcp.errors import ZohoConfigError

if TYPE_CHECKING:
    from zohocrm_mcp.db.account import Account

_NOT_NEEDED = shutil.ignore_patterns("include", "pkgconfig", "pgxs", "*.a")


def runnable(binaries: Binaries, account: Account, own_place: Path) -> Binaries:
    """Return binaries that ``account`` can run: these, or a copy in ``own_place`` or in the system's data directory.

    No permission of a directory that is there already is changed.

    Raises:
        ZohoConfigError: there is no place for a copy.
    """
    if account.reaches(Path(binaries.program("postgres"))):
        return binaries
    for place in (own_place, SYSTEM_DATA_DIR):
        if WHEEL in binaries.folder.parts and _ready(place, account):
            copied = _copy(binaries, place / "binaries")
            if _runs(copied, account):
                return copied
    raise ZohoConfigError(
        f"PostgreSQL's programs in {binaries.folder} are out of reach for the user that runs them for root.",
        hint="Install the package where every user can read it, run as an ordinary user, or set DATABASE_URL.",
    )


def _ready(place: Path, account: Account) -> bool:
    """Make a place when it is missing; tell whether it is root's alone to write to and within the account's reach."""
    try:
        place.mkdir(mode=0o711, parents=True, exist_ok=True)
        found = place.stat()
    except OSError:
        return False
    return found.st_uid == 0 and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and account.reaches(place)


def _copy(binaries: Binaries, into: Path) -> Binaries:
    """Copy one installation and the libraries beside the wheel's package; a finished copy is used again."""
    package = next(parent for parent in binaries.folder.parents if parent.name == WHEEL)
    source = Path(binaries.program("postgres")).stat()
    target = into / f"{binaries.major}-{source.st_size:x}-{source.st_mtime_ns:x}"
    copied = target / binaries.folder.relative_to(package.parent)
    if not target.exists():
        into.mkdir(mode=0o755, exist_ok=True)
        staging = Path(tempfile.mkdtemp(dir=into))
        installation = binaries.folder.parent
        shutil.copytree(
            installation, staging / installation.relative_to(package.parent), symlinks=True, ignore=_NOT_NEEDED
        )
        for libraries in package.parent.glob(f"{WHEEL}.libs"):
            shutil.copytree(libraries, staging / libraries.name)
        _open(staging)
        _put(staging, target)
    return Binaries(copied, binaries.major)


def _open(tree: Path) -> None:
    """Let everybody read our copy; programs and folders may be entered by those who may read them."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(0o755 if mode & stat.S_IXUSR else 0o644)


def _put(staging: Path, target: Path) -> None:
    try:
        staging.rename(target)
    except OSError:  # another data directory's process was faster
        shutil.rmtree(staging)


def _runs(binaries: Binaries, account: Account) -> bool:
    """Tell whether the copy can be started where it lies: the file system may forbid it."""
    command = [binaries.program("postgres"), "--version"]
    try:
        subprocess.run(command, check=True, capture_output=True, cwd="/", timeout=30, **account.identity())  # noqa: S603 - our copy
    except (OSError, subprocess.SubprocessError):
        return False
    return True
