"""The doctor: what is well, what is not, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conftest import settings_for
from support.sign_in import command, newcomer
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.finding import home_elsewhere
from zohocrm_mcp.connections.keyring import load_keyring
from zohocrm_mcp.connections.signin import take_in
from zohocrm_mcp.connections.store import database_of
from zohocrm_mcp.db import migrate
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.models import Health
from zohocrm_mcp.services.health.clocks import skew
from zohocrm_mcp.services.health.probes import Probes
from zohocrm_mcp.services.health.service import HealthService, Question, examine
from zohocrm_mcp.simulator import Simulator
from zohocrm_mcp.zoho.opening import open_gateway

pytestmark = pytest.mark.anyio

NOBODY_THERE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture
def store(settings: Settings) -> Iterator[Database]:
    database = database_of(settings)
    yield database
    database.close()


def failed(health: Health) -> set[str]:
    return {name for name, check in health.checks.items() if check.status == "error"}


async def test_everything_is_well(settings: Settings, store: Database, simulator: Simulator) -> None:
    health = await HealthService(settings, store).check()
    assert (health.status, failed(health)) == ("healthy", set())
    assert {"configuration", "database", "migrations", "key_ring", "token_validity"} <= set(health.checks)
    assert {"api_access", "scopes", "certificates", "clock", "api_limits"} <= set(health.checks)
    assert simulator.state.users.current.email in health.checks["signed_in"].detail
    assert simulator.state.org.company_name in health.checks["signed_in"].detail
    assert "API credits in 24 hours" in health.checks["api_limits"].detail


@pytest.mark.parametrize("word", ["Accounts.Anual_Revenue", "Acounts.Annual_Revenue"])
async def test_a_denied_field_that_there_is_not_protects_nothing_and_is_named(
    settings: Settings, store: Database, word: str
) -> None:
    wrong = settings.model_copy(update={"fields_deny": ("Accounts.Phone", word)})
    health = await HealthService(wrong, store).check()
    assert failed(health) == {"denied_fields"}
    assert word in health.checks["denied_fields"].detail
    assert "Did you mean" in health.checks["denied_fields"].detail
    right = settings.model_copy(update={"fields_deny": ("Accounts.Phone", "accounts.Annual Revenue")})
    assert (await HealthService(right, store).check()).status == "healthy"


async def test_a_server_checks_with_the_gateway_that_it_has(
    settings: Settings, store: Database, simulator: Simulator
) -> None:
    with closing(open_gateway(settings, store)) as opened:
        service = HealthService(settings, store, "default", opened)
        assert (await service.check()).status == "healthy"
        assert (await service.limits()).calls_at_once.limit == 20
    assert simulator.counters.token_calls == 1


async def test_a_database_that_is_not_there_is_said_once(settings: Settings) -> None:
    database = Database(lambda: NOBODY_THERE)
    health = await HealthService(settings, database).check()
    assert "database" in failed(health)
    assert "PostgreSQL cannot be used" in health.checks["database"].detail
    assert "?" not in health.checks["database"].detail  # libpq asks back, and the hint has said what to look at
    assert health.checks["token_validity"].detail == "Not checked, because of database."
    assert health.checks["configuration"].status == "ok"


async def test_migrations_that_wait_are_named_with_the_command(settings: Settings, store: Database) -> None:
    migrate.revert(store, 3)
    check = (await HealthService(settings, store).check()).checks["migrations"]
    assert check.status == "error"
    assert "004_create_audit_log" in check.detail
    assert check.hint == "Run `zohocrm-mcp migrate`."


async def test_an_empty_database_gets_its_tables_as_at_the_first_start(settings: Settings, store: Database) -> None:
    migrate.revert(store, 0)
    assert (await HealthService(settings, store).check()).status == "healthy"
    assert migrate.pending(store) == []


async def test_a_lost_key_is_said_by_the_key_ring(settings: Settings, store: Database) -> None:
    take_in(store, load_keyring(settings), settings)
    (settings.data_dir / "encryption.key").unlink()
    health = await HealthService(settings, store).check()
    assert "sealed under key" in health.checks["key_ring"].detail
    assert health.checks["token_validity"].detail == "Not checked, because of key_ring."


async def test_a_revoked_sign_in_says_how_to_sign_in(settings: Settings, store: Database, simulator: Simulator) -> None:
    simulator.revoke_tokens()
    health = await HealthService(settings, store).check()
    assert "no longer accepts the sign-in" in health.checks["token_validity"].detail
    assert "zohocrm-mcp auth login" in (health.checks["token_validity"].hint or "")
    assert health.checks["api_access"].detail == "Not checked, because of token_validity."


async def test_nobody_signed_in_is_said(simulator: Simulator, database_url: str, tmp_path: Path) -> None:
    settings = newcomer(simulator, database_url, tmp_path)
    database = database_of(settings)
    health = await HealthService(settings, database).check()
    database.close()
    assert "nobody has signed in" in health.checks["token_validity"].detail
    assert health.checks["certificates"].status == "ok"


async def test_scopes_that_are_missing_are_named_with_the_command(
    simulator: Simulator, database_url: str, tmp_path: Path
) -> None:
    granted = simulator.grant(
        scopes=["ZohoCRM.modules.ALL", "ZohoCRM.org.READ", "ZohoCRM.users.READ", "ZohoCRM.settings.ALL"]
    )
    settings = settings_for(simulator, database_url, tmp_path, refresh_token=granted["refresh_token"])
    database = database_of(settings)
    check = (await HealthService(settings, database).check()).checks["scopes"]
    database.close()
    assert check.status == "error"
    assert "ZohoSearch.securesearch.READ, ZohoCRM.coql.READ, ZohoCRM.bulk.ALL" in check.detail
    assert "zohocrm-mcp auth login" in (check.hint or "")


async def test_an_api_that_does_not_answer_is_told_apart_from_the_token(
    settings: Settings, store: Database, simulator: Simulator
) -> None:
    simulator.faults.add("GET /crm/v8/org", "html", count=None)
    health = await HealthService(settings, store).check()
    assert health.checks["token_validity"].status == "ok"
    assert "HTTP 502" in health.checks["api_access"].detail
    assert {"signed_in", "api_limits", "clock"} < failed(health)


@pytest.mark.parametrize(("seconds", "said"), [(300.0, "300 s ahead of"), (-300.0, "300 s behind")])
async def test_a_clock_that_is_wrong_is_told(settings: Settings, store: Database, seconds: float, said: str) -> None:
    probes = Probes(settings, store, "default", None)
    probes._skew = seconds
    (check,) = (await examine([Question("clock", probes.clock)])).checks.values()
    assert check.status == "error"
    assert said in check.detail
    assert "timedatectl" in (check.hint or "")


def test_the_skew_is_measured_from_the_middle_of_a_call() -> None:
    before, after = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC), datetime(2026, 1, 1, 12, 0, 4, tzinfo=UTC)
    assert skew(before, after, "Thu, 01 Jan 2026 12:00:00 GMT") == 2
    assert skew(before, after, "soon") is None


async def test_the_data_centre_that_knows_a_sign_in_is_found(
    settings: Settings, store: Database, simulator: Simulator
) -> None:
    row = take_in(store, load_keyring(settings), settings)
    with Simulator(accounts=1, seed=9) as stranger:
        candidates = {"us": stranger.accounts_url, "in": f"{stranger.accounts_url}?", "eu": simulator.accounts_url}
        asked = settings.model_copy(update={"accounts_url": ""})
        elsewhere = replace(row, token_url=stranger.accounts_url)
        assert home_elsewhere(asked, elsewhere, "invalid_client", candidates) == "eu"
        assert home_elsewhere(asked, elsewhere, "invalid_client_secret", candidates) == ""
        assert home_elsewhere(settings, elsewhere, "invalid_client") == ""


def test_the_command_prints_what_the_contract_says(settings: Settings) -> None:
    done = command(settings, "doctor", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert set(told) == {"status", "timestamp", "checks"}
    assert {"configuration", "database", "api_access", "token_validity"} <= set(told["checks"])
    assert all(set(check) <= {"status", "detail", "hint"} for check in told["checks"].values())


def test_the_command_ends_with_1_where_something_is_wrong(settings: Settings, simulator: Simulator) -> None:
    simulator.revoke_tokens()
    done = command(settings, "doctor")
    assert done.returncode == 1
    assert "ERROR token validity" in done.stdout


def test_settings_that_cannot_be_read_are_a_check_too(settings: Settings) -> None:
    wrong = settings.model_copy(update={"region": "mars"})
    done = command(wrong, "doctor", "--json")
    assert done.returncode == 1
    assert "'mars'" in json.loads(done.stdout)["checks"]["configuration"]["detail"]
