"""Two companies at one server: each sees, changes and hears of what is its own, and nothing of the other's."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError
from mcp.types import INVALID_PARAMS, ResourceUpdatedNotification

from support.clients import call, first_account
from support.tenants import WIRES, Companies, Server, Wire, both_companies  # noqa: F401 -- a fixture

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("http_tenants")]

PATIENCE = 20.0


@pytest.fixture(scope="module")
def tokens(both: Companies) -> dict[str, str]:
    return {company: both.token(f"of-{company}", company) for company in both.simulators}


@pytest.fixture(scope="module")
def server(both: Companies, tokens: dict[str, str]) -> Iterator[Server]:
    assert tokens
    with both.serving("--toolsets", "accounts,bulk,schema,query,service,records") as running:
        yield running


@pytest.mark.parametrize("wire", WIRES)
async def test_a_caller_sees_the_accounts_of_its_own_connection(
    server: Server, tokens: dict[str, str], wire: Wire
) -> None:
    async with server.client(tokens["acme"], wire) as acme, server.client(tokens["contoso"], wire) as contoso:
        mine = {record["Account_Name"] for record in (await call(acme, "get_accounts", limit=200))["records"]}
        theirs = {record["Account_Name"] for record in (await call(contoso, "get_accounts", limit=200))["records"]}
    assert (len(mine), len(theirs)) == (30, 20)
    assert not mine & theirs


async def test_callers_at_once_get_each_their_own(server: Server, tokens: dict[str, str]) -> None:
    counts: set[tuple[str, int]] = set()

    async def ask(company: str, client: Client) -> None:
        for _ in range(10):
            counts.add((company, (await call(client, "get_accounts", limit=200))["count"]))

    async with (
        server.client(tokens["acme"]) as acme,
        server.client(tokens["contoso"]) as contoso,
        anyio.create_task_group() as group,
    ):
        group.start_soon(ask, "acme", acme)
        group.start_soon(ask, "contoso", contoso)
    assert counts == {("acme", 30), ("contoso", 20)}


@pytest.mark.parametrize("tool", ["get_job", "run_job", "cancel_job", "resume_job", "undo_job"])
async def test_anothers_job_is_not_there(server: Server, tokens: dict[str, str], tool: str) -> None:
    async with server.client(tokens["acme"]) as acme, server.client(tokens["contoso"]) as contoso:
        job = await planned(acme)
        assert await kind_of(contoso, tool, job_id=job) == "not_found"
        assert await kind_of(contoso, tool, job_id="00000000-0000-0000-0000-000000000000") == "not_found"
        with pytest.raises(MCPError, match="There is no job"):
            await contoso.read_resource(f"crm://jobs/{job}")
        assert (await call(acme, "get_job", job_id=job))["state"] == "planned"
        assert job in {one["job_id"] for one in (await call(acme, "list_jobs"))["jobs"]}
        assert job not in {one["job_id"] for one in (await call(contoso, "list_jobs"))["jobs"]}


async def test_anothers_export_is_not_there(server: Server, tokens: dict[str, str]) -> None:
    async with server.client(tokens["acme"]) as acme, server.client(tokens["contoso"]) as contoso:
        uri = (await call(acme, "bulk_read_accounts"))["export_uri"]
        assert len((await acme.read_resource(uri)).contents) == 1
        for one in (uri, f"{uri}.1", f"{uri}.2"):
            with pytest.raises(MCPError, match="There is no export"):
                await contoso.read_resource(one)


async def test_anothers_account_is_not_there(server: Server, tokens: dict[str, str]) -> None:
    async with server.client(tokens["acme"]) as acme, server.client(tokens["contoso"]) as contoso:
        account = await first_account(acme)
        assert await kind_of(contoso, "get_account", account_id=account) in {"not_found", "invalid_input"}
        with pytest.raises(MCPError):
            await contoso.read_resource(f"crm://accounts/{account}")


async def test_anothers_cursor_is_of_no_use(server: Server, tokens: dict[str, str]) -> None:
    async with server.client(tokens["acme"]) as acme, server.client(tokens["contoso"]) as contoso:
        cursor = (await call(acme, "get_accounts", limit=5))["next_cursor"]
        assert await kind_of(contoso, "get_accounts", limit=5, cursor=cursor) == "invalid_input"
        assert (await call(acme, "get_accounts", limit=5, cursor=cursor))["count"] == 5


async def test_anothers_confirmation_is_of_no_use(both: Companies, server: Server, tokens: dict[str, str]) -> None:
    async with server.client(tokens["acme"]) as acme, server.client(tokens["contoso"]) as contoso:
        account = await created(acme)
        asked = await call(acme, "delete_account", account_id=account)
        confirmation = asked["confirm_token"]
        kinds = {"invalid_input", "not_found"}
        assert await kind_of(contoso, "delete_account", account_id=account, confirm_token=confirmation) in kinds
        own = await first_account(contoso)
        assert await kind_of(contoso, "delete_account", account_id=own, confirm_token=confirmation) == "invalid_input"
        assert not [entry for entry in both.simulators["contoso"].requests if entry.method == "DELETE"]
        assert (await call(acme, "delete_account", account_id=account, confirm_token=confirmation))["deleted"]


async def test_a_question_under_way_is_answered_by_who_was_asked_only(
    both: Companies, server: Server, tokens: dict[str, str]
) -> None:
    async with server.client(tokens["acme"]) as acme:
        account = await created(acme)
    given = {"arguments": {"account_id": account}}
    question = server.ask(tokens["acme"], "tools/call", "delete_account", **given)["result"]
    yes = {"action": "accept", "content": {"confirm": True}}
    answer = {
        **given,
        "requestState": question["requestState"],
        "inputResponses": dict.fromkeys(question["inputRequests"], yes),
    }
    for stranger in (tokens["contoso"], both.token("colleague", "acme")):
        refused = server.ask(stranger, "tools/call", "delete_account", **answer)
        assert refused["error"]["code"] == INVALID_PARAMS
    done = server.ask(tokens["acme"], "tools/call", "delete_account", **answer)
    assert done["result"]["structuredContent"] == {"record_id": account, "deleted": True}


async def test_a_listener_is_told_of_its_own_connections_jobs_only(server: Server, tokens: dict[str, str]) -> None:
    async with server.client(tokens["acme"]) as acme, server.client(tokens["contoso"]) as contoso:
        theirs, mine = await planned(acme), await planned(contoso)
        both = [f"crm://jobs/{theirs}", f"crm://jobs/{mine}"]
        async with (
            acme.listen(resource_subscriptions=both) as at_acme,
            contoso.listen(resource_subscriptions=both) as at_contoso,
        ):
            await call(acme, "cancel_job", job_id=theirs)
            with anyio.fail_after(PATIENCE):
                assert (await anext(at_acme)).uri == f"crm://jobs/{theirs}"  # type: ignore[union-attr]
            await call(contoso, "cancel_job", job_id=mine)
            with anyio.fail_after(PATIENCE):
                assert (await anext(at_contoso)).uri == f"crm://jobs/{mine}"  # type: ignore[union-attr]


@pytest.mark.parametrize("wire", ["legacy", "sse"])
@pytest.mark.filterwarnings("ignore::mcp.MCPDeprecationWarning")
async def test_a_session_is_told_of_its_own_connections_jobs_only(
    server: Server, tokens: dict[str, str], wire: Wire
) -> None:
    heard, told = Heard(), Heard()
    async with (
        server.client(tokens["acme"], wire, heard=told) as acme,
        server.client(tokens["contoso"], wire, heard=heard) as contoso,
    ):
        theirs, mine = await planned(acme), await planned(contoso)
        for client in (acme, contoso):
            await client.subscribe_resource(f"crm://jobs/{theirs}")
            await client.subscribe_resource(f"crm://jobs/{mine}")
        await call(acme, "cancel_job", job_id=theirs)
        await told.wait()
        await call(contoso, "cancel_job", job_id=mine)
        await heard.wait()
    assert set(told.uris) == {f"crm://jobs/{theirs}"}
    assert set(heard.uris) == {f"crm://jobs/{mine}"}


class Heard:
    """What a session was told."""

    def __init__(self) -> None:
        self.uris: list[str] = []
        self._came = anyio.Event()

    async def __call__(self, message: Any) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            self.uris.append(str(message.params.uri))
            self._came.set()

    async def wait(self) -> None:
        with anyio.fail_after(PATIENCE):
            await self._came.wait()


async def test_a_connection_that_is_not_signed_in_is_told_what_to_do_and_not_who_else_is(
    both: Companies, server: Server
) -> None:
    async with server.client(both.token("early", "fabrikam")) as client:
        error = (await call(client, "get_accounts"))["error"]
        health = await call(client, "check_health")
    assert error["kind"] == "not_signed_in"
    assert "auth login --connection fabrikam" in error["hint"]
    assert health["status"] == "unhealthy"
    assert not [company for company in both.simulators if company in f"{error} {health}"]


async def test_a_connection_works_as_soon_as_somebody_has_signed_in(both: Companies, server: Server) -> None:
    async with server.client(both.token("late", "northwind")) as client:
        assert await kind_of(client, "get_accounts") == "not_signed_in"
        both.sign_in("northwind", both.simulators["contoso"])
        assert (await call(client, "get_accounts", limit=200))["count"] == 20


@pytest.mark.parametrize("wire", WIRES)
async def test_health_is_that_of_the_callers_connection(server: Server, tokens: dict[str, str], wire: Wire) -> None:
    async with server.client(tokens["contoso"], wire) as client:
        checks = (await call(client, "check_health"))["checks"]
    assert "'contoso'" in checks["token_validity"]["detail"]
    assert "Contoso" in checks["signed_in"]["detail"]


async def test_a_server_with_several_tenants_ends_in_order(both: Companies, tokens: dict[str, str]) -> None:
    with both.serving() as server:
        for token in tokens.values():
            async with server.client(token) as client:
                assert (await call(client, "get_accounts", limit=1))["count"] == 1
        server.child.process.send_signal(signal.SIGTERM)
        assert server.child.exit_code() == 0
        told = server.child.errors()
    assert "Traceback" not in told
    assert '"level": "error"' not in told


async def created(client: Client) -> str:
    """An account that a test may delete: the others count on the rest."""
    return str((await call(client, "create_account", values={"Account_Name": "Short-lived"}))["record_id"])


async def planned(client: Client) -> str:
    """A job that was previewed and waits."""
    record = {"id": await first_account(client), "Phone": "+1 555 0100"}
    return str((await call(client, "bulk_update_accounts", records=[record], dry_run=True))["job_id"])


async def kind_of(client: Client, tool: str, **arguments: Any) -> str:
    return str((await call(client, tool, **arguments))["error"]["kind"])
