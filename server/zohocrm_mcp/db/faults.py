"""What PostgreSQL's programs complain about, as a sentence and a remedy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zohocrm_mcp.db.orphans import STILL_AT_WORK
from zohocrm_mcp.errors import ZohoDatabaseError

if TYPE_CHECKING:
    from pathlib import Path

_KNOWN = (
    (
        "could not create shared memory segment",
        "the system has no shared memory left for it",
        "End other database servers of this machine, or raise the limits that the log names.",
    ),
    ("No space left on device", "the disk is full", "Free some space on the disk of {data_dir}, then try again."),
    ("Disk quota exceeded", "the disk quota is used up", "Free some space in {data_dir}, then try again."),
    ("Read-only file system", "its disk is read-only", "Set ZOHO_MCP_DATA_DIR to a directory that can be written to."),
    (
        "Permission denied",
        "a file or directory is closed to the user that runs it",
        "Set ZOHO_MCP_DATA_DIR to a directory that every directory above it lets other users enter.",
    ),
    (
        STILL_AT_WORK,
        "processes of an earlier run are still at work",
        "End the processes named postgres that use {data_dir}, then try again.",
    ),
)


def start_failed(output: str, log: Path) -> ZohoDatabaseError:
    """Return the error for what initdb or the server said before it gave up.

    Args:
        output: the end of its output or of its log.
        log: where an operator finds the rest; its folder's parent is the data directory.
    """
    data_dir = log.parent.parent
    for sign, reason, remedy in _KNOWN:
        if sign in output:
            return ZohoDatabaseError(
                f"The embedded database in {data_dir} cannot start: {reason}.", hint=remedy.format(data_dir=data_dir)
            )
    lines = (
        re.findall(r"(?:FATAL|PANIC|error|fatal): +(.+)", output) or output.strip().splitlines() or ["no reason given"]
    )
    return ZohoDatabaseError(
        f"The embedded database in {data_dir} cannot start: {lines[-1].strip().rstrip('.')}.",
        hint=f"The rest is in {log}; DATABASE_URL may name another PostgreSQL server.",
    )
