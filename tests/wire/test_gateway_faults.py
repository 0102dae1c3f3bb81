"""What the gateway makes of faults: reads are tried again, writes only where Zoho cannot have received them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest

from support.callers import first_ids, gateway
from support.limits import until
from zohocrm_mcp.config import Settings
from zohocrm_mcp.errors import (
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    UnavailableError,
    UnknownOutcomeError,
    ZohoAPIError,
    ZohoError,
    ZohoRateLimitError,
)
from zohocrm_mcp.models import Call
from zohocrm_mcp.simulator import Simulator
from zohocrm_mcp.zoho.api import CrmApi
from zohocrm_mcp.zoho.opening import Opened

pytestmark = pytest.mark.anyio
GET, PUT = "GET /crm/v8/{module}/{id}", "PUT /crm/v8/{module}/{id}"
MOST_TRIES = 4


class Zoho:
    """The API of a gateway, and one account."""

    def __init__(self, opened: Opened, account: str) -> None:
        self.opened, self.api, self.account = opened, CrmApi(opened.gateway), account

    def gives_up_soon(self) -> None:
        """For calls that hang: others are to be waited for, however busy the machine is."""
        pool = self.opened.gateway._exchange._session._pool
        pool._timeout = (pool._timeout[0], 4.0)

    async def read(self) -> object:
        return (await self.api.get_record("Accounts", self.account, ["Phone"])).data[0]["Phone"]

    async def write(self, phone: str = "42") -> object:
        return (await self.api.update("Accounts", self.account, {"Phone": phone})).data[0]["code"]


@pytest.fixture
async def zoho(settings: Settings) -> AsyncIterator[Zoho]:
    async with gateway(settings) as opened:
        yield Zoho(opened, (await first_ids(CrmApi(opened.gateway)))[0])


BROKEN = ["hang", "reset_before", "reset_after", "cut", "truncated", "empty", "html"]


@pytest.mark.parametrize("kind", [*BROKEN, "status"])
async def test_a_read_without_an_answer_is_tried_again(zoho: Zoho, simulator: Simulator, kind: str) -> None:
    zoho.gives_up_soon()
    simulator.faults.add(GET, kind)
    assert await zoho.read() is not None
    assert simulator.counters.routes[GET] == 2


@pytest.mark.parametrize("kind", ["html", "status"])
async def test_a_read_is_tried_so_often_and_no_more(zoho: Zoho, simulator: Simulator, kind: str) -> None:
    simulator.faults.add(GET, kind, count=None)
    with pytest.raises(UnavailableError):
        await zoho.read()
    assert simulator.counters.routes[GET] == MOST_TRIES


@pytest.mark.parametrize("kind", [*BROKEN, "status"])
async def test_a_write_without_an_answer_is_sent_once_and_its_outcome_is_unknown(
    zoho: Zoho, simulator: Simulator, kind: str
) -> None:
    zoho.gives_up_soon()
    simulator.faults.add(PUT, kind)
    with pytest.raises(UnknownOutcomeError):
        await zoho.write()
    assert simulator.counters.routes[PUT] == 1


@pytest.mark.parametrize("kind", ["reset_after", "cut", "truncated", "empty"])
async def test_a_write_of_unknown_outcome_may_have_been_made(zoho: Zoho, simulator: Simulator, kind: str) -> None:
    simulator.faults.add(PUT, kind)
    with pytest.raises(UnknownOutcomeError):
        await zoho.write("4711")
    assert await zoho.read() == "4711"


async def test_a_write_that_never_reached_zoho_is_unavailable(zoho: Zoho, simulator: Simulator) -> None:
    simulator.stop()
    with pytest.raises(UnavailableError):
        await zoho.write()


async def test_a_throttled_write_was_not_made_and_is_sent_again(zoho: Zoho, simulator: Simulator) -> None:
    simulator.faults.add(PUT, status=429, count=2)
    assert await zoho.write() == "SUCCESS"
    assert simulator.counters.routes[PUT] == 3


async def test_throttling_that_lasts_says_how_long_to_wait(zoho: Zoho, simulator: Simulator) -> None:
    simulator.faults.add(GET, status=429, headers={"Retry-After": "300"}, count=None)
    with pytest.raises(ZohoRateLimitError) as refused:
        await zoho.read()
    assert refused.value.retry_after == pytest.approx(300, abs=20)
    assert simulator.counters.routes[GET] == 1
    with pytest.raises(ZohoRateLimitError, match="nothing was sent"):
        await zoho.read()
    assert simulator.counters.routes[GET] == 1


@pytest.mark.parametrize("body", ["<html>slow down</html>", '"slow down"', "[]", {"code": "RATE_LIMIT_EXCEEDED"}])
async def test_a_429_is_known_by_its_status_whatever_the_body(zoho: Zoho, simulator: Simulator, body: object) -> None:
    simulator.faults.add(GET, status=429, body=body, count=None)
    with pytest.raises(ZohoRateLimitError):
        await zoho.read()
    simulator.faults.clear()
    assert await zoho.read() is not None


async def test_a_redirection_is_not_followed_and_is_no_answer(zoho: Zoho, simulator: Simulator) -> None:
    there = {"Location": f"{simulator.api_url}/elsewhere"}
    simulator.faults.add(GET, status=302, headers=there, body={"data": []}, count=None)
    with pytest.raises(UnavailableError, match="302"):
        await zoho.read()
    assert not simulator.counters.unknown


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, "INVALID_DATA", InvalidInputError),
        (401, "OAUTH_SCOPE_MISMATCH", NotAllowedError),
        (403, "NO_PERMISSION", NotAllowedError),
        (404, "INVALID_URL_PATTERN", NotFoundError),
        (400, "INVALID_MODULE", NotFoundError),
        (415, "MEDIA_TYPE_NOT_SUPPORTED", ZohoAPIError),
        (418, "TEAPOT", ZohoAPIError),
    ],
)
async def test_a_flat_refusal_is_not_tried_again_and_names_its_code(
    zoho: Zoho, simulator: Simulator, status: int, code: str, error: type[ZohoError]
) -> None:
    body = {"code": code, "details": {}, "message": "no", "status": "error"}
    simulator.faults.add(GET, status=status, body=body)
    with pytest.raises(error, match=code) as refused:
        await zoho.read()
    assert type(refused.value) is error
    assert refused.value.details["code"] == code
    assert simulator.counters.routes[GET] == 1


async def test_an_answer_that_is_no_object_is_refused(zoho: Zoho, simulator: Simulator) -> None:
    simulator.faults.add(GET, status=200, body=[1, 2])
    with pytest.raises(ZohoAPIError, match="answered list where an object was expected"):
        await zoho.read()


async def test_half_an_emoji_costs_one_character_and_not_the_page(zoho: Zoho, simulator: Simulator) -> None:
    simulator.faults.add(GET, status=200, body='{"data": [{"Phone": "a\\ud83d"}]}')
    assert await zoho.read() == "a?"


async def test_a_whole_emoji_stays_whole(zoho: Zoho, simulator: Simulator) -> None:
    simulator.faults.add(GET, status=200, body='{"data": [{"Phone": "\\ud83d\\ude00"}]}')
    assert await zoho.read() == "\N{GRINNING FACE}"


async def test_a_read_that_is_cancelled_ends_at_once_and_keeps_its_place_until_zoho_is_done(
    zoho: Zoho, simulator: Simulator
) -> None:
    budget = zoho.opened.finder.found
    assert budget is not None
    simulator.faults.add(GET, "delay", seconds=60)
    async with anyio.create_task_group() as group:
        group.start_soon(zoho.read)
        await until(lambda: simulator.counters.routes[GET] == 1)
        group.cancel_scope.cancel()
    assert len(budget.places.busy) == 1
    simulator.faults.clear()
    await until(lambda: not budget.places.busy)


async def test_a_write_that_is_cancelled_is_seen_through(zoho: Zoho, simulator: Simulator) -> None:
    simulator.faults.add(PUT, "delay", seconds=0.2)
    ended: list[object] = []

    async def write() -> None:
        ended.append(await zoho.write("77"))

    async with anyio.create_task_group() as group:
        group.start_soon(write)
        await until(lambda: simulator.counters.routes[PUT] == 1)
        group.cancel_scope.cancel()
    assert ended == ["SUCCESS"]
    assert await zoho.read() == "77"


async def test_between_writes_a_cancellation_is_noticed(zoho: Zoho) -> None:
    written: list[object] = []

    async def write_on() -> None:
        while True:
            written.append(await zoho.write())

    async with anyio.create_task_group() as group:
        group.start_soon(write_on)
        await until(lambda: len(written) > 2)
        group.cancel_scope.cancel()
    assert set(written) == {"SUCCESS"}


async def test_mixed_outcomes_are_answers(zoho: Zoho) -> None:
    answer = await zoho.api.update_many(
        "Accounts", [{"id": zoho.account, "Phone": "1"}, {"id": zoho.account, "Annual_Revenue": "much"}]
    )
    assert (answer.status, [row["code"] for row in answer.data]) == (207, ["SUCCESS", "INVALID_DATA"])


async def test_a_write_that_failed_whole_is_an_answer(zoho: Zoho) -> None:
    answer = await zoho.api.update("Accounts", zoho.account, {"Annual_Revenue": "much"})
    assert (answer.status, answer.data[0]["code"]) == (400, "INVALID_DATA")


async def test_a_record_that_is_gone_is_not_found(zoho: Zoho) -> None:
    assert (await zoho.api.get_record("Accounts", "5437896000000999999")).body is None
    with pytest.raises(NotFoundError):
        await zoho.api.update("Accounts", "5437896000000999999", {"Phone": "1"})


async def test_a_path_of_its_own_goes_through_the_same_gate(zoho: Zoho) -> None:
    answer = await zoho.opened.gateway.call(Call("GET", "/crm/v8/org"))
    assert answer.status == 200
