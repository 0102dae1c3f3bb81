"""The house rules that a machine can hold: who may import whom, and how large a thing may grow."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
EVERYWHERE = ("server", "tools", "tests", "benchmarks", "evaluations", "scripts")
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 300, 60

FLOORS = (
    ("errors", "models", "config", "datacentres", "_version"),
    ("observe", "db"),
    ("limits", "connections", "jobs", "access"),
    ("zoho",),
    ("services",),
    (
        *("toolkit", "apps", "resources", "documents", "prompts"),
        *("tenants", "open_connections", "lifecycle", "uses", "attendance", "shared"),
    ),
    ("zohocrm_tools",),
    ("app", "parts", "demo"),
    ("transports", "cli", "__init__", "__main__", "python"),
)
"""Bottom to top: a room imports what lies below it, or beside it."""

FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
ONLY_IN = {
    "zohocrmsdk": {"zoho"},
    "psycopg": {"db", "connections", "jobs", "limits", "observe", "access"},
    "procrastinate": {"jobs"},
    "typer": {"cli"},
    "mcp": {"toolkit", "apps", "resources", "prompts", "app", "transports", "cli"},
}
SIMULATOR_USERS = {"simulator", "demo", "cli"}


def room_of(module: str) -> str:
    package, _, rest = module.partition(".")
    return "zohocrm_tools" if package == "zohocrm_tools" else rest.partition(".")[0] or "__init__"


def sources() -> Iterator[tuple[str, Path]]:
    """Every file with the room it is in."""
    for root in ("server", "tools"):
        for file in sorted((ROOT / root).rglob("*.py")):
            yield room_of(".".join(file.relative_to(ROOT / root).with_suffix("").parts)), file


def imported(file: Path) -> Iterator[str]:
    """Every name that a file imports anywhere, those for type checkers included."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


def between() -> Iterator[tuple[str, str, str]]:
    """Every import of ours from ours: from room, to room, and a line that says it."""
    for room, file in sources():
        for name in imported(file):
            if name.partition(".")[0] in {"zohocrm_mcp", "zohocrm_tools"}:
                yield room, room_of(name), f"{file.relative_to(ROOT)} imports {name}"


def test_every_room_has_its_floor() -> None:
    assert {room for room, _ in sources()} - {"simulator"} <= set(FLOOR)


def test_the_page_on_the_architecture_names_every_room_and_no_other() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = page[page.index("| floor |") : page.index("Start reading")]
    rows = [line.split("|")[2] for line in table.splitlines() if line.count("|") > 2]
    named = {room for row in rows for room in re.findall(r"`(\w+)`", row)}
    assert named == {room for room, _ in sources()} - {"__init__", "__main__", "_version"}


def test_a_room_imports_from_below_or_beside_only() -> None:
    rooms = [one for one in between() if "simulator" not in one[:2]]
    assert [told for room, other, told in rooms if FLOOR[other] > FLOOR[room]] == []


def test_the_simulator_stands_alone() -> None:
    assert [told for room, other, told in between() if room == "simulator" and other != "simulator"] == []
    assert [told for room, other, told in between() if other == "simulator" and room not in SIMULATOR_USERS] == []


def test_some_libraries_belong_to_some_rooms() -> None:
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for room, file in sources()
        for name in imported(file)
        if room not in ONLY_IN.get(name.partition(".")[0], {room})
    ]
    assert wrong == []


def written() -> Iterator[tuple[str, str]]:
    """Every file of ours with its text, those of tests and tools for ourselves included."""
    for root in EVERYWHERE:
        for file in sorted((ROOT / root).rglob("*.py")):
            yield str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")


def test_files_stay_small() -> None:
    sizes = {file: len(text.splitlines()) for file, text in written()}
    assert set(EVERYWHERE) == {file.partition("/")[0] for file in sizes}
    assert {file: size for file, size in sizes.items() if size > MOST_LINES} == {}


def test_functions_stay_small() -> None:
    functions = [
        (f"{file}: {node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for file, text in written()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [name for name, size in functions if size > MOST_LINES_OF_A_FUNCTION] == []
