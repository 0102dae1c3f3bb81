"""Whether an HTTP server may start at all, and what it says when it may not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from support.child import END, Child, environment, serve
from support.clients import call
from support.postgres import TestCluster
from support.tenants import Companies, Server, both_companies, companies  # noqa: F401 -- a fixture

pytestmark = pytest.mark.anyio

EVERYWHERE = "0.0.0.0"  # noqa: S104 -- whether one may listen there is what is tested
LONG = "a-token-of-the-environment-0123456789"
ISSUER, AUDIENCE = "https://login.example.com", "https://crm.example.com/mcp"
SIGN_IN = dict.fromkeys(("ZOHO_SDK_CLIENT_ID", "ZOHO_SDK_CLIENT_SECRET", "ZOHO_SDK_REFRESH_TOKEN"), "x")
DATABASE_AWAY = "postgresql://nobody@127.0.0.1:1/none?connect_timeout=2"


def refused(folder: Path, *options: str, **variables: str) -> str:
    """Start what must not start, and return the one line that says why."""
    command = serve("--transport", "http", "--port", "0", *options)
    with Child(*command, env=environment(folder, **variables), cwd=folder) as child:
        assert child.receive() is END
        assert child.exit_code() == 2
        (line,) = [one for one in child.errors().splitlines() if one.startswith("zohocrm-mcp: ")]
    return line


@contextmanager
def started(folder: Path, *options: str, **variables: str) -> Iterator[Server]:
    command = serve("--transport", "http", "--port", "0", *options)
    env = environment(folder, **{"ZOHO_MCP_LOG_FORMAT": "json", **variables})
    with Child(*command, env=env, cwd=folder) as child:
        port = json.loads(child.error_line('"listening"'))["url"].rpartition(":")[2].partition("/")[0]
        yield Server(child, f"http://127.0.0.1:{port}")


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "127.0.0.2"])
async def test_beyond_the_loopback_there_is_no_start_without_tokens(tmp_path: Path, host: str) -> None:
    told = refused(tmp_path, "--host", host, "--demo")
    assert f"--host is {host!r}" in told
    assert "token create" in told


async def test_commas_are_no_tokens(tmp_path: Path) -> None:
    told = refused(tmp_path, "--host", EVERYWHERE, "--demo", ZOHO_MCP_HTTP_TOKENS=" , ,")
    assert "authentication" in told


async def test_a_database_without_tokens_is_no_authentication(both: Companies, tmp_path: Path) -> None:
    assert "authentication" in refused(tmp_path, "--host", EVERYWHERE, DATABASE_URL=both.database_url)


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"ZOHO_MCP_HTTP_TOKENS": "short"}, "each token must have 32 characters or more"),
        ({"ZOHO_MCP_HTTP_TOKENS": f"{LONG},short"}, "each token must have 32 characters or more"),
        ({"ZOHO_MCP_HTTP_TOKENS": f"{LONG}é"}, "visible ASCII characters"),
        ({"ZOHO_MCP_HTTP_ISSUER": ISSUER}, "ZOHO_MCP_HTTP_AUDIENCE is not"),
        ({"ZOHO_MCP_HTTP_AUDIENCE": AUDIENCE}, "ZOHO_MCP_HTTP_ISSUER is not"),
        ({"ZOHO_MCP_HTTP_ISSUER": ISSUER, "ZOHO_MCP_HTTP_AUDIENCE": "a-client"}, "ZOHO_MCP_HTTP_URL is not set"),
        ({"ZOHO_MCP_HTTP_URL": "http://crm.example.com/mcp"}, "use https"),
        ({"ZOHO_MCP_HTTP_URL": "crm.example.com"}, "must be an https URL"),
        ({"ZOHO_MCP_HTTP_ISSUER": "http://login.example.com", "ZOHO_MCP_HTTP_AUDIENCE": AUDIENCE}, "use https"),
        ({"ZOHO_MCP_HTTP_ISSUER": ISSUER, "ZOHO_MCP_HTTP_AUDIENCE": "http://crm.example.com/mcp"}, "use https"),
        ({"ZOHO_MCP_HTTP_ISSUER": "login", "ZOHO_MCP_HTTP_AUDIENCE": AUDIENCE}, "must be an https URL"),
        ({"ZOHO_MCP_HTTP_ISSUER": f"{ISSUER}?a=b", "ZOHO_MCP_HTTP_AUDIENCE": AUDIENCE}, "without a query"),
        ({"ZOHO_MCP_ALLOWED_HOSTS": "https://crm.example.com"}, "is not of the form host"),
        ({"ZOHO_MCP_ALLOWED_HOSTS": "*"}, "is not of the form host"),
        ({"ZOHO_MCP_ALLOWED_ORIGINS": "crm.example.com"}, "is not of the form https://host"),
        ({"ZOHO_MCP_ALLOWED_ORIGINS": "https://*.example.com"}, "is not of the form https://host"),
        ({"ZOHO_MCP_ALLOWED_ORIGINS": "https://crm.example.com/page"}, "is not of the form https://host"),
    ],
)
async def test_a_setting_that_is_wrong_on_its_face_is_named(
    tmp_path: Path, variables: dict[str, str], told: str
) -> None:
    line = refused(tmp_path, "--demo", **variables)
    assert told in line
    assert any(variable in line for variable in variables)
    assert LONG not in line


async def test_with_a_token_of_the_environment_it_listens_everywhere_and_asks_everybody(tmp_path: Path) -> None:
    with started(tmp_path, "--demo", "--host", EVERYWHERE, ZOHO_MCP_HTTP_TOKENS=LONG) as server:
        assert server.post().status_code == 401
        assert server.post(LONG).status_code == 200
        assert server.post(LONG, Host="evil.example").status_code == 421
        warning = server.child.error_line("only these hosts")
        assert "ZOHO_MCP_ALLOWED_HOSTS" in warning
        assert ":*" not in warning


async def test_a_server_behind_a_proxy_that_asks_nobody_says_so(tmp_path: Path) -> None:
    """To it every caller is one of this machine; its public name tells that they are not."""
    names = {"ZOHO_MCP_ALLOWED_HOSTS": "crm.example.com,localhost:8000"}
    with started(tmp_path, "--demo", **names) as server:
        warning = json.loads(server.child.error_line("no token is asked for"))
        assert warning["hosts"] == ["crm.example.com"]
    with started(tmp_path, "--demo", ZOHO_MCP_HTTP_TOKENS=LONG, **names) as server:
        assert server.post().status_code == 401
    assert "no token is asked for" not in server.child.errors()
    with started(tmp_path, "--demo", ZOHO_MCP_ALLOWED_HOSTS="localhost:8000") as server:
        assert server.post().status_code == 200
    assert "no token is asked for" not in server.child.errors()


async def test_with_a_stored_token_it_listens_everywhere(postgres_cluster: TestCluster, tmp_path: Path) -> None:
    with companies(postgres_cluster, tmp_path) as made:
        token = made.token("first", "acme")
        variables = {name: value for name, value in made.variables().items() if name.startswith(("ZOHO", "DATABASE"))}
        with started(tmp_path, "--host", EVERYWHERE, **variables) as server:
            assert server.post().status_code == 401
            assert server.post(token).status_code == 200
        made.revoke("first")
        assert "authentication" in refused(tmp_path, "--host", EVERYWHERE, **variables)


async def test_beyond_the_loopback_nobody_comes_in_while_the_database_does_not_tell(tmp_path: Path) -> None:
    with started(tmp_path, "--host", EVERYWHERE, DATABASE_URL=DATABASE_AWAY, **SIGN_IN) as server:
        assert server.post().status_code == 401
        assert server.post("zohocrm_mcp_" + "A" * 43).status_code == 503
        assert httpx2.get(f"{server.root}/healthz").status_code == 200


async def test_the_simulator_is_everybodys_whatever_a_token_says(postgres_cluster: TestCluster, tmp_path: Path) -> None:
    with companies(postgres_cluster, tmp_path) as made:
        token = made.token("first", "acme", "read")
        with made.serving("--demo") as server:
            assert server.post().status_code == 401
            async with server.client(token) as client:
                assert (await call(client, "get_accounts", limit=200))["count"] > 30
                assert "update_account" not in {tool.name for tool in (await client.list_tools()).tools}
