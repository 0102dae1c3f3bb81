"""Who brings the tables up to date: the owner's role where there is one, else whoever DATABASE_URL names.

With an owner of its own the application can neither change a table nor take a trigger away. It gets what it needs, and
of the audit log no more than to read and to add.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from zohocrm_mcp.config import Settings
from zohocrm_mcp.db import migrate
from zohocrm_mcp.db.migrate import Connection
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.db.session import unreachable, with_defaults
from zohocrm_mcp.errors import ZohoDatabaseError

VARIABLE = "ZOHO_MCP_MIGRATE_URL"

_PLACE = "SELECT current_user, current_database(), pg_postmaster_start_time()"
_OWNED = """SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace
            AND relkind IN ('r', 'p', 'v', 'S') AND pg_get_userbyid(relowner) = %s"""
_GRANTS = """
    WITH to_whom (role) AS (SELECT %(role)s::text), ours AS (
        SELECT oid, relname, relkind FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relowner = current_user::regrole)
    SELECT format('GRANT USAGE ON SCHEMA %%I TO %%I', current_schema(), role) FROM to_whom
    UNION ALL SELECT format('ALTER DEFAULT PRIVILEGES IN SCHEMA %%I GRANT %%s TO %%I', current_schema(), rights, role)
        FROM to_whom, unnest(ARRAY['SELECT, INSERT, UPDATE, DELETE ON TABLES', 'USAGE, SELECT ON SEQUENCES',
                                   'EXECUTE ON ROUTINES', 'USAGE ON TYPES']) AS rights
    UNION ALL SELECT format('REVOKE ALL ON %%s FROM %%I', oid::regclass, role) FROM to_whom, ours
        WHERE relname IN ('audit_log', 'zohocrm_migrations', 'queue_migrations')
    UNION ALL SELECT format('GRANT %%s ON %%s TO %%I', CASE relname WHEN 'audit_log' THEN 'SELECT, INSERT'
            WHEN 'zohocrm_migrations' THEN 'SELECT' WHEN 'queue_migrations' THEN 'SELECT'
            ELSE 'SELECT, INSERT, UPDATE, DELETE' END, oid::regclass, role)
        FROM to_whom, ours WHERE relkind IN ('r', 'p', 'v')
    UNION ALL SELECT format('GRANT USAGE, SELECT ON SEQUENCE %%s TO %%I', oid::regclass, role)
        FROM to_whom, ours WHERE relkind = 'S'
    UNION ALL SELECT format('GRANT EXECUTE ON ROUTINE %%s TO %%I', oid::regprocedure, role) FROM to_whom, pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND proowner = current_user::regrole
    UNION ALL SELECT format('GRANT USAGE ON TYPE %%s TO %%I', oid::regtype, role) FROM to_whom, pg_type
        WHERE typnamespace = current_schema()::regnamespace AND typowner = current_user::regrole
            AND typtype IN ('e', 'd')
"""


def bring_up(settings: Settings, database: Database) -> list[int]:
    """Apply pending migrations and return their numbers; with an owner's role, grant the application what it needs.

    Raises:
        ZohoDatabaseError: one of the two does not answer, they name different databases, the application's role owns
            tables, or see `migrate.apply`.
    """
    with owner(settings) as connection:
        if connection is None:
            return migrate.apply(database)
        with database.connection() as db:
            role, place = _known(db)
        me, my_place = _known(connection)
        if place != my_place:
            raise ZohoDatabaseError(
                f"{VARIABLE} and DATABASE_URL name different databases; nothing was changed.",
                hint="Let both name the same one, with different users.",
            )
        _check_owns_nothing(connection, role, me)
        done = migrate.apply(connection)
        if role != me:
            _grant(connection, role)
        return done


@contextmanager
def owner(settings: Settings) -> Iterator[Connection | None]:
    """Lend a connection of the owner's role; None where the settings name none.

    Raises:
        ZohoConfigError: its URL is malformed.
        ZohoDatabaseError: it cannot be connected to.
    """
    url = settings.migrate_url.get_secret_value()
    if not url:
        yield None
        return
    try:
        connection = psycopg.connect(with_defaults(url, VARIABLE))
    except psycopg.Error as error:
        raise unreachable(error, VARIABLE) from error
    with connection:
        yield connection


def _known(connection: Connection) -> tuple[str, object]:
    """Return the role of a connection, and what tells its database from any other."""
    with connection.transaction():
        role, *place = connection.execute(_PLACE).fetchone() or ("",)
    return str(role), place


def _check_owns_nothing(connection: Connection, role: str, me: str) -> None:
    with connection.transaction():
        (owned,) = connection.execute(_OWNED, [role]).fetchone() or (0,)
    if owned and role != me:
        raise ZohoDatabaseError(
            f"The role {role} of DATABASE_URL owns {owned} tables, views or sequences, which belong to {me}.",
            hint=f"As a superuser, in this database: REASSIGN OWNED BY {role} TO {me}. Then start again.",
        )


def _grant(connection: Connection, role: str) -> None:
    """Give a role what the application needs of all that is there and will be; of several processes, one at a time."""
    with connection.transaction():
        migrate.lock(connection)
        for (statement,) in connection.execute(_GRANTS, {"role": role}).fetchall():
            connection.execute(statement)
