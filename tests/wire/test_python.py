"""The client for scripts, call by call, over the simulator and a real database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from support.callers import environment_of
from zohocrm_mcp import ZohoAPIError, ZohoAuthError, ZohoConfigError, ZohoRateLimitError, ZohoSDKClient
from zohocrm_mcp.config import Settings
from zohocrm_mcp.errors import InvalidInputError, UnavailableError
from zohocrm_mcp.models import Record
from zohocrm_mcp.simulator import Simulator

ALL = 450
UNKNOWN = "5437896000000999999"
GET, LIST, COQL = "GET /crm/v8/{module}/{id}", "GET /crm/v8/{module}", "POST /crm/v8/coql"
UPDATE = "PUT /crm/v8/{module}/{id}"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(accounts=ALL, seed=1) as running:
        yield running


@pytest.fixture
def new_client(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> type[ZohoSDKClient]:
    """The client as a program has it: with the settings in the environment."""
    for variable, value in environment_of(settings).items():
        monkeypatch.setenv(variable, value)
    return ZohoSDKClient


@pytest.fixture
def client(new_client: type[ZohoSDKClient]) -> Iterator[ZohoSDKClient]:
    with new_client() as opened:
        yield opened


def ids(records: list[Record]) -> list[str]:
    return [str(record["id"]) for record in records]


def some(client: ZohoSDKClient, count: int) -> list[str]:
    return ids(client.get_accounts(limit=count))


def everybody(simulator: Simulator) -> list[str]:
    return [str(one) for one in simulator.state.tables["Accounts"].ids()]


def test_pages_follow_each_other_to_the_last_and_cost_a_call_each(client: ZohoSDKClient, simulator: Simulator) -> None:
    pages = [client.get_accounts(limit=200, page=number) for number in (1, 2, 3, 4, 5)]
    assert [len(page) for page in pages] == [200, 200, 50, 0, 0]
    found = ids([record for page in pages for record in page])
    assert sorted(found) == everybody(simulator)
    assert simulator.counters.routes[LIST] == 5  # the fourth and the fifth find out that the third was the last


def test_a_page_may_be_asked_for_before_those_before_it(client: ZohoSDKClient) -> None:
    third = client.get_accounts(limit=60, page=3, fields=["Account Name"])
    in_order = ids(client.get_accounts(limit=200, fields=["Account Name"]))
    assert ids(third) == in_order[120:180]
    assert ids(client.get_accounts(limit=7, page=20, fields=["Account Name"])) == in_order[133:140]


def test_the_first_page_is_always_read_anew(client: ZohoSDKClient) -> None:
    (one,) = some(client, 1)
    client.update_account(one, {"Phone": "4711"})
    assert client.get_accounts(limit=1, fields=["Phone"]) == [{"id": one, "Phone": "4711"}]


def test_a_cursor_that_zoho_has_forgotten_is_replaced(client: ZohoSDKClient, simulator: Simulator) -> None:
    before = client.get_accounts(limit=100, page=1), client.get_accounts(limit=100, page=2)
    body = {"code": "EXPIRED_VALUE", "details": {}, "message": "expired", "status": "error"}
    simulator.faults.add(LIST, status=400, body=body)
    assert client.get_accounts(limit=100, page=2) == before[1]


def test_pages_are_sorted_as_asked(client: ZohoSDKClient) -> None:
    by_name = client.get_accounts(limit=200, sort_by="account name", fields=["Account_Name"])
    names = [str(record["Account_Name"]) for record in by_name]
    assert names == sorted(names)
    assert {key for record in by_name for key in record} == {"id", "Account_Name"}
    by_id = ids(client.get_accounts(limit=200, sort_order="DESC"))
    assert by_id == sorted(by_id, reverse=True)
    stamps = [
        record["Modified_Time"] for record in client.get_accounts(sort_by="Modified_Time", fields=["Modified_Time"])
    ]
    assert stamps == sorted(stamps, key=str)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 201}, "limit"),
        ({"page": 0}, "page"),
        ({"sort_order": "sideways"}, "sort_order"),
        ({"fields": ["Anual_Revenue"]}, "Anual_Revenue"),
        ({"sort_by": "Anual_Revenue"}, "Anual_Revenue"),
    ],
)
def test_what_is_out_of_range_or_unknown_is_refused(
    client: ZohoSDKClient, arguments: dict[str, object], field: str
) -> None:
    with pytest.raises(ZohoAPIError) as refused:
        client.get_accounts(**arguments)  # type: ignore[arg-type]
    assert refused.value.details["field"] == field


def test_long_texts_are_whole_wherever_they_are_read(client: ZohoSDKClient) -> None:
    (one,) = some(client, 1)
    text = "long " * 3_000
    assert client.update_account(one, {"Description": text})["Description"] == text
    assert client.get_account(one)["Description"] == text
    assert client.get_accounts(limit=1, fields=["Description"])[0]["Description"] == text
    (found,) = client.bulk_read_accounts(f"id = {one}", ["Description"])
    assert found["Description"] == text


def test_an_unknown_id_is_an_error_of_the_api(client: ZohoSDKClient) -> None:
    with pytest.raises(ZohoAPIError, match=f"no record {UNKNOWN}") as missing:
        client.get_account(UNKNOWN)
    assert missing.value.details == {"record_id": UNKNOWN}
    with pytest.raises(ZohoAPIError, match=f"no record {UNKNOWN}"):
        client.update_account(UNKNOWN, {"Phone": "1"})


def test_an_update_answers_the_account_as_it_is_now(client: ZohoSDKClient) -> None:
    (one,) = some(client, 1)
    values = {"Phone": None, "Last_Engagement_Date": date(2026, 2, 3), "annual revenue": Decimal("12.5")}
    updated = client.update_account(one, values)
    assert updated == client.get_account(one)
    assert (updated["Last_Engagement_Date"], updated["Annual_Revenue"]) == ("2026-02-03", 12.5)
    assert "Phone" not in updated


@pytest.mark.parametrize("value", ["Nonsense", object()])
def test_a_bad_value_is_refused_and_nothing_is_sent(client: ZohoSDKClient, simulator: Simulator, value: object) -> None:
    (one,) = some(client, 1)
    with pytest.raises(ZohoAPIError) as refused:
        client.update_account(one, {"Industry": value})
    assert refused.value.details["code"] == "INVALID_DATA"
    assert not simulator.counters.routes[UPDATE]


def test_a_client_that_only_reads_does_not_write(
    new_client: type[ZohoSDKClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZOHO_MCP_READ_ONLY", "true")
    with new_client() as client:
        (one,) = some(client, 1)
        for write in (
            lambda: client.update_account(one, {"Phone": "1"}),
            lambda: client.bulk_update_accounts([{"id": one, "Phone": "1"}]),
        ):
            with pytest.raises(ZohoAuthError, match="only reads") as refused:
                write()
            assert refused.value.details["variable"] == "ZOHO_MCP_READ_ONLY"


def test_a_search_takes_both_syntaxes(client: ZohoSDKClient) -> None:
    zoho = client.search_accounts("(Industry:equals:Retail)")
    assert zoho
    assert {record["Industry"] for record in zoho} == {"Retail"}
    assert client.search_accounts("Industry = 'Retail'") == zoho
    assert client.search_accounts("(Industry:equals:Retail)", limit=2) == zoho[:2]


def test_a_search_may_find_more_than_a_page(client: ZohoSDKClient, simulator: Simulator) -> None:
    assert sorted(ids(client.search_accounts("id is not null", limit=1_000))) == everybody(simulator)
    assert len(client.search_accounts("id is not null")) == 200
    assert len(client.search_accounts("id is not null", limit=333)) == 333


@pytest.mark.parametrize(("criteria", "limit"), [("", 1), ("(Industry:equals:Retail)", 0), ("Colour = 'red'", 1)])
def test_a_search_for_nothing_or_for_what_there_is_not_is_refused(
    client: ZohoSDKClient, criteria: str, limit: int
) -> None:
    with pytest.raises(ZohoAPIError) as refused:
        client.search_accounts(criteria, limit)
    assert refused.value.details["field"] in {"criteria", "limit", "Colour"}


def test_all_accounts_are_read(client: ZohoSDKClient, simulator: Simulator) -> None:
    found = client.bulk_read_accounts()
    assert ids(found) == everybody(simulator)
    assert list(client.iter_accounts()) == found
    names = client.bulk_read_accounts("(Industry:equals:Retail)", ["account name"])
    assert {key for record in names for key in record} == {"id", "Account_Name"}
    assert ids(names) == [str(record["id"]) for record in found if record.get("Industry") == "Retail"]


def test_a_wrong_condition_is_told_at_the_first_record(client: ZohoSDKClient) -> None:
    accounts = client.iter_accounts("Colour = 'red'")
    with pytest.raises(ZohoAPIError, match="Colour"):
        next(accounts)


@pytest.mark.parametrize("retries", [0, 1, 2])
def test_a_call_is_repeated_as_often_as_told(
    new_client: type[ZohoSDKClient], simulator: Simulator, retries: int
) -> None:
    with new_client(max_retries=retries, retry_delay=0.01) as client:
        (one,) = some(client, 1)
        simulator.faults.add(GET, status=500, count=None)
        with pytest.raises(UnavailableError):
            client.get_account(one)
    assert simulator.counters.routes[GET] == retries + 1


@pytest.mark.parametrize("wrong", [{"max_retries": -1}, {"retry_delay": -0.5}])
def test_patience_below_zero_is_refused(new_client: type[ZohoSDKClient], wrong: dict[str, float]) -> None:
    with pytest.raises(ZohoConfigError) as refused:
        new_client(**wrong)  # type: ignore[arg-type]
    assert {refused.value.details["variable"]} == set(wrong)


def test_a_used_up_limit_says_how_long_to_wait(client: ZohoSDKClient, simulator: Simulator) -> None:
    (one,) = some(client, 1)
    simulator.faults.add(GET, status=429, headers={"Retry-After": "300"}, count=None)
    with pytest.raises(ZohoRateLimitError) as refused:
        client.get_account(one)
    assert refused.value.retry_after == pytest.approx(300, abs=20)
    assert refused.value.details["retry_after_seconds"] == pytest.approx(300, abs=20)


def test_denied_fields_do_not_exist(new_client: type[ZohoSDKClient], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOHO_MCP_FIELDS_DENY", "Accounts.Phone")
    with new_client() as client:
        (one,) = some(client, 1)
        assert "Phone" not in client.get_account(one)
        with pytest.raises(InvalidInputError):
            client.update_account(one, {"Phone": "1"})
