"""Databases of the embedded server, and their URLs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from zohocrm_mcp.db.sockets import host_of
from zohocrm_mcp.db.state import ROLE, SUPERUSER, Secrets, State
from zohocrm_mcp.errors import ZohoDatabaseError

if TYPE_CHECKING:
    from zohocrm_mcp.db.layout import Layout


def url_of(layout: Layout, state: State, database: str) -> str:
    """Return the URL under which a client uses a database."""
    return _url(layout, state, ROLE, Secrets.read(layout.secrets).role, database)


def add_database(layout: Layout, state: State, database: str) -> None:
    """Make a database that belongs to the unprivileged role, and that role when it is missing; note it in the state.

    Raises:
        ZohoDatabaseError: the server refused.
    """
    import psycopg  # costs a hundred times what finding the running server costs
    from psycopg import sql

    passwords = Secrets.read(layout.secrets)
    role, password, name = sql.Identifier(ROLE), sql.Literal(passwords.role), sql.Identifier(database)
    try:
        url = _url(layout, state, SUPERUSER, passwords.superuser, "postgres")
        with psycopg.connect(url, autocommit=True, connect_timeout=30) as connection:
            if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE]).rowcount:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}").format(role, password))
            if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [database]).rowcount:
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, role))
    except psycopg.Error as error:
        raise ZohoDatabaseError(
            f"The embedded database {database} cannot be made: {str(error).strip()}.", hint=f"See {layout.server_log}."
        ) from error
    State(state.supervisor_pid, state.server_pid, state.port, [*state.databases, database]).write(layout.state)


def _url(layout: Layout, state: State, user: str, password: str, database: str) -> str:
    host = quote(host_of(layout.cluster), safe="")
    return f"postgresql://{user}:{password}@{host}:{state.port}/{quote(database, safe='')}"
