"""Make the embedded server's cluster."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from zohocrm_mcp.db.environment import clean_environment
from zohocrm_mcp.db.faults import start_failed
from zohocrm_mcp.db.state import SUPERUSER, Secrets
from zohocrm_mcp.errors import ZohoDatabaseError

if TYPE_CHECKING:
    from zohocrm_mcp.db.account import Account
    from zohocrm_mcp.db.binaries import Binaries
    from zohocrm_mcp.db.layout import Layout

_STAGING = "new-"
_BUILTIN_LOCALES = 17  # the version that brought C.UTF-8 without help of the operating system


def version_of(cluster: Path) -> int | None:
    """Return the major version that made a cluster; None when there is none."""
    try:
        return int((cluster / "PG_VERSION").read_text(encoding="ascii"))
    except FileNotFoundError:
        return None


def create(layout: Layout, binaries: Binaries, account: Account, *, ephemeral: bool) -> None:
    """Run initdb beside the cluster's place and move the result there in one step: half a cluster is never seen.

    Raises:
        ZohoDatabaseError: initdb failed, or a cluster without its passwords or version is in the way.
    """
    if layout.cluster.exists():
        raise ZohoDatabaseError(
            f"{layout.cluster} is there, but is no complete PostgreSQL cluster.",
            hint="Restore it from a backup, or move it away to start afresh.",
        )
    for abandoned in layout.root.glob(f"{_STAGING}*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=layout.root))
    try:
        _initdb(staging, layout, binaries, account, ephemeral=ephemeral)
        (staging / "data").rename(layout.cluster)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _initdb(staging: Path, layout: Layout, binaries: Binaries, account: Account, *, ephemeral: bool) -> None:
    data, password = staging / "data", staging / "password"
    password.touch(mode=0o600)
    password.write_text(Secrets.create(layout.secrets).superuser, encoding="ascii")
    data.mkdir(mode=0o700)
    for path in (staging, password, data):
        account.give(path)
    place = account.name_for(data)
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
        [
            binaries.program("initdb"),
            f"--pgdata={place}",
            f"--pwfile={place}/../password",
            *_options(binaries.major, ephemeral=ephemeral),
        ],
        cwd=data,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        **account.identity(),
    )
    if done.returncode:
        layout.server_log.write_text(done.stdout + done.stderr, encoding="utf-8")
        raise start_failed(done.stderr, layout.server_log)


def _options(major: int, *, ephemeral: bool) -> list[str]:
    """Return what the cluster is like. Small write-ahead segments: the default of 16 MB is half of a young cluster."""
    return [
        f"--username={SUPERUSER}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--wal-segsize=4",
        "--no-instructions",
        *(["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if major >= _BUILTIN_LOCALES else []),
        *(["--no-sync"] if ephemeral else []),
    ]
