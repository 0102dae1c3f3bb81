"""Alive, ready: what an orchestrator asks a server, and what it may learn."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from support.postgres import TestCluster
from support.watching import Watched, until, watched
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.store import database_of
from zohocrm_mcp.simulator import Simulator

TOKEN = "a-token-of-the-environment-0123456789"
NOWHERE = "postgresql://nobody:hidden@127.0.0.1:1/none?connect_timeout=2"


def wrong(server: Watched) -> tuple[int, list[str]]:
    """The status of /readyz, and the checks that it finds wrong."""
    answer = server.get("/readyz")
    checks = answer.json()["checks"]
    return answer.status_code, [name for name, check in checks.items() if check["status"] == "error"]


def test_a_server_is_ready_without_any_call_and_asks_zoho_nothing(
    tmp_path: Path, simulator: Simulator, database_url: str
) -> None:
    with watched(tmp_path, simulator, database_url, env={"ZOHO_MCP_HTTP_TOKENS": TOKEN}) as server:
        assert server.get("/healthz").json() == {"status": "alive"}
        server.until_ready()
        until(lambda: server.get("/readyz").json()["status"] == "ready")
    assert simulator.requests == []


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_are_answered_by_whatever_name_the_server_is_called(
    tmp_path: Path, simulator: Simulator, database_url: str, path: str
) -> None:
    with watched(tmp_path, simulator, database_url, env={"ZOHO_MCP_HTTP_TOKENS": TOKEN}) as server:
        server.until_ready()
        until(lambda: server.get(path, Host="10.1.2.3:8000").status_code == 200)


def test_a_database_that_is_not_there_is_named_without_saying_where_it_was_looked_for(
    tmp_path: Path, simulator: Simulator
) -> None:
    with watched(tmp_path, simulator, NOWHERE) as server:
        assert server.get("/healthz").status_code == 200
        until(lambda: wrong(server) == (503, ["database"]))
        text = server.get("/readyz").text
        assert server.numbers()("ready", check="database") == 0
        assert "hidden" not in server.get("/metrics").text
    assert not any(word in text for word in ("nobody", "hidden", "127.0.0.1", "Traceback"))


def test_a_database_that_goes_away_is_noticed_and_so_is_its_return(
    tmp_path: Path, simulator: Simulator, database_url: str, postgres_cluster: TestCluster
) -> None:
    name = urlsplit(database_url).path.removeprefix("/")
    with watched(tmp_path, simulator, database_url) as server:
        server.until_ready()
        postgres_cluster._execute("ALTER DATABASE {} ALLOW_CONNECTIONS false", name)
        postgres_cluster._connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        until(lambda: wrong(server) == (503, ["database"]))
        assert "database" in json.loads(server.child.error_line('"not ready"'))["check"]
        postgres_cluster._execute("ALTER DATABASE {} ALLOW_CONNECTIONS true", name)
        server.until_ready()


def test_migrations_of_another_making_are_told_from_a_database_that_is_away(
    tmp_path: Path, simulator: Simulator, database_url: str, settings: Settings
) -> None:
    database = database_of(settings)
    with database.connection() as db:
        db.execute("UPDATE zohocrm_migrations SET checksum = 'edited' WHERE number = 1")
    database.close()
    with watched(tmp_path, simulator, database_url) as server:
        until(lambda: wrong(server) == (503, ["migrations"]))
        assert server.get("/readyz").json()["checks"]["sign_in"] == {"status": "not checked"}


@pytest.mark.anyio
async def test_a_sign_in_that_zoho_refuses_is_named(tmp_path: Path, simulator: Simulator, database_url: str) -> None:
    with watched(tmp_path, simulator, database_url) as server:
        server.until_ready()
        simulator.revoke_tokens()
        assert (await server.call("get_accounts")).is_error
        until(lambda: wrong(server) == (503, ["sign_in"]))
        assert server.numbers()("token_refreshes_total", connection="default", outcome="refused") >= 1


def test_what_is_alive_says_so_over_sse_as_well(tmp_path: Path, simulator: Simulator, database_url: str) -> None:
    with watched(tmp_path, simulator, database_url, "--transport", "sse") as server:
        assert server.get("/healthz").status_code == 200
        server.until_ready()


def test_a_signal_ends_a_server_whose_parts_are_being_opened(tmp_path: Path, simulator: Simulator) -> None:
    with watched(tmp_path, simulator, NOWHERE) as server:
        server.get("/healthz")
        server.child.process.send_signal(signal.SIGTERM)
        assert server.child.exit_code() == 0
        assert "Traceback" not in server.child.errors()
