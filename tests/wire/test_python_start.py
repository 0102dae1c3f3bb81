"""How the client for scripts starts: from which settings, with which database, and what the health check says."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from support.callers import environment_of
from support.sign_in import command
from zohocrm_mcp import ZohoConfigError, ZohoDatabaseError, ZohoSDKClient, check_zoho_sdk_health, create_zoho_client
from zohocrm_mcp.config import Settings
from zohocrm_mcp.python.background import THREAD

NOBODY_THERE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture(autouse=True)
def variables(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The settings where a program has them: in its environment."""
    given = environment_of(settings)
    for variable, value in given.items():
        monkeypatch.setenv(variable, value)
    return given


def loops() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == THREAD]


def test_without_a_sign_in_there_is_no_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZOHO_SDK_REFRESH_TOKEN")
    with pytest.raises(ZohoConfigError, match="nobody has signed in") as refused:
        create_zoho_client()
    assert refused.value.details == {"variable": "ZOHO_SDK_REFRESH_TOKEN"}
    assert not loops()


def test_a_stored_sign_in_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    create_zoho_client().close()
    for variable in ("ZOHO_SDK_CLIENT_ID", "ZOHO_SDK_CLIENT_SECRET", "ZOHO_SDK_REFRESH_TOKEN"):
        monkeypatch.delenv(variable)
    with create_zoho_client() as client:
        assert client.get_accounts(limit=1)


def test_there_is_never_a_mock() -> None:
    with pytest.raises(ZohoConfigError, match="no mock") as refused:
        create_zoho_client(use_mock=True)
    assert "simulator" in str(refused.value)
    assert "zohocrm-mcp simulator" in refused.value.hint
    assert refused.value.details == {"variable": "use_mock"}


def test_a_wrong_setting_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOHO_SDK_REGION", "moon")
    with pytest.raises(ZohoConfigError, match="ZOHO_SDK_REGION is 'moon'"):
        ZohoSDKClient()


def test_other_databases_than_postgresql_are_refused() -> None:
    with pytest.raises(ZohoConfigError, match="sqlite://; use postgresql://") as refused:
        ZohoSDKClient("sqlite:///accounts.db")
    assert refused.value.details == {"variable": "DATABASE_URL"}


def test_the_database_of_the_argument_wins(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for elsewhere in (NOBODY_THERE, "sqlite:///accounts.db"):
        monkeypatch.setenv("DATABASE_URL", elsewhere)
        with ZohoSDKClient(database_url=variables["DATABASE_URL"]) as client:
            assert client.get_accounts(limit=1)


def test_a_database_that_is_away_is_tried_again_by_the_next_call() -> None:
    client = ZohoSDKClient(NOBODY_THERE)
    for _ in range(2):
        with pytest.raises(ZohoDatabaseError) as refused:
            client.get_accounts()
        assert isinstance(refused.value.details, dict)
    assert not loops()


def test_health_is_what_doctor_prints(settings: Settings) -> None:
    found = check_zoho_sdk_health()
    printed = json.loads(command(settings, "doctor", "--json").stdout)
    assert (found["status"], found["checks"].keys()) == ("healthy", printed["checks"].keys())
    assert {"configuration", "database", "api_access", "token_validity"} <= found["checks"].keys()
    assert {check["status"] for check in found["checks"].values()} == {"ok"}
    assert found.keys() == printed.keys() == {"status", "timestamp", "checks"}


@pytest.mark.parametrize(
    ("variable", "value", "culprit"),
    [
        ("DATABASE_URL", NOBODY_THERE, "database"),
        ("DATABASE_URL", "sqlite:///accounts.db", "configuration"),
        ("ZOHO_MCP_TOOLSETS", "nonsense", "configuration"),
        ("ZOHO_SDK_REFRESH_TOKEN", "1000.wrong.token", "token_validity"),
    ],
)
def test_an_unhealthy_system_is_an_answer(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, culprit: str
) -> None:
    create_zoho_client().close()
    monkeypatch.setenv(variable, value)
    found = check_zoho_sdk_health()
    assert found["status"] == "unhealthy"
    assert found["checks"][culprit]["status"] == "error"
    assert found["checks"][culprit]["hint"]


def test_settings_may_stand_in_a_file(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for variable in variables:
        monkeypatch.delenv(variable)
    lines = [f"{variable}={value}\n" for variable, value in variables.items()]
    (tmp_path / ".env").write_text("".join(lines), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with create_zoho_client() as client:
        assert client.get_accounts(limit=1)
