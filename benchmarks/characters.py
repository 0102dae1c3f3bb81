"""What a model has to read: the tool list, and an answer with 200 accounts."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.measure import Scale
from benchmarks.stage import Stage
from benchmarks.table import Line

MOST_OF_TOOLS, QUARTER, ACCOUNTS = 30_000, 0.25, 200


def tools_list(stage: Stage, _scale: Scale) -> list[Line]:
    """Ask for the tools of the default toolsets."""
    tools = stage.server.ask("tools/list")["tools"]
    total = _size(tools)
    shares = {tool["name"]: _size(tool) for tool in sorted(tools, key=_size, reverse=True)}
    sides = {"ours": total}
    work = f"tools/list, {len(tools)} tools"
    return [Line("tools_list", work, "characters", sides, f"{MOST_OF_TOOLS:,}", total, MOST_OF_TOOLS, details=shares)]


def answer_200(stage: Stage, _scale: Scale) -> list[Line]:
    """List 200 accounts, page by page where the budget of an answer wants it; against Zoho's JSON of whole records."""
    text, count, cursor = 0, 0, ""
    with stage.crm.client() as client:
        raw = client.get(
            "/crm/v8/Accounts", params={"fields": ",".join(stage.crm.table_fields()), "per_page": ACCOUNTS}
        )
    while count < min(ACCOUNTS, stage.crm.accounts):
        page = stage.server.ask(
            "tools/call", name="get_accounts", arguments={"limit": ACCOUNTS - count, "cursor": cursor}
        )
        text += len(page["content"][0]["text"])
        count += page["structuredContent"]["count"]
        cursor = page["structuredContent"]["next_cursor"]
    sides = {"floor": len(raw.text), "ours": text}
    work = f"{count} accounts, default fields"
    return [Line("answer_200", work, "characters", sides, "1/4 of the raw JSON", text / len(raw.text), QUARTER)]


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
