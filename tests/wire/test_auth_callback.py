"""The loopback server that catches the redirect: for one sign-in, bounded in time, deaf to strangers."""

from __future__ import annotations

import socket
import threading

import httpx2
import pytest

from zohocrm_mcp.connections.authorisation import belongs, new_request
from zohocrm_mcp.connections.callback import listening
from zohocrm_mcp.errors import ZohoAuthError, ZohoConfigError

ASKED = new_request("http://127.0.0.1:8085/callback", "ZohoCRM.org.READ")


def test_the_callback_turns_strangers_away_and_waits_on(free_tcp_port: int) -> None:
    address = f"http://127.0.0.1:{free_tcp_port}/callback"
    with listening(address, lambda query: belongs(ASKED, query)) as callback:
        assert httpx2.get(f"{address}?state=forged&code=1", trust_env=False).status_code == 400
        assert httpx2.get(f"http://127.0.0.1:{free_tcp_port}/?state={ASKED.state}", trust_env=False).status_code == 404
        page = httpx2.get(f"{address}?state={ASKED.state}&code=7", trust_env=False)
        assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
        assert callback.wait(60) == f"state={ASKED.state}&code=7"
        assert callback.strangers == 1


def test_a_browser_that_never_comes_back_ends_the_wait_with_a_way_out(free_tcp_port: int) -> None:
    address = f"http://127.0.0.1:{free_tcp_port}/callback"
    with listening(address, lambda query: belongs(ASKED, query)) as callback:
        httpx2.get(f"{address}?state=forged&code=1", trust_env=False)
        with pytest.raises(ZohoAuthError, match="1 answers with a foreign state were turned away") as caught:
            callback.wait(0.01)
    assert "auth exchange" in caught.value.hint


def test_a_connection_that_says_nothing_keeps_nobody_waiting(free_tcp_port: int) -> None:
    address = f"http://127.0.0.1:{free_tcp_port}/callback"
    with (
        listening(address, lambda query: belongs(ASKED, query)) as callback,
        socket.create_connection(("127.0.0.1", free_tcp_port)),
    ):
        httpx2.get(f"{address}?state={ASKED.state}&code=7", trust_env=False)
        assert callback.wait(60)
    assert not [thread for thread in threading.enumerate() if thread.name == "redirect"]


def test_a_port_that_is_taken_is_named(free_tcp_port: int) -> None:
    address = f"http://127.0.0.1:{free_tcp_port}/callback"
    with (
        socket.create_server(("127.0.0.1", free_tcp_port)),
        pytest.raises(ZohoConfigError, match="Nothing can listen") as caught,
        listening(address, lambda _: True),
    ):
        pass
    assert "ZOHO_SDK_REDIRECT_URL" in caught.value.hint


@pytest.mark.parametrize("address", ["https://app.example/callback", "http://192.0.2.1:80/", "https://127.0.0.1/cb"])
def test_a_redirect_that_does_not_lead_here_is_named(address: str) -> None:
    with (
        pytest.raises(ZohoConfigError, match="where no browser finds this program"),
        listening(address, lambda _: True),
    ):
        pass
