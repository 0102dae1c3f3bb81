"""Which Host and Origin headers a server answers, by where it listens."""

from __future__ import annotations

import socket

import pytest

from zohocrm_mcp.config import Settings
from zohocrm_mcp.transports.hosts import allowed, names

LOOPBACK_HOSTS = {"127.0.0.1", "127.0.0.1:*", "localhost", "localhost:*", "[::1]", "[::1]:*"}
EVERYWHERE = "0.0.0.0"  # noqa: S104 -- only named here


def hosts(host: str, **given: object) -> set[str]:
    found = allowed(Settings.model_validate(given), host)
    assert found.enable_dns_rebinding_protection
    return set(found.allowed_hosts)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_on_the_loopback_only_the_loopback_is_answered(host: str) -> None:
    assert hosts(host) == LOOPBACK_HOSTS


def test_what_is_named_is_answered_beside_the_loopback_and_nothing_else() -> None:
    named = hosts(EVERYWHERE, allowed_hosts="crm.example.com,10.0.0.5:8443,[2001:db8::1]")
    assert named - LOOPBACK_HOSTS == {
        "crm.example.com",
        "crm.example.com:*",
        "10.0.0.5:8443",
        "[2001:db8::1]",
        "[2001:db8::1]:*",
    }


@pytest.mark.parametrize("host", [EVERYWHERE, "::"])
def test_where_nothing_is_named_the_names_of_the_machine_are(host: str) -> None:
    found = hosts(host) - LOOPBACK_HOSTS
    assert {socket.gethostname(), f"{socket.gethostname()}:*"} <= found
    assert not {one for one in found if one.startswith(("*", EVERYWHERE, "[::]"))}


def test_an_address_that_is_listened_on_is_answered() -> None:
    assert hosts("192.0.2.1") - LOOPBACK_HOSTS == {"192.0.2.1", "192.0.2.1:*"}
    assert hosts("2001:db8::1") - LOOPBACK_HOSTS == {"[2001:db8::1]", "[2001:db8::1]:*"}


def test_a_person_is_told_each_host_once() -> None:
    issued = {"http_issuer": "https://login.example.com", "http_audience": "https://crm.example.com/mcp"}
    told = names(allowed(Settings.model_validate(issued), "crm.example.com"))
    assert sorted(told) == ["127.0.0.1", "[::1]", "crm.example.com", "localhost"]


def test_the_audience_names_the_public_host() -> None:
    issued = {"http_issuer": "https://login.example.com", "http_audience": "https://crm.example.com:8443/mcp"}
    assert hosts("127.0.0.1", **issued) - LOOPBACK_HOSTS == {"crm.example.com:8443"}


def test_pages_of_the_loopback_and_those_that_are_named_are_answered() -> None:
    found = allowed(Settings.model_validate({"allowed_origins": "https://app.example.com,https://b.example:*"}), "::1")
    named = {"https://app.example.com", "https://b.example:*"}
    loopback = {"http://127.0.0.1", "http://localhost", "http://[::1]"}
    assert set(found.allowed_origins) == named | loopback | {f"{one}:*" for one in loopback}
