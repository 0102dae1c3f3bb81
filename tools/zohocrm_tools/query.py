"""Questions in COQL, and counts."""

from __future__ import annotations

from zohocrm_mcp.models import Count, QueryPage
from zohocrm_mcp.toolkit import READ, Criteria, Crm, Cursor, Filters, Match, ModuleName, SelectQuery, tool


@tool("Query records", READ)
async def query_records(crm: Crm, select_query: SelectQuery, cursor: Cursor = "") -> QueryPage:
    """Run a COQL select on any module: joins over lookups, order by, group by. Reads only; see crm://guides/coql.

    For plain conditions on accounts use search_accounts, to count use count_records.
    """
    return await crm.query.query(select_query, cursor)


@tool("Count records", READ)
async def count_records(
    crm: Crm, *, module: ModuleName = "Accounts", filters: Filters = (), match: Match = "all", criteria: Criteria = ""
) -> Count:
    """Count the records of a module that meet filters or criteria, or all, without reading them."""
    return Count(count=await crm.search.count(module, filters=filters, match=match, criteria=criteria))
