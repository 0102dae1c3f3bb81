"""A session of the official SDK: one connection's environment, token and headers, bound for the length of a call."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from urllib3.exceptions import ClosedPoolError, HTTPError, LocationValueError
from zohocrmsdk.src.com.zoho.api.authenticator import OAuthToken
from zohocrmsdk.src.com.zoho.crm.api.dc import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.exception import SDKException
from zohocrmsdk.src.com.zoho.crm.api.initializer import Initializer
from zohocrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig

from zohocrm_mcp.connections.keeper import Held, TokenKeeper
from zohocrm_mcp.errors import ZohoError
from zohocrm_mcp.models import Call
from zohocrm_mcp.zoho import transport
from zohocrm_mcp.zoho.connecting import NotSentError
from zohocrm_mcp.zoho.handler import JsonHandler
from zohocrm_mcp.zoho.token_store import PostgresTokenStore

logging.getLogger("SDKLogger").disabled = True  # it logs search words and rejected values
logging.getLogger("urllib3.connection").disabled = True  # it logs whole addresses, when a header is odd
_BEFORE = (ClosedPoolError, LocationValueError)
"""What the pool says before it looks for a connection."""


@dataclass(frozen=True)
class Hosts:
    """Where a connection's calls go. A token's ``api_domain`` never changes it."""

    api: str
    token: str
    upload: str


@dataclass(frozen=True)
class Reply:
    """What came over the wire, unread. ``token`` is what the call went out with."""

    status: int
    headers: dict[str, str]
    content: bytes
    token: Held | None


class NoReplyError(Exception):
    """The call ended without an HTTP answer. ``sent`` says whether Zoho may have received it."""

    def __init__(self, cause: BaseException, *, sent: bool) -> None:
        super().__init__(str(cause))
        self.cause, self.sent = cause, sent


class SdkSession:
    """Calls of one connection through the SDK. Safe to use from any number of threads."""

    def __init__(self, connection: str, hosts: Hosts, keeper: TokenKeeper, pool: transport.Transport) -> None:
        transport.install()
        self._connection, self._hosts, self._keeper, self._pool = connection, hosts, keeper, pool

    def request(self, call: Call) -> Reply:
        """Send a call and wait for its answer, whatever the status.

        Raises:
            NoReplyError: no answer came.
            ZohoError: no token could be had.
        """
        store = PostgresTokenStore(self._keeper, self._connection)
        with _bound(self._initializer(store)):
            try:
                response = JsonHandler(call).api_call("", "application/json")
            except SDKException as error:
                raise _reason(error) from error
        if response is None:
            raise ZohoError("The SDK gave no answer and no reason.")
        wire = response.get_object()
        content = wire.content if isinstance(wire, transport.WireResponse) else b""
        headers = {key.lower(): value for key, value in response.get_headers().items()}
        return Reply(response.get_status_code(), headers, content, store.used)

    def withdraw(self, token: Held) -> None:
        """Report a token that Zoho has refused."""
        self._keeper.withdraw(self._connection, token.generation)

    def _initializer(self, store: PostgresTokenStore) -> Initializer:
        bound = Initializer()
        bound.environment = DataCenter.Environment(self._hosts.api, self._hosts.token, self._hosts.upload)
        bound.store = store
        bound.token = OAuthToken(access_token="-", api_domain=self._hosts.api, find_user=False)  # noqa: S106 -- the store has it
        bound.sdk_config = SDKConfig(update_api_domain=False)
        bound.transport = self._pool
        return bound


@contextmanager
def _bound(initializer: Initializer) -> Iterator[None]:
    """Make the initializer this thread's for one call; a thread that is used again must not keep another's."""
    before = getattr(Initializer.LOCAL, "init", None)
    Initializer.LOCAL.init = initializer
    try:
        yield
    finally:
        Initializer.LOCAL.init = before


def _reason(error: SDKException) -> Exception:
    cause = error.cause
    while isinstance(cause, SDKException) and cause.cause is not None:
        cause = cause.cause
    if isinstance(cause, NotSentError):
        return NoReplyError(cause.cause, sent=False)
    if isinstance(cause, HTTPError):
        return NoReplyError(cause, sent=not isinstance(cause, _BEFORE))
    return (
        cause if isinstance(cause, ZohoError) else ZohoError(f"The SDK failed: {error.code or type(cause).__name__}.")
    )
