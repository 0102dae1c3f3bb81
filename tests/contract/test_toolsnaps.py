"""What a client is told of each tool, as files: a change of the surface is a change that a reviewer sees.

``UPDATE_TOOLSNAPS=1 pytest tests/contract`` writes them anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from mcp.server.mcpserver.tools import Tool

from zohocrm_mcp.app import catalog
from zohocrm_mcp.toolkit.border import build

FOLDER = Path(__file__).parent / "toolsnaps"
UPDATE = bool(os.environ.get("UPDATE_TOOLSNAPS"))
TOOLS = {tool.name: tool for tool in build(catalog().specs)}


def shown(tool: Tool) -> dict[str, Any]:
    assert tool.annotations is not None
    return {
        "title": tool.title,
        "description": tool.description.splitlines(),
        "annotations": tool.annotations.model_dump(by_alias=True, exclude_none=True),
        "inputSchema": tool.parameters,
        "outputSchema": tool.output_schema,
        **({"_meta": tool.meta} if tool.meta else {}),
    }


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_is_as_its_snapshot_says(name: str) -> None:
    file = FOLDER / f"{name}.json"
    if UPDATE:
        FOLDER.mkdir(exist_ok=True)
        file.write_text(json.dumps(shown(TOOLS[name]), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    assert file.exists(), "no snapshot: run UPDATE_TOOLSNAPS=1 pytest tests/contract"
    assert json.loads(file.read_text(encoding="utf-8")) == shown(TOOLS[name])


def test_no_snapshot_is_left_of_a_tool_that_is_gone() -> None:
    left = [file for file in FOLDER.glob("*.json") if file.stem not in TOOLS]
    if UPDATE:
        for file in left:
            file.unlink()
    assert [file.name for file in left if file.exists()] == []
