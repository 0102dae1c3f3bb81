"""From settings and a database to a gateway that is ready for calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.endpoint import open_client
from zohocrm_mcp.connections.keeper import TokenKeeper
from zohocrm_mcp.connections.keyring import KeyRing, load_keyring
from zohocrm_mcp.connections.names import DEFAULT
from zohocrm_mcp.connections.rows import ConnectionRow
from zohocrm_mcp.connections.signin import take_in
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.limits.registry import Limits
from zohocrm_mcp.observe import meters
from zohocrm_mcp.observe.retries import tell_retries
from zohocrm_mcp.zoho import selfcheck
from zohocrm_mcp.zoho.exchange import Exchange
from zohocrm_mcp.zoho.gateway import Patience, SdkGateway
from zohocrm_mcp.zoho.organisation import BudgetFinder
from zohocrm_mcp.zoho.session import Hosts, SdkSession
from zohocrm_mcp.zoho.transport import Transport

CONCURRENCY = 10
"""Chunks of a job side by side; how many calls are in flight is for the organisation's budget to say."""


@dataclass(frozen=True)
class Opened:
    """A connection that is ready. ``close`` gives its sockets back."""

    gateway: SdkGateway
    keeper: TokenKeeper
    row: ConnectionRow
    ring: KeyRing
    finder: BudgetFinder
    close: Callable[[], None]


@cache
def _checked() -> None:
    tell_retries()
    selfcheck.run()


def open_gateway(
    settings: Settings,
    database: Database,
    connection: str = DEFAULT,
    *,
    patience: Patience | None = None,
    limits: Limits | None = None,
) -> Opened:
    """Sign in from the settings or the store and return the gateway. Makes no call to Zoho.

    Args:
        settings: who is signed in, and where.
        database: holds the sign-in, and what the processes share.
        connection: which sign-in.
        patience: of the gateway.
        limits: of the process, where it has more than one gateway; they then share a budget.

    Raises:
        ZohoConfigError: a setting, a key or the installed SDK does not fit.
        ZohoDatabaseError: the token store does not answer.
    """
    ring = load_keyring(settings)
    row = take_in(database, ring, settings, connection)
    return open_row(settings, database, ring, row, patience=patience, limits=limits)


def open_row(
    settings: Settings,
    database: Database,
    ring: KeyRing,
    row: ConnectionRow,
    *,
    patience: Patience | None = None,
    limits: Limits | None = None,
) -> Opened:
    """Return the gateway of a stored connection, whatever the settings say about who is signed in."""
    _checked()
    client, pool = open_client(settings), Transport.of(settings)
    keeper = TokenKeeper(database, ring, client)
    hosts = Hosts(row.api_url, row.token_url, row.upload_url)
    session = SdkSession(row.connection, hosts, keeper, pool)
    exchange = Exchange(session)
    shared = limits or Limits(database, max_concurrency=settings.max_concurrency)
    finder = BudgetFinder(database, shared, row, exchange)

    def close() -> None:
        meters.unwatch(finder)
        if limits is None:
            shared.close()
        keeper.close()
        client.close()
        pool.close()

    return Opened(SdkGateway(exchange, finder, patience=patience), keeper, row, ring, finder, close)
