"""What a call costs in credits, and whether it is one of the heavy ones (Zoho CRM v8 docs, API limits)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from zohocrm_mcp.models import Call

RECORDS_A_CREDIT = 10
TAGS_A_CREDIT = 50
HEAVY_FROM = 10
_VIEW = 3
_LIMIT = re.compile(r"\blimit\s+(?:\d+\s*,\s*)?(\d+)", re.IGNORECASE)
_COQL_ROWS = ((200, 1), (1000, 2))
COQL_MOST = 3
BULK_WRITE = 500


@dataclass(frozen=True)
class Price:
    """``heavy`` calls have a limit of their own on how many may run at once."""

    credits: int = 1
    heavy: bool = False


ONE = Price()
_BY_PATH = (
    (re.compile(r"/crm/bulk/v8/read"), Price(50)),
    (re.compile(r"/crm/bulk/v8/write"), Price(BULK_WRITE)),
    (re.compile(r"/crm/v8/settings/fields"), Price(10)),
    (re.compile(r"/crm/v8/settings/modules"), Price(500)),
    (re.compile(r"/crm/v8/\w+/\d+/actions/convert"), Price(5, heavy=True)),
    (re.compile(r"/crm/v8/\w+/\d+/actions/send_mail"), Price(20, heavy=True)),
    (re.compile(r"/crm/v8/__composite_requests"), Price(2, heavy=True)),
)
"""POST only: what creates or sends something other than records."""


def price_of(call: Call) -> Price:
    """Return the price of a call."""
    if call.method == "GET":
        return Price(_VIEW) if "cvid" in call.params else ONE
    if call.method == "DELETE":
        return ONE
    if call.path == "/crm/v8/coql":
        return Price(_coql_credits(call.body), heavy=True)
    if call.method == "POST":
        for path, price in _BY_PATH:
            if path.fullmatch(call.path):
                return price
    return _of_write(call)


def _coql_credits(body: Any) -> int:
    query = body.get("select_query") if isinstance(body, dict) else ""
    limits = _LIMIT.findall(str(query))
    rows = int(limits[-1]) if limits else 0
    return next((price for most, price in _COQL_ROWS if rows <= most), COQL_MOST)


def _of_write(call: Call) -> Price:
    rows = call.body.get("data") if isinstance(call.body, dict) else None
    records = len(rows) if isinstance(rows, list) else 1
    share = TAGS_A_CREDIT if call.path.endswith(("_tags", "/tags")) else RECORDS_A_CREDIT
    return Price(-(-records // share) or 1, heavy=records > HEAVY_FROM)
