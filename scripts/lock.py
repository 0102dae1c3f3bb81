"""Pin what the product runs with: ``uv run python scripts/lock.py`` writes constraints.txt, anew with ``--upgrade``.

Versions and hashes of the dependencies of every platform and Python, and no host: whoever installs with it chooses the
registry. ``uv pip install --require-hashes -r constraints.txt``, then the package itself with ``--no-deps``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONSTRAINTS = ROOT / "constraints.txt"
OPTIONS = ("--universal", "--generate-hashes", "--no-annotate", "--no-header", "--no-emit-index-url", "--all-extras")


def resolve(file: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Resolve pyproject.toml into ``file``; what is pinned there already stays where it fits."""
    uv = os.environ.get("UV", "uv")
    command = [uv, "pip", "compile", "--quiet", *OPTIONS, "--python-version", "3.11", *more, "-o", str(file)]
    return subprocess.run([*command, "pyproject.toml"], cwd=ROOT, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    done = resolve(CONSTRAINTS, *sys.argv[1:])
    sys.stderr.write(done.stderr)
    sys.exit(done.returncode)
