"""``python -m benchmarks``: measure, print the table and the rows that miss their mark; exit 1 if there are any."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import FULL, QUICK, Scale
from benchmarks.rows import ROWS
from benchmarks.stage import ACCOUNTS, Stage
from benchmarks.table import RESULTS, Line, missed, text_table, told, write_readme

FEWEST = 300


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    if options.readme:
        write_readme()
        return 0
    scale = QUICK if options.quick else FULL
    lines = _measured(options.only or list(ROWS), scale)
    sys.stdout.write(text_table(lines) + "\n")
    kept = options.json or (None if options.only or options.quick else RESULTS)
    if kept:
        kept.write_text(json.dumps(told(lines, _machine(scale)), indent=1) + "\n", encoding="utf-8")
    if misses := missed(lines):
        sys.stdout.write(f"\n{misses}\n")
    return 1 if misses else 0


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    made.add_argument("--only", action="append", choices=list(ROWS), help="a row; may be given several times")
    made.add_argument(
        "--quick", action="store_true", help="less work and fewer rounds, for a look while changing things"
    )
    made.add_argument("--json", type=Path, metavar="FILE", help=f"where the results go; of a whole run {RESULTS.name}")
    made.add_argument("--readme", action="store_true", help=f"measure nothing: bring {RESULTS.name} into README.md")
    return made


def _measured(names: Sequence[str], scale: Scale) -> list[Line]:
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as another user where we are root
        with Stage(Path(folder), accounts=scale.of(ACCOUNTS, FEWEST)) as stage:
            for name in names:
                began = time.monotonic()
                lines += ROWS[name](stage, scale)
                sys.stderr.write(f"{name}: {time.monotonic() - began:.0f} s\n")
    return lines


def _machine(scale: Scale) -> dict[str, object]:
    name = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return {"name": name, "rounds": scale.rounds, "share": scale.share}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
