"""Measure how long the checks take: ``uv run python scripts/check_times.py [NAME …]`` writes the table of CONTRIBUTING.

Without names it measures all, which takes as long as all of them; with names the others keep their times.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "CONTRIBUTING.md"
CHECKS = {
    "linter and formatter": "uv run ruff check . && uv run ruff format --check .",
    "types": "uv run mypy",
    "unit tests": "uv run pytest tests/unit",
    "house rules, documents, snapshots": "uv run pytest tests/contract",
    "tests": "uv run pytest",
    "everything, as for a change that is handed in": ".ci/run",
}
TABLE = re.compile(r"(?<=<!-- checks -->\n\n).*?(?=\n\n<!-- /checks -->)", re.DOTALL)
MINUTE = 60


def main(names: list[str]) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    known = dict(re.findall(r"^\| (.+?) \| `.+?` \| (.*?) \|$", text, re.MULTILINE))
    times = {name: measured(CHECKS[name]) if name in (names or CHECKS) else known.get(name, "") for name in CHECKS}
    DOCUMENT.write_text(TABLE.sub(lambda _: table(times), text), encoding="utf-8")


def measured(command: str) -> str:
    began = time.monotonic()
    subprocess.run(["sh", "-c", command], cwd=ROOT, check=True)
    seconds = time.monotonic() - began
    return f"{max(seconds, 1):.0f} s" if seconds < MINUTE else f"{seconds / MINUTE:.0f} min"


def table(times: dict[str, str]) -> str:
    rows = [f"| {name} | `{command}` | {times.get(name, '')} |" for name, command in CHECKS.items()]
    return "\n".join(["| check | command | takes about |", "|---|---|---|", *rows])


if __name__ == "__main__":
    main(sys.argv[1:])
