"""Make the bundle for Claude Desktop: ``uv run python scripts/bundle.py`` writes dist/zohocrm-mcp.mcpb.

A bundle is a zip of a manifest and a project that uv runs (github.com/anthropics/mcpb). ``stage`` lays it out; packing
is the job of ``mcpb pack`` of npm's ``@anthropic-ai/mcpb``, which also checks the manifest.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = ("pyproject.toml", "README.md", "LICENSE")
FOLDERS = ("server", "tools", "migrations")
PACKER = ("npx", "--yes", "@anthropic-ai/mcpb@2.1.2")


def main() -> int:
    bundle = ROOT / "dist" / "zohocrm-mcp.mcpb"
    bundle.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([*PACKER, "pack", str(stage(Path(folder))), str(bundle)], check=False)
    return done.returncode


def stage(folder: Path) -> Path:
    """Copy what belongs into the bundle to ``folder``, and return it."""
    shutil.copy(ROOT / "packaging" / "mcpb" / "manifest.json", folder)
    for name in FILES:
        shutil.copy(ROOT / name, folder)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    return folder


if __name__ == "__main__":
    sys.exit(main())
