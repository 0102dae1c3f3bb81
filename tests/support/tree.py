"""The repository as somebody gets it who clones it: what git knows or would take, and nothing that was made since."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def tree(folder: Path) -> Path:
    """Copy it to ``folder`` and return that; skips where git does not say what belongs to it."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    known = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=False)
    if known.returncode:
        pytest.skip(f"git does not say what belongs to the tree: {known.stderr.strip()[-200:]}")
    for name in filter(None, known.stdout.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder
