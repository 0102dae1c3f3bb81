"""What a search finds, what it counts, and what it refuses before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.services import EVERYTHING, everything, filters, services, whole
from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import Record
from zohocrm_mcp.simulator import Simulator

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("search")]


@pytest.fixture(scope="module")
def many() -> Iterator[Simulator]:
    with Simulator(accounts=300, seed=3) as running:
        yield running


async def test_search_sees_a_change_at_once(simulator: Simulator) -> None:
    simulator.settings.index_lag_seconds = 3600
    async with services(simulator) as parts:
        await parts.api.create("Accounts", [{"Account_Name": "Brand New Ltd"}])
        for given in (
            {"criteria": "Account_Name:equals:Brand New Ltd"},
            {"filters": filters(("Account Name", "equals", "brand new ltd"))},
        ):
            page = await parts.search.search("Accounts", **given)
            assert [row["Account_Name"] for row in page.records] == ["Brand New Ltd"]


async def test_equals_is_exact(simulator: Simulator) -> None:
    async with services(simulator) as parts:
        await parts.api.create("Accounts", [{"Account_Name": "ABC"}, {"Account_Name": "ABC Inc"}])
        page = await parts.search.search("Accounts", criteria="(Account_Name:equals:ABC)")
        assert [row["Account_Name"] for row in page.records] == ["ABC"]


async def test_multi_line_text_is_searched_by_the_search_interface(simulator: Simulator) -> None:
    async with services(simulator) as parts:
        texts = ["first (line),\nsecond", "FIRST (LINE),\nsecond, and more", "another"]
        rows: list[Record] = [
            {"Account_Name": f"Noted {place}", "Description": text} for place, text in enumerate(texts)
        ]
        await parts.api.create("Accounts", rows)

        async def found(op: str, value: str) -> list[str]:
            page = await parts.search.search("Accounts", filters=filters(("Description", op, value)))
            assert page.via == "search"
            assert all("Description" not in row for row in page.records)
            return sorted(str(row["Account_Name"]) for row in page.records)

        assert await found("contains", "first (line),") == ["Noted 0", "Noted 1"]
        assert await found("starts_with", "first") == ["Noted 0", "Noted 1"]
        assert await found("equals", texts[0]) == ["Noted 0"]


async def test_email_and_phone_are_searched_for(simulator: Simulator) -> None:
    async with services(simulator) as parts:
        await parts.api.create(
            "Contacts", [{"Last_Name": "Doe", "Email": "doe@example.com", "Phone": "+49 30 5551234"}]
        )
        for given in ({"email": "doe@example.com"}, {"phone": "5551234"}):
            page = await parts.search.search("Contacts", **given)  # type: ignore[arg-type]
            assert (page.count, page.via) == (1, "search")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Nothing to search for is given"),
        ({"word": "acme", "criteria": EVERYTHING}, "criteria and word are given together"),
        ({"word": "a"}, "word is 'a'"),
        ({"criteria": EVERYTHING, "limit": 0}, "limit is 0"),
        ({"criteria": EVERYTHING, "limit": 201}, "limit is 201"),
        ({"criteria": EVERYTHING, "sort_order": "up"}, "sort_order is 'up'"),
        ({"criteria": EVERYTHING, "sort_by": "Description"}, "cannot sort by it"),
        ({"criteria": EVERYTHING, "sort_by": "Anual Revenue"}, "Did you mean Annual_Revenue"),
        ({"criteria": EVERYTHING, "fields": ["Anual Revenue"]}, "Did you mean Annual_Revenue"),
        ({"criteria": EVERYTHING, "fields": ["Contracts"]}, "only when a record is read alone"),
        ({"criteria": "Anual_Revenue > 5"}, "Did you mean Annual_Revenue"),
        ({"criteria": "(Anual Revenue:equals:5)"}, "Did you mean Annual_Revenue"),
        ({"criteria": "Industry = Technology"}, "Technology is no value"),
        ({"criteria": "(Industry:equals:Tech)"}, "'Tech' is not among the values of Industry"),
        ({"filters": filters(("Anual Revenue", "equals", 5))}, "Did you mean Annual_Revenue"),
        ({"filters": filters(("Owner", "equals", "Nobody"))}, "No user has the name"),
        ({"filters": ["Industry = 'x'"]}, "is no filter"),
        ({"word": "acme", "fields": ["Parent_Account.Industry"]}, "Leave it out|can be read with filters"),
        ({"criteria": EVERYTHING, "cursor": "abc"}, "is damaged or not one of ours"),
    ],
)
async def test_what_is_wrong_is_refused_before_a_search_is_sent(
    many: Simulator, given: dict[str, object], message: str
) -> None:
    async with services(many) as parts:
        before = len(many.requests)
        with pytest.raises(InvalidInputError, match=message):
            await parts.search.search("Accounts", **given)  # type: ignore[arg-type]
        sent = {entry.path for entry in many.requests[before:]}
        assert not any(path.endswith(("/search", "/coql")) for path in sent)


async def test_counting_is_exact_and_says_nothing_twice(simulator: Simulator) -> None:
    simulator.settings.index_lag_seconds = 0
    async with services(simulator) as parts:
        rows = await everything(parts, "Industry", "Account_Name")
        retail = sum(row.get("Industry") == "Retail" for row in rows)
        assert await parts.search.count("Accounts") == len(rows) == 60
        assert await parts.search.count("accounts", criteria="Industry:equals:Retail") == retail
        assert await parts.search.count("Accounts", filters=filters(("Industry", "not_equal", "Retail"))) == 60 - retail
        await parts.api.create(
            "Accounts", [{"Account_Name": "50% off"}, {"Account_Name": "500 off", "Description": "x"}]
        )
        assert await parts.search.count("Accounts", filters=filters(("Account_Name", "contains", "50%"))) == 1
        assert await parts.search.count("Accounts", filters=filters(("Description", "contains", "x"))) >= 1


async def test_what_coql_refuses_is_asked_of_the_search_interface(simulator: Simulator) -> None:
    refusal = {
        "code": "INVALID_QUERY",
        "details": {"reason": "invalid operator found"},
        "message": "x",
        "status": "error",
    }
    given = filters(("Account Name", "starts_with", "A"))
    async with services(simulator) as parts:
        expected = {str(row["id"]) for row in await whole(parts, filters=given)}
        simulator.faults.add("*/coql", status=400, body=refusal)
        page = await parts.search.search("Accounts", filters=given, limit=2)
        assert (page.via, page.criteria) == ("search", "(Account_Name:starts_with:A)")
        rows = page.records
        while page.next_cursor:
            page = await parts.search.search("Accounts", filters=given, limit=2, cursor=page.next_cursor)
            assert page.via == "search"
            rows += page.records
        assert {row["id"] for row in rows} == expected


async def test_denied_fields_are_neither_shown_nor_searched_by(simulator: Simulator) -> None:
    async with services(simulator, fields_deny=["Accounts.Annual_Revenue", "Accounts.Owner"]) as parts:
        page = await parts.search.search("Accounts", criteria=EVERYTHING)
        assert not {"Annual_Revenue", "Owner"} & {name for row in page.records for name in row}
        for given in (
            {"criteria": "Annual_Revenue > 5"},
            {"criteria": "(Annual_Revenue:greater_than:5)"},
            {"filters": filters(("Annual Revenue", "greater_than", 5))},
            {"criteria": "Owner.last_name = 'x'"},
            {"criteria": EVERYTHING, "sort_by": "Annual Revenue"},
            {"criteria": EVERYTHING, "fields": ["Annual Revenue"]},
        ):
            with pytest.raises(InvalidInputError, match="Unknown field"):
                await parts.search.search("Accounts", **given)


async def test_records_of_an_owner_who_has_left_are_found_by_name(simulator: Simulator) -> None:
    async with services(simulator) as parts:
        left = next(user for user in simulator.state.users.by_id.values() if user.status != "active")
        given = filters(("Owner", "equals", left.name))
        assert (await parts.search.search("Accounts", filters=given)).criteria == f"Owner = '{left.id}'"
        with pytest.raises(InvalidInputError, match="No active user"):
            await parts.schema.check_values("Accounts", {"Owner": left.name}, creating=False)


async def test_multi_selects_are_searched_by_their_values(simulator: Simulator) -> None:
    async with services(simulator) as parts:
        rows = await everything(parts, "Product_Interests")
        chosen = {str(row["id"]): row.get("Product_Interests") or [] for row in rows}
        for op, holds in (
            ("contains", lambda found: {"CRM", "Support"} <= found),
            ("in", lambda found: bool({"CRM", "Support"} & found)),
            ("not_in", lambda found: not {"CRM", "Support"} & found),
            ("equals", lambda found: found == {"CRM", "Support"}),
        ):
            given = filters(("Product Interests", op, ["crm", "Support"]))
            found = {str(row["id"]) for row in await whole(parts, filters=given, limit=200)}
            assert found == {key for key, values in chosen.items() if holds({str(one) for one in values})}  # type: ignore[union-attr]
