"""The connections of the pool. They know what its errors do not say: whether anything has gone out.

urllib3 forgets that it had reached a proxy as soon as a connection ends (``HTTPConnection.close``), and calls what was
lost on the way back a failure to reach it; a handshake that takes too long is a read time-out to it.
"""

from __future__ import annotations

from http import HTTPStatus
from http.client import BadStatusLine

from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ProxyError


class NotSentError(HTTPError):
    """There was never a connection to send anything over. ``cause`` says why."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


class _Plain(HTTPConnection):
    def connect(self) -> None:
        """Connect, all the way through a proxy and a handshake; nothing is sent before.

        Raises:
            NotSentError: it could not be done.
        """
        try:
            super().connect()
        except Exception as error:
            proxy = self.proxy and not self.has_connected_to_proxy
            raise NotSentError(ProxyError("The proxy leads nowhere.", error) if proxy else error) from error

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # urllib3's is not http.client's either
        """Return the answer.

        Raises:
            BadStatusLine: it is an interim one (RFC 9110, section 15.2): the next call would get the one that follows.
        """
        answer = super().getresponse()
        if answer.status < HTTPStatus.OK:
            raise BadStatusLine(str(answer.status))
        return answer


class _Secure(_Plain, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


POOLS: dict[str, type[HTTPConnectionPool]] = {"http": _PlainPool, "https": _SecurePool}
