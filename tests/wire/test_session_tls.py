"""Calls over TLS: who is trusted, and what is known of a call when the encryption breaks."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from pathlib import Path
from socket import socket

import pytest

from support.scripted import ANSWER, WRITE, Conversation, aim, silent, speaking
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


def take_request(peer: ssl.SSLSocket) -> None:
    taken = b""
    while not taken.endswith(b'[{"id":"1"}]}'):
        taken += peer.recv(1 << 16)


def answer(peer: ssl.SSLSocket) -> None:
    take_request(peer)
    peer.sendall(ANSWER)


def break_the_encryption(peer: ssl.SSLSocket) -> None:
    """Take the request, and go on with what is no TLS."""
    take_request(peer)
    with socket(fileno=os.dup(peer.fileno())) as plain:
        plain.sendall(b"this is no record of TLS")


def test_a_bundle_of_the_settings_is_trusted(session: SdkSession, settings: Settings, tmp_path: Path) -> None:
    with https(tmp_path, converse=answer) as (host, bundle):
        aim(session, f"https://{host}", settings.model_copy(update={"ca_bundle": bundle}))
        assert session.request(WRITE).content == b'{"data":[]}'


def test_a_call_to_somebody_who_is_not_trusted_was_not_sent(
    session: SdkSession, settings: Settings, tmp_path: Path
) -> None:
    with https(tmp_path, converse=answer) as (host, _):
        aim(session, f"https://{host}", settings)
        with pytest.raises(NoReplyError, match="certificate verify failed") as ended:
            session.request(WRITE)
    assert not ended.value.sent


@pytest.mark.parametrize(
    "greeting", [lambda peer: peer.recv(1), lambda peer: peer.sendall(b"HTTP/1.0 400 No\r\n"), silent]
)
def test_a_call_that_never_got_its_encryption_was_not_sent(
    session: SdkSession, settings: Settings, greeting: Conversation
) -> None:
    with speaking(greeting) as host:
        aim(session, f"https://{host}", settings.model_copy(update={"connect_timeout": 0.5}))
        with pytest.raises(NoReplyError) as ended:
            session.request(WRITE)
    assert not ended.value.sent


def test_a_call_whose_encryption_broke_may_have_been_received(
    session: SdkSession, settings: Settings, tmp_path: Path
) -> None:
    with https(tmp_path, converse=break_the_encryption) as (host, bundle):
        aim(session, f"https://{host}", settings.model_copy(update={"ca_bundle": bundle}))
        with pytest.raises(NoReplyError) as ended:
            session.request(WRITE)
    assert type(ended.value.cause).__name__ == "SSLError"
    assert ended.value.sent
