"""A setting that is wrong on its face is one sentence: the variable, what was found, what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from zohocrm_mcp.config import load_settings
from zohocrm_mcp.db.conninfo import conninfo_from
from zohocrm_mcp.errors import ZohoConfigError


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("ZOHO_SDK_REGION", "mars", "ZOHO_SDK_REGION is 'mars': use one of us, eu"),
        ("ZOHO_SDK_ENVIRONMENT", "prod", "ZOHO_SDK_ENVIRONMENT is 'prod'"),
        ("ZOHO_SDK_READ_TIMEOUT", "soon", "ZOHO_SDK_READ_TIMEOUT is 'soon'"),
        ("ZOHO_SDK_READ_TIMEOUT", "0", "ZOHO_SDK_READ_TIMEOUT is '0'"),
        ("ZOHO_SDK_API_URL", "http://crm.example.com", "plain http is accepted for loopback only"),
        ("ZOHO_SDK_API_URL", "crm.example.com", "must be an http or https URL"),
        ("ZOHO_SDK_API_URL", "http://127.0.0.1:99999", "must be an http or https URL"),
        ("ZOHO_SDK_API_URL", "https://crm.example.com/crm/v8", "root of the host, without /crm/v8"),
        ("ZOHO_SDK_READ_TIMEOUT", "inf", "less than or equal to 86400"),
        ("ZOHO_SDK_CONNECT_TIMEOUT", "1e300", "less than or equal to 86400"),
        ("DATABASE_URL", "postgresql://crm@db.example:abc/crm", "its port is no number"),
        ("DATABASE_URL", "sqlite:///tokens.db", "its scheme is sqlite://; use postgresql://"),
        ("DATABASE_URL", "mysql://root@localhost/x", "its scheme is mysql://; use postgresql://"),
        ("DATABASE_PORT", "99999", "DATABASE_PORT is '99999'"),
        ("ZOHO_MCP_CONFIRM", "perhaps", "ZOHO_MCP_CONFIRM is 'perhaps'"),
        ("ZOHO_MCP_READ_ONLY", "sometimes", "ZOHO_MCP_READ_ONLY is 'sometimes'"),
        ("ZOHO_MCP_FIELDS_DENY", "Annual_Revenue", "'Annual_Revenue' is not of the form Module.Field"),
        ("ZOHO_MCP_MAX_CONCURRENCY", "0", "ZOHO_MCP_MAX_CONCURRENCY is '0'"),
        ("ZOHO_MCP_LOG_LEVEL", "loud", "ZOHO_MCP_LOG_LEVEL is 'LOUD'"),
        ("ZOHO_MCP_REQUEST_STATE_KEYS", "too short", "each key must have 32 characters or more"),
        ("ZOHO_MCP_ENCRYPTION_KEYS", "c2hvcnQ=", "each key must be base64 of 32 bytes"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_found(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, told: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ZohoConfigError) as refused:
        load_settings()
    assert told in refused.value.message
    assert refused.value.details["variable"] == variable
    assert variable in refused.value.hint


def test_a_secret_is_never_in_the_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite://user:hunter2@host/x")
    with pytest.raises(ZohoConfigError) as refused:
        load_settings()
    assert "hunter2" not in f"{refused.value.message} {refused.value.hint} {refused.value.details}"


@pytest.mark.parametrize(
    "proxy", ["me:hunter2@host:3128", "socks5://me:hunter2@host", "http://me:hun/ter2@host:1", "http://[::"]
)
def test_a_proxy_that_is_none_is_refused_and_its_password_not_told(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("ZOHO_SDK_PROXY", proxy)
    with pytest.raises(ZohoConfigError, match="ZOHO_SDK_PROXY is not") as refused:
        load_settings()
    assert refused.value.details["variable"] == "ZOHO_SDK_PROXY"
    assert "ter2" not in f"{refused.value.message} {refused.value.hint} {refused.value.details}"


@pytest.mark.parametrize("proxy", ["http://me:hunter2@proxy:3128", "https://[::1]:3128", "http://proxy"])
def test_a_proxy_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("ZOHO_SDK_PROXY", proxy)
    assert load_settings().proxy == proxy


def test_an_api_host_without_its_token_endpoint_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOHO_SDK_API_URL", "http://127.0.0.1:9")
    with pytest.raises(ZohoConfigError, match="ZOHO_SDK_ACCOUNTS_URL is not"):
        load_settings()


def test_an_address_for_the_numbers_without_a_port_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOHO_MCP_METRICS_HOST", "10.0.0.5")
    with pytest.raises(ZohoConfigError, match="ZOHO_MCP_METRICS_PORT is not") as refused:
        load_settings()
    assert refused.value.details["variable"] == "ZOHO_MCP_METRICS_PORT"
    assert "Set both" in refused.value.hint
    monkeypatch.setenv("ZOHO_MCP_METRICS_PORT", "9100")
    assert load_settings().metrics_host == "10.0.0.5"


def test_words_are_read_in_any_case_and_lists_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOHO_SDK_REGION", "EU")
    monkeypatch.setenv("ZOHO_MCP_TOOLSETS", "accounts, records,")
    monkeypatch.setenv("ZOHO_MCP_LOG_LEVEL", "debug")
    settings = load_settings()
    assert (settings.region, settings.toolsets, settings.log_level) == ("eu", ("accounts", "records"), "DEBUG")


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOHO_SDK_REGION", "")
    monkeypatch.setenv("DATABASE_URL", "")
    assert load_settings().region == "us"
    assert load_settings().embedded


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("ZOHO_SDK_REGION=eu\nZOHO_MCP_READ_ONLY=true\nSOMETHING_ELSE=1\n")
    assert (load_settings().region, load_settings().read_only) == ("eu", True)
    monkeypatch.setenv("ZOHO_SDK_REGION", "in")
    assert load_settings().region == "in"
    assert load_settings(region="jp").region == "jp"


def test_secrets_do_not_show_in_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOHO_SDK_CLIENT_SECRET", "hunter2")
    monkeypatch.setenv("DATABASE_PASSWORD", "hunter3")
    assert "hunter" not in repr(load_settings())


@pytest.mark.parametrize("variable", ["DATABASE_URL", "DATABASE_HOST", "DATABASE_USER", "DATABASE_PASSWORD"])
def test_what_means_a_server_of_ones_own_to_a_connection_means_it_everywhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    monkeypatch.setenv(variable, "postgresql://somewhere/x" if variable == "DATABASE_URL" else "given")
    settings = load_settings()
    assert not settings.embedded
    source = conninfo_from(
        settings.database_url.get_secret_value(),
        host=settings.database_host,
        user=settings.database_user,
        password=settings.database_password.get_secret_value(),
        data_dir=tmp_path,
    )
    assert source().startswith("postgresql://")
