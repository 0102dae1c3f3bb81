"""Servers on the loopback that say what a test tells them to, and a proxy in front of others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from select import select
from socket import SHUT_RDWR, create_connection, create_server, socket
from ssl import SSLSocket

from zohocrm_mcp.config import Settings
from zohocrm_mcp.models import Call
from zohocrm_mcp.zoho.session import SdkSession
from zohocrm_mcp.zoho.transport import Transport

WRITE = Call("PUT", "/crm/v8/Accounts/1", body={"data": [{"id": "1"}]}, safe=False)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n" + b'{"data":[]}'

Conversation = Callable[[socket], None]
SECONDS = 60
"""Longer than anything takes."""


@contextmanager
def speaking(converse: Conversation) -> Iterator[str]:
    """A server that holds this conversation with one peer after the other; yields host and port."""
    with create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=[listener, converse])
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(SHUT_RDWR)
        thread.join(SECONDS)


def _serve(listener: socket, converse: Conversation) -> None:
    while True:
        try:
            peer, _ = listener.accept()
        except OSError:
            return
        peer.settimeout(SECONDS)
        with suppress(OSError), peer:
            converse(peer)


def aim(session: SdkSession, root: str, settings: Settings) -> None:
    """Let a session call a server of the test."""
    session._hosts = type(session._hosts)(root, root, root)
    session._pool = Transport.of(settings)


def request_of(peer: socket) -> bytes:
    """Take one request; empty when the peer has gone."""
    head, taken = b"", b""
    while not head and (part := peer.recv(1 << 16)):
        taken += part
        head = taken.partition(b"\r\n\r\n")[0] if b"\r\n\r\n" in taken else b""
    lengths = [int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while head and len(taken) < len(head) + 4 + sum(lengths):
        taken += peer.recv(1 << 16)
    return taken


def saying(*answers: bytes) -> Conversation:
    """Give each request these bytes, one after the other, and say nothing between them."""

    def converse(peer: socket) -> None:
        while request_of(peer):
            for answer in answers:
                peer.sendall(answer)

    return converse


def hanging_up(peer: socket) -> None:
    """Take a request, and go."""
    request_of(peer)


def silent(peer: socket) -> None:
    """Take whatever comes until the peer goes."""
    while peer.recv(1 << 16):
        pass


def tunnel(asked: list[bytes]) -> Conversation:
    """A proxy: keep what it was asked with, and lead to where it was asked for."""

    def converse(peer: socket) -> None:
        asked.append(request_of(peer))
        host, _, port = asked[-1].split(b" ")[1].decode().rpartition(":")
        with create_connection((host, int(port))) as beyond:
            peer.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            _carry(peer, beyond)

    return converse


def _carry(peer: socket, beyond: socket) -> None:
    """Pass on what either says until one of them goes, in one thread: a TLS connection bears no second one."""
    towards = {peer: beyond, beyond: peer}
    while ready := _with_bytes(peer) or select([peer, beyond], [], [], SECONDS)[0]:
        for source in ready:
            if not (part := source.recv(1 << 16)):
                return
            towards[source].sendall(part)


def _with_bytes(peer: socket) -> list[socket]:
    """The peer, if TLS has taken bytes off its socket that nobody has read yet."""
    return [peer] if isinstance(peer, SSLSocket) and peer.pending() else []
