"""The table of data centres, and who is believed to be one."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from zohocrm_mcp.config import Settings
from zohocrm_mcp.datacentres import DATA_CENTRES, Environment, data_centre, data_centre_of_accounts, data_centre_of_api
from zohocrm_mcp.errors import ZohoConfigError


def test_every_row_is_of_zoho_and_has_a_source() -> None:
    domains = (".zoho.", ".zohoapis.", ".zohocloud.")
    for region, row in DATA_CENTRES.items():
        assert row.region == region
        assert row.source
        for url in (row.accounts_url, row.token_url, row.upload_url, row.api_url("production")):
            parts = urlsplit(url)
            assert parts.scheme == "https"
            assert any(domain in f".{parts.hostname}" for domain in domains)


def test_the_regions_of_the_contract_are_there() -> None:
    assert {"us", "eu", "in", "au", "cn", "jp", "ca", "sa"} <= set(DATA_CENTRES)


def test_the_table_agrees_with_the_sdk() -> None:
    from zohocrmsdk.src.com.zoho.crm.api.dc import (
        AUDataCenter,
        CADataCenter,
        CNDataCenter,
        EUDataCenter,
        INDataCenter,
        JPDataCenter,
        SADataCenter,
        USDataCenter,
    )

    theirs = {
        "us": USDataCenter,
        "eu": EUDataCenter,
        "in": INDataCenter,
        "au": AUDataCenter,
        "cn": CNDataCenter,
        "jp": JPDataCenter,
        "ca": CADataCenter,
        "sa": SADataCenter,
    }
    for region, sdk in theirs.items():
        production, row = sdk.PRODUCTION(), data_centre(region)
        assert (production.url, production.accounts_url) == (row.api_url("production"), row.token_url)
        assert (sdk.SANDBOX().url, sdk.DEVELOPER().url) == (row.api_url("sandbox"), row.api_url("developer"))
        assert production.file_upload_url == row.upload_url


@pytest.mark.parametrize(
    ("environment", "host"),
    [
        ("production", "https://www.zohoapis.eu"),
        ("sandbox", "https://sandbox.zohoapis.eu"),
        ("developer", "https://developer.zohoapis.eu"),
    ],
)
def test_an_environment_has_its_own_host(environment: Environment, host: str) -> None:
    assert Settings.model_validate({"region": "eu", "environment": environment}).crm_url == host
    home = data_centre_of_api(host)
    assert home
    assert home.region == "eu"


def test_an_unknown_region_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ZohoConfigError, match="'mars', which is no data centre") as caught:
        data_centre("mars")
    assert "us, eu, in" in caught.value.hint


@pytest.mark.parametrize("url", ["https://accounts.zoho.com", "https://accounts.zoho.com/"])
def test_an_accounts_server_is_known_by_its_exact_address(url: str) -> None:
    row = data_centre_of_accounts(url)
    assert row
    assert row.region == "us"


@pytest.mark.parametrize(
    "url",
    [
        "https://accounts.zoho.com.evil.example",
        "https://evil.example/accounts.zoho.com",
        "http://accounts.zoho.com",
        "https://accounts.zoho.com:444",
        "https://ACCOUNTS.ZOHO.COM@evil.example",
        "",
    ],
)
def test_nothing_else_is_an_accounts_server(url: str) -> None:
    assert data_centre_of_accounts(url) is None


@pytest.mark.parametrize(
    "url", ["https://www.zohoapis.com.evil.example", "https://zohoapis.com", "http://127.0.0.1:1", ""]
)
def test_nothing_else_is_an_api_host(url: str) -> None:
    assert data_centre_of_api(url) is None


def test_hosts_that_only_others_name_are_not_documented() -> None:
    assert {region for region, row in DATA_CENTRES.items() if not row.documented} == {"ae", "sg"}
