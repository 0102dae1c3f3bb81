"""Answers as no server should give them: each becomes an answer or an error of ours, and nothing is taken twice."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from socket import socket

import pytest

from support.scripted import WRITE, Conversation, aim, hanging_up, request_of, saying, speaking
from zohocrm_mcp.config import Settings
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import UnavailableError, UnknownOutcomeError, ZohoRateLimitError
from zohocrm_mcp.models import Call
from zohocrm_mcp.zoho.opening import Opened, open_gateway
from zohocrm_mcp.zoho.session import NoReplyError

READ = Call("GET", "/crm/v8/Accounts/1")
JSON = b"Content-Type: application/json"
BODY = b'{"data":[]}'


def http(*headers: bytes, status: bytes = b"200 OK", body: bytes = BODY) -> bytes:
    return b"\r\n".join([b"HTTP/1.1 " + status, *headers, b"", body])


def sized(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    return http(JSON, b"Content-Length: %d" % len(body), *headers, status=status, body=body)


def once(answer: bytes) -> Conversation:
    def converse(peer: socket) -> None:
        request_of(peer)
        peer.sendall(answer)

    return converse


PACKED = gzip.compress(BODY)
WHOLE = {
    "packed": sized(PACKED, b"Content-Encoding: gzip"),
    "in chunks": http(JSON, b"Transfer-Encoding: chunked", body=b"b\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "after a 100": b"HTTP/1.1 100 Continue\r\n\r\n" + sized(BODY),
    "two lengths alike": sized(BODY, b"Content-Length: 11"),
    "a header of odd characters": sized(BODY, b"X-\xc3\xa4: \xff"),
}
BROKEN = {
    "badly packed": sized(BODY, b"Content-Encoding: gzip"),
    "broken chunks": http(JSON, b"Transfer-Encoding: chunked", body=b"zz\r\n" + BODY),
    "two lengths": sized(BODY, b"Content-Length: 12"),
    "less than its length": sized(BODY[:5]),
    "no content type": http(b"Content-Length: 11"),
    "no HTTP": b"220 mail.example.com ESMTP\r\n\r\n",
    "another HTTP": b"HTTP/2 200\r\n\r\n",
    "too many headers": sized(BODY, *[b"A%d: 1" % n for n in range(200)]),
    "an interim answer": b"HTTP/1.1 103 Early Hints\r\n\r\n",
    "somewhere else": sized(b"{}", b"Location: http://127.0.0.1:9/", status=b"302 Found"),
    "no number": sized(b'{"data":[{"id":NaN}]}'),
    "a number without end": sized(b'{"data":[{"id":1e999}]}'),
    "nested lists": sized(b'{"data":[{"id":%s}]}' % (b"[" * 5_000 + b"]" * 5_000)),
    "nested objects": sized(b'{"data":' * 5_000 + b"1" + b"}" * 5_000),
    "nested, and refused": sized(b"[" * 5_000 + b"]" * 5_000, status=b"401 Unauthorized"),
}


@pytest.fixture
def opened(settings: Settings, database: Database) -> Iterator[Opened]:
    opened = open_gateway(settings, database)
    yield opened
    opened.close()


@pytest.mark.parametrize("answer", WHOLE.values(), ids=WHOLE)
def test_an_unusual_answer_is_one(opened: Opened, settings: Settings, answer: bytes) -> None:
    with speaking(saying(answer)) as host:
        aim(opened.gateway._exchange._session, f"http://{host}", settings)
        assert opened.gateway._exchange.ask(WRITE).body == {"data": []}
        opened.gateway._exchange._session._pool.close()


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
def test_a_broken_answer_is_none(opened: Opened, settings: Settings, answer: bytes) -> None:
    with speaking(once(answer)) as host:
        aim(opened.gateway._exchange._session, f"http://{host}", settings)
        with pytest.raises(UnavailableError, match="Zoho did not answer"):
            opened.gateway._exchange.ask(READ)
        with pytest.raises(UnknownOutcomeError, match="was sent"):
            opened.gateway._exchange.ask(WRITE)


def test_what_follows_an_interim_answer_is_not_the_next_calls(opened: Opened, settings: Settings) -> None:
    """A server that hints first and answers later, when the call has long been given up."""
    answers = iter([b"one", b"two"])

    def converse(peer: socket) -> None:
        request_of(peer)
        name = next(answers)
        if name == b"one":
            peer.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            request_of(peer)  # whatever comes over this connection belongs to the first call
        peer.sendall(sized(b'{"data":[{"id":"%s"}]}' % name))

    with speaking(converse) as host:
        session = opened.gateway._exchange._session
        aim(session, f"http://{host}", settings)
        with pytest.raises(NoReplyError, match="103"):
            session.request(READ)
        assert session.request(READ).content == b'{"data":[{"id":"two"}]}'
        session._pool.close()


@pytest.mark.anyio
@pytest.mark.parametrize("left", [b"\xb2", b"9" * 5_000, b"-1", b"many", b"7"])
async def test_odd_news_of_credits_cost_no_answer(opened: Opened, settings: Settings, left: bytes) -> None:
    await opened.gateway.call(Call("GET", "/crm/v8/org"))
    with speaking(saying(sized(BODY, b"X-API-CREDITS-REMAINING: " + left))) as host:
        aim(opened.gateway._exchange._session, f"http://{host}", settings)
        assert (await opened.gateway.call(WRITE)).data == []
        opened.gateway._exchange._session._pool.close()


@pytest.mark.parametrize(("stated", "seconds"), [(b"\xb2", None), (b"9" * 400, None), (b"1.5", 1.5), (b"soon", None)])
def test_an_odd_wait_is_none_that_was_asked_for(
    opened: Opened, settings: Settings, stated: bytes, seconds: float | None
) -> None:
    with speaking(saying(sized(b"{}", b"Retry-After: " + stated, status=b"429 Slow down"))) as host:
        aim(opened.gateway._exchange._session, f"http://{host}", settings)
        with pytest.raises(ZohoRateLimitError) as refused:
            opened.gateway._exchange.ask(READ)
        opened.gateway._exchange._session._pool.close()
    assert refused.value.details["stated"] == (seconds is not None)
    assert seconds is None or refused.value.retry_after == seconds


def test_a_write_is_sent_once_when_the_server_goes_without_a_word(opened: Opened, settings: Settings) -> None:
    taken: list[bytes] = []
    with speaking(lambda peer: taken.append(request_of(peer))) as host:
        aim(opened.gateway._exchange._session, f"http://{host}", settings)
        with pytest.raises(NoReplyError) as ended:
            opened.gateway._exchange._session.request(WRITE)
    assert ended.value.sent
    assert len(taken) == 1


def test_a_closed_pool_and_a_host_that_is_none_were_not_sent_to(opened: Opened, settings: Settings) -> None:
    session = opened.gateway._exchange._session
    with speaking(hanging_up) as host:
        aim(session, f"http://{host}", settings)
        session._pool.pool.connection_from_url(f"http://{host}").close()
        with pytest.raises(NoReplyError, match="closed") as closed:
            session.request(WRITE)
    aim(session, f"http://{'a' * 70}.invalid", settings)
    with pytest.raises(NoReplyError, match="label") as misnamed:
        session.request(WRITE)
    assert not closed.value.sent
    assert not misnamed.value.sent


def test_what_was_searched_for_is_in_no_log_even_when_a_header_is_odd(
    opened: Opened, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with speaking(saying(WHOLE["a header of odd characters"])) as host:
        session = opened.gateway._exchange._session
        aim(session, f"http://{host}", settings)
        assert session.request(Call("GET", "/crm/v8/Accounts/search", {"word": "confidential"})).status == 200
        session._pool.close()
    assert "confidential" not in caplog.text
