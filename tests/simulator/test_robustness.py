"""Whatever a client sends, the answer is Zoho's, never a fault of the simulator's own."""

from __future__ import annotations

from typing import Any

import httpx2
import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from zohocrm_mcp.simulator import Simulator

ACCOUNT = "5437896100000000002"
PATHS = (
    "POST /crm/v8/Accounts",
    "PUT /crm/v8/Accounts",
    f"PUT /crm/v8/Accounts/{ACCOUNT}",
    "POST /crm/v8/Accounts/upsert",
    "POST /crm/v8/Notes",
    "POST /crm/v8/coql",
    "POST /crm/bulk/v8/read",
    "POST /crm/bulk/v8/write",
    "POST /crm/v8/Accounts/actions/mass_update",
    "POST /crm/v8/Accounts/actions/mass_delete",
    "POST /crm/v8/Accounts/actions/add_tags",
    "POST /crm/v8/Accounts/actions/change_owner",
    f"POST /crm/v8/Accounts/{ACCOUNT}/actions/clone",
    f"PUT /crm/v8/Accounts/{ACCOUNT}/Contacts",
)
NAMES = st.sampled_from(
    [
        "id",
        "ids",
        "data",
        "cvid",
        "tags",
        "name",
        "owner",
        "query",
        "module",
        "api_name",
        "fields",
        "criteria",
        "group",
        "group_operator",
        "comparator",
        "field",
        "value",
        "callback",
        "url",
        "method",
        "page",
        "page_token",
        "select_query",
        "include_meta",
        "operation",
        "resource",
        "file_id",
        "field_mappings",
        "index",
        "find_by",
        "default_value",
        "over_write",
        "duplicate_check_fields",
        "Account_Name",
        "Health_Score",
        "Owner",
        "Product_Interests",
        "Contracts",
        "Parent_Id",
        "Parent_Account",
        "Tag",
        "Newsletter",
        "Layout",
        "External_Id",
        "Annual_Revenue",
        "Account_Number",
    ]
)
ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from(["Accounts", ACCOUNT, "id", "in", "and", "equal", "insert", "2026-01-01", "${EMPTY}"]),
)
VALUES = st.recursive(
    ATOMS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
BODIES = st.dictionaries(NAMES, VALUES, max_size=4)
RECORDS = st.fixed_dictionaries({"data": st.lists(BODIES, min_size=1, max_size=3)})
FIELDS = st.sampled_from(
    [
        "id",
        "Owner",
        "Contracts",
        "Tag",
        "Layout",
        "Product_Interests",
        "Account_Label",
        "Created_Time",
        "Newsletter",
        "No",
    ]
)
OPERANDS = st.sampled_from(["x", "5", "true", ACCOUNT, "2026-01-01", "a,b", "1,5", "", "\\(", "2026-01-01T00:00:00Z"])
QUIET = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def open_crm(sim: Simulator, crm: httpx2.Client) -> httpx2.Client:
    sim.settings.enforce_limits = False
    return crm


@given(path=st.sampled_from(PATHS), body=VALUES | BODIES | RECORDS)
@QUIET
def test_odd_bodies_are_answered(open_crm: httpx2.Client, path: str, body: Any) -> None:
    method, _, address = path.partition(" ")
    assert open_crm.request(method, address, json=body).status_code < 500


@given(
    field=FIELDS,
    operator=st.sampled_from(["equals", "not_equal", "starts_with", "in", "between", "greater_than", "no"]),
    operand=OPERANDS,
    sort_by=FIELDS,
)
@QUIET
def test_odd_criteria_are_answered(
    open_crm: httpx2.Client, field: str, operator: str, operand: str, sort_by: str
) -> None:
    params = {"criteria": f"(({field}:{operator}:{operand})or(id:equals:{ACCOUNT}))", "sort_by": sort_by}
    assert open_crm.get("/crm/v8/Accounts/search", params=params).status_code < 500


@given(
    column=st.tuples(st.sampled_from(["{}", "COUNT({})", "SUM({})", "MAX({})", "{} as 'z'"]), FIELDS),
    where=st.tuples(
        FIELDS, st.sampled_from(["= 'x'", "> 5", "in ('a', 'b')", "is null", "like '%a%'", "between 1 and 2"])
    ),
    group=st.none() | FIELDS,
    order=st.none() | FIELDS,
)
@QUIET
def test_odd_queries_are_answered(
    open_crm: httpx2.Client, column: tuple[str, str], where: tuple[str, str], group: str | None, order: str | None
) -> None:
    parts = ["select", column[0].format(column[1]), "from Accounts where", *where]
    parts += ["group by", group] if group else []
    parts += ["order by", order] if order else []
    assert open_crm.post("/crm/v8/coql", json={"select_query": " ".join(parts)}).status_code < 500
