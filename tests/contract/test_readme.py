"""The README says what the code says. `UPDATE_DOCS=1 uv run pytest tests/contract/test_readme.py` renews its tables."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

import check_times
from handbook import links, settings, tools
from zohocrm_mcp.cli._commands import build

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
TABLES = {"tools": tools.readme_table, "settings": settings.readme_table, "links": links.readme_table}
DOCUMENTS = [*ROOT.glob("*.md"), ROOT / "evaluations" / "README.md", *(ROOT / ".github").rglob("*.md")]


def readme() -> str:
    return README.read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "table"), TABLES.items(), ids=TABLES)
def test_the_table_in_the_readme_is_what_the_code_says(name: str, table: Callable[[], str]) -> None:
    block = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    renewed, found = block.subn(lambda old: f"{old[1]}\n{table()}\n\n{old[2]}", readme())
    assert found == 1
    if os.environ.get("UPDATE_DOCS"):
        README.write_text(renewed, encoding="utf-8")
    assert readme() == renewed


def test_a_link_for_cursor_holds_what_cursor_would_have_been_given_by_hand() -> None:
    (link, _) = re.findall(r"\((https://cursor\.com/[^)]+)\)", readme())
    given = parse_qs(urlsplit(link).query)
    assert given["name"] == ["zohocrm"]
    server = json.loads(base64.b64decode(given["config"][0]))
    assert server == {"command": "uvx", "args": ["zohocrm-mcp", "serve", "--demo"]}


def test_a_link_for_vscode_asks_for_what_is_secret() -> None:
    (demo, real) = re.findall(r"\((https://vscode\.dev/[^)]+)\)", readme())
    assert json.loads(parse_qs(urlsplit(demo).query)["config"][0])["args"] == ["zohocrm-mcp", "serve", "--demo"]
    (asked,) = parse_qs(urlsplit(real).query)["inputs"]
    assert {"id": "ZOHO_SDK_CLIENT_SECRET", "password": True}.items() <= json.loads(asked)[1].items()


def test_the_readmes_test_command_is_what_ci_runs() -> None:
    assert ".venv/bin/uv run pytest" in readme()
    assert "uv run pytest" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_every_link_between_the_documents_leads_somewhere() -> None:
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?![a-z]+:)([^)#]+)", text):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_every_place_that_a_document_points_to_is_there() -> None:
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        titles = {anchor(title) for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
        assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= titles, document.name


def anchor(title: str) -> str:
    """Return what GitHub calls the place of a title."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def test_the_readme_names_the_server_for_the_registry() -> None:
    name = json.loads((ROOT / "server.json").read_text(encoding="utf-8"))["name"]
    assert f"<!-- mcp-name: {name} -->" in readme()


def test_every_command_that_the_readme_names_is_there() -> None:
    named = {words.split()[0] for words in re.findall(r"`zohocrm-mcp ([a-z][^`]*)`", readme())}
    assert named
    assert named <= set(build().commands)


def test_the_checks_are_listed_with_their_commands() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    block = text[text.index("<!-- checks -->") : text.index("<!-- /checks -->")]
    assert dict(re.findall(r"^\| (.+?) \| `(.+?)` \|", block, re.MULTILINE)) == check_times.CHECKS
