"""What the embedded server's processes see of the environment: no setting of ours, and so no secret."""

from __future__ import annotations

import os

_KEPT = (
    "PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "TMPDIR",
    "TEMP",
    "TMP",
    "XDG_RUNTIME_DIR",
    "SYSTEMROOT",
)


def clean_environment() -> dict[str, str]:
    return {"LC_ALL": "C", "TZ": "UTC", **{name: os.environ[name] for name in _KEPT if name in os.environ}}
