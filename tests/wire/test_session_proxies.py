"""Calls through a proxy: how it is asked, who vouches for it, and what is known of a call that is lost behind it."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator
from pathlib import Path
from socket import socket

import pytest

from support.scripted import ANSWER, WRITE, Conversation, aim, hanging_up, request_of, saying, silent, speaking, tunnel
from support.tls import https
from zohocrm_mcp.config import Settings
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.zoho.opening import open_gateway
from zohocrm_mcp.zoho.session import NoReplyError, SdkSession


@pytest.fixture
def session(settings: Settings, database: Database) -> Iterator[SdkSession]:
    opened = open_gateway(settings, database)
    yield opened.gateway._exchange._session
    opened.close()


def by_way_of(settings: Settings, proxy: str, bundle: Path | None = None, **seconds: float) -> Settings:
    return settings.model_copy(update={"proxy": proxy, "ca_bundle": bundle, **seconds})


def lost(session: SdkSession) -> NoReplyError:
    with pytest.raises(NoReplyError) as ended:
        session.request(WRITE)
    session._pool.close()
    return ended.value


def beginning_to_answer(peer: socket) -> None:
    """Answer half of what was promised, over a connection that is to end with it."""
    request_of(peer)
    peer.sendall(
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"
    )
    silent(peer)


LOSSES = [hanging_up, silent, beginning_to_answer]


def test_a_proxy_is_told_who_asks_and_nobody_behind_it(session: SdkSession, settings: Settings, tmp_path: Path) -> None:
    asked: list[bytes] = []
    seen: list[bytes] = []

    def answer(peer: ssl.SSLSocket) -> None:
        seen.append(request_of(peer))
        peer.sendall(ANSWER)

    with https(tmp_path, converse=answer) as (host, bundle), speaking(tunnel(asked)) as proxy:
        aim(session, f"https://{host}", by_way_of(settings, f"http://some%40one:pass:word@{proxy}", bundle))
        assert session.request(WRITE).content == b'{"data":[]}'
        session._pool.close()
    assert asked[0].startswith(b"CONNECT localhost:")
    assert b"Proxy-Authorization: Basic " + base64.b64encode(b"some@one:pass:word") in asked[0]
    assert b"Zoho-oauthtoken" not in asked[0]
    assert b"roxy" not in seen[0]


def test_a_bundle_of_the_settings_vouches_for_a_proxy_too(
    session: SdkSession, settings: Settings, tmp_path: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    def secured(peer: socket) -> None:
        with context.wrap_socket(peer, server_side=True) as inner:
            tunnel([])(inner)

    with https(tmp_path, converse=saying(ANSWER)) as (host, bundle), speaking(secured) as address:
        context.load_cert_chain(bundle)
        proxy = address.replace("127.0.0.1", "localhost")
        aim(session, f"https://{host}", by_way_of(settings, f"https://{proxy}", bundle))
        assert session.request(WRITE).content == b'{"data":[]}'
        session._pool.close()


@pytest.mark.parametrize("loss", LOSSES)
def test_a_call_lost_behind_a_tunnel_may_have_been_received(
    session: SdkSession, settings: Settings, tmp_path: Path, loss: Conversation
) -> None:
    with https(tmp_path, converse=loss) as (host, bundle), speaking(tunnel([])) as proxy:
        aim(session, f"https://{host}", by_way_of(settings, f"http://{proxy}", bundle, read_timeout=0.5))
        assert lost(session).sent


@pytest.mark.parametrize("loss", LOSSES)
def test_a_call_lost_at_a_proxy_that_passes_it_on_may_have_been_received(
    session: SdkSession, settings: Settings, loss: Conversation
) -> None:
    with speaking(loss) as proxy:
        aim(session, "http://crm.invalid", by_way_of(settings, f"http://{proxy}", read_timeout=0.5))
        assert lost(session).sent


@pytest.mark.parametrize("refusal", [saying(b"HTTP/1.1 407 Who are you?\r\n\r\n"), hanging_up, silent])
def test_a_call_that_no_tunnel_was_dug_for_was_not_sent(
    session: SdkSession, settings: Settings, refusal: Conversation
) -> None:
    with speaking(refusal) as proxy:
        aim(session, "https://crm.invalid", by_way_of(settings, f"http://{proxy}", connect_timeout=0.5))
        assert not lost(session).sent


@pytest.mark.parametrize("root", ["http://crm.invalid", "https://crm.invalid"])
def test_a_call_to_a_proxy_that_is_not_there_was_not_sent(session: SdkSession, settings: Settings, root: str) -> None:
    with speaking(hanging_up) as proxy:
        pass
    aim(session, root, by_way_of(settings, f"http://{proxy}"))
    ended = lost(session)
    assert not ended.sent
    assert type(ended.cause).__name__ == "ProxyError"
