"""The README says what the code says. `UPDATE_DOCS=1 uv run pytest tests/contract/test_readme.py` renews its tables."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from zohocrm_mcp.app import catalog
from zohocrm_mcp.cli.config import _default
from zohocrm_mcp.config import Settings
from zohocrm_mcp.toolkit.spec import ToolSpec

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"


def tool_table() -> str:
    on = {spec.name for spec in catalog().choose(None, read_only=False)}
    rows = [_tool_row(spec, on=spec.name in on) for spec in catalog().specs]
    return "\n".join(["| toolset | tool | risk | what it does |", "|---|---|---|---|", *rows])


def _tool_row(spec: ToolSpec, *, on: bool) -> str:
    first = spec.description.split(". ")[0].split("\n")[0].rstrip(".")
    return f"| {spec.toolset}{'' if on else ' (off)'} | `{spec.name}` | {spec.risk.name} | {first}. |"


def settings_table() -> str:
    rows = [
        f"| `{field.alias}` | {_default(name, field.get_default()) or ''} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows])


@pytest.mark.parametrize(("name", "table"), [("tools", tool_table), ("settings", settings_table)])
def test_the_table_in_the_readme_is_what_the_code_says(name: str, table: object) -> None:
    assert callable(table)
    text = README.read_text(encoding="utf-8")
    block = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    renewed = block.sub(lambda found: f"{found[1]}\n{table()}\n\n{found[2]}", text)
    if os.environ.get("UPDATE_DOCS"):
        README.write_text(renewed, encoding="utf-8")
    assert README.read_text(encoding="utf-8") == renewed


def test_the_readmes_test_command_is_what_ci_runs() -> None:
    assert ".venv/bin/uv run pytest" in README.read_text(encoding="utf-8")
    assert "uv run pytest" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_every_link_between_the_documents_leads_somewhere() -> None:
    for document in ROOT.glob("*.md"):
        for target in re.findall(r"\]\((?!https?://)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (ROOT / target).exists(), f"{document.name} links to {target}"
