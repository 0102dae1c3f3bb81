"""What was measured, as a table for people, as JSON, and as the section of the README."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results.json"
README = ROOT / "README.md"
COMMAND = "uv run python -m benchmarks"
_SECTION = re.compile(r"(<!-- benchmarks:begin -->\n).*?(<!-- benchmarks:end -->)", re.DOTALL)
_HEAD = ("work", "measured", "raw HTTP", "typed SDK", "bare MCP", "ours", "mark", "reached", "")


@dataclass(frozen=True)
class Line:
    """One thing that must hold. ``sides`` hold ``floor``, ``typed``, ``bare`` and ``ours`` in ``unit``, if measured.

    ``reached`` is compared with ``allowed``; ``mark`` says what that is.
    """

    row: str
    work: str
    unit: str
    sides: Mapping[str, float]
    mark: str
    reached: float
    allowed: float
    at_least: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def hit(self) -> bool:
        return self.reached >= self.allowed if self.at_least else self.reached <= self.allowed


def told(lines: Sequence[Line], machine: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything as JSON."""
    return {"machine": dict(machine), "lines": [{**asdict(line), "hit": line.hit} for line in lines]}


def read(told_: Mapping[str, Any]) -> list[Line]:
    """Return the lines of what ``told`` has made."""
    return [Line(**{key: value for key, value in line.items() if key != "hit"}) for line in told_["lines"]]


def text_table(lines: Sequence[Line]) -> str:
    """Return the table for a terminal."""
    rows = [_HEAD, *(_cells(line) for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def missed(lines: Sequence[Line]) -> str:
    """Return the lines that miss their mark, one a line; empty when none does."""
    return "\n".join(
        f"MISSED  {line.work}: {line.mark}, reached {_short(line.reached)}" for line in lines if not line.hit
    )


def markdown(result: Mapping[str, Any]) -> str:
    """Return the section of the README."""
    lines, machine = read(result), result["machine"]
    rows = ["| " + " | ".join(_cells(line)) + " |" for line in lines]
    head = ["| " + " | ".join(_HEAD) + " |", "|" + "---|" * len(_HEAD)]
    rounds = f"medians of {machine['rounds']} rounds or more in turn, {machine['name']}"
    made = f"`{COMMAND}` made this table in one run ({rounds})."
    return "\n".join([made, "", *head, *rows, "", _COUNTED])


_COUNTED = """\
The simulator is a process of its own. CPU is that of the server's processes and of the embedded PostgreSQL together;
memory is PSS without the database. Raw HTTP is httpx2 with keep-alive and ideal concurrency, without MCP and without
checks; the typed SDK is Zoho's `RecordOperations`; bare MCP is the MCP SDK with an echo tool."""


def write_readme(readme: Path = README, results: Path = RESULTS) -> None:
    """Put the results between the marks of the README."""
    text = readme.read_text(encoding="utf-8")
    readme.write_text(renewed(text, json.loads(results.read_text(encoding="utf-8"))), encoding="utf-8")


def renewed(text: str, result: Mapping[str, Any]) -> str:
    """Return the README's text with its section as the result says."""
    return _SECTION.sub(lambda found: f"{found[1]}\n{markdown(result)}\n\n{found[2]}", text)


def _cells(line: Line) -> tuple[str, ...]:
    sides = [_short(line.sides[name]) if name in line.sides else "" for name in ("floor", "typed", "bare", "ours")]
    return (line.work, line.unit, *sides, line.mark, _short(line.reached), "hit" if line.hit else "MISS")


def _short(value: float) -> str:
    if value >= 1000:  # noqa: PLR2004 -- where decimals stop telling anything
        return f"{value:,.0f}"
    return f"{value:.3g}"
