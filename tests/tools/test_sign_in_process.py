"""Who serves without a sign-in in the environment: what is stored decides, and looking it up delays nobody."""

from __future__ import annotations

from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from support.child import END, Child, environment, serve
from zohocrm_mcp.config import Settings
from zohocrm_mcp.parts import open_parts

NOWHERE = "postgresql://nobody@127.0.0.1:1/none?connect_timeout=2"


def test_nobody_stored_ends_the_server_with_2_while_the_client_is_still_there(
    tmp_path: Path, database_url: str
) -> None:
    with Child(*serve(), env=environment(tmp_path, DATABASE_URL=database_url), cwd=tmp_path) as child:
        child.greet()
        while child.receive() is not END:
            pass
        assert child.exit_code() == 2
        sentence = child.errors().splitlines()[-1]
    assert "ZOHO_SDK_CLIENT_ID" in sentence
    assert "zohocrm-mcp auth login" in sentence


def test_nobody_stored_ends_it_with_2_when_the_client_left_before_that_was_known(
    tmp_path: Path, database_url: str
) -> None:
    with Child(*serve(), env=environment(tmp_path, DATABASE_URL=database_url), cwd=tmp_path) as child:
        child.hang_up()
        assert child.exit_code() == 2


def test_a_database_that_is_not_there_ends_nothing(tmp_path: Path) -> None:
    with Child(*serve(), env=environment(tmp_path, DATABASE_URL=NOWHERE), cwd=tmp_path) as child:
        child.greet()
        assert child.ask("tools/list")["result"]["tools"]
        child.error_line("sign-in not checked")
        assert child.ask("tools/call", name="list_modules", arguments={})["result"]["isError"]
        child.hang_up()
        assert child.exit_code() == 0


@pytest.mark.anyio
async def test_what_is_stored_may_be_left_out_of_the_environment(
    settings: Settings, tmp_path: Path, database_url: str
) -> None:
    _, close = await open_parts(settings)
    await close()
    hosts = {"ZOHO_SDK_API_URL": settings.api_url, "ZOHO_SDK_ACCOUNTS_URL": settings.accounts_url}
    env = environment(settings.data_dir, DATABASE_URL=database_url, **hosts)

    def work() -> int:
        with Child(*serve(), env=env, cwd=tmp_path) as child:
            child.greet()
            called = child.ask("tools/call", name="get_accounts", arguments={"limit": 1})["result"]
            assert called["structuredContent"]["count"] == 1
            child.hang_up()
            return child.exit_code()

    assert await anyio.to_thread.run_sync(work) == 0
