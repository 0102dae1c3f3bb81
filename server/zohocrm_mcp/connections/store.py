"""The way to the tables of this room: the database that the settings name, and its errors as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from zohocrm_mcp.config import Settings
from zohocrm_mcp.db.conninfo import conninfo_from
from zohocrm_mcp.db.pool import Connection, Database
from zohocrm_mcp.errors import UnavailableError, ZohoDatabaseError

LOCK_SECONDS = 35
"""How long one waits for another's refresh: as long as a refresh takes when Zoho does not answer."""


def database_of(settings: Settings) -> Database:
    """Return the database that the settings name; nothing is connected to yet."""
    source = conninfo_from(
        settings.database_url.get_secret_value(),
        host=settings.database_host,
        port=settings.database_port,
        name=settings.database_name,
        user=settings.database_user,
        password=settings.database_password.get_secret_value(),
        data_dir=settings.data_dir,
    )
    return Database(source)


@contextmanager
def token_store(database: Database) -> Iterator[Connection]:
    """Lend a connection in a transaction that does not wait for ever for another's lock.

    Raises:
        ZohoDatabaseError: the database does not answer, or not as it should.
        UnavailableError: another process holds the row for too long.
    """
    try:
        with database.connection() as db, db.transaction():
            db.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
            yield db
    except psycopg.errors.LockNotAvailable as error:
        raise UnavailableError(
            f"Another process has been asking Zoho for a token for {LOCK_SECONDS} seconds."
        ) from error
    except psycopg.errors.UndefinedTable as error:
        raise ZohoDatabaseError(
            "The database holds no tables of this program yet.", hint="Run `zohocrm-mcp migrate`."
        ) from error
    except psycopg.Error as error:
        raise ZohoDatabaseError(f"The token store refuses: {error.diag.message_primary or error}.") from error
