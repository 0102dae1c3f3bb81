"""An answer's structure goes to the wire as it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mcp.types import CallToolResult

from zohocrm_mcp.models import Change, Page, Updated
from zohocrm_mcp.toolkit.results import reply

RESULTS = [
    Page(
        records=[{"id": "1", "Owner": {"id": "2", "name": "Zoë"}, "Tag": []}],
        count=1,
        more_records=False,
        next_cursor="",
    ),
    Updated(record_id="1", changed={"Phone": Change(before=None, after="42")}),
]


@pytest.mark.parametrize("result", RESULTS)
@pytest.mark.parametrize("by_alias", [True, False])
def test_a_reply_is_dumped_as_every_other_result_of_a_tool(result: Page | Updated, by_alias: bool) -> None:
    shown = reply(result)
    usual = CallToolResult(content=shown.content, structured_content=shown.structured_content)
    how: dict[str, Any] = {"mode": "json", "exclude_none": True, "by_alias": by_alias}
    assert shown.model_dump(**how) == usual.model_dump(**how)


@pytest.mark.parametrize("result", RESULTS)
def test_text_and_structure_say_the_same_and_keep_what_is_null(result: Page | Updated) -> None:
    shown = reply(result).model_dump(mode="json", exclude_none=True, by_alias=True)
    assert json.loads(shown["content"][0]["text"]) == shown["structuredContent"] == result.model_dump()
