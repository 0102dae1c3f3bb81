"""What the settings say about who is signed in, brought together with what is stored."""

from __future__ import annotations

from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections import rows
from zohocrm_mcp.connections.keyring import KeyRing
from zohocrm_mcp.connections.names import DEFAULT, FROM_ENVIRONMENT, login_command
from zohocrm_mcp.connections.rows import ConnectionRow
from zohocrm_mcp.connections.store import token_store
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import ZohoAuthError, ZohoConfigError
from zohocrm_mcp.observe.audit import Event, record


def take_in(database: Database, ring: KeyRing, settings: Settings, connection: str = DEFAULT) -> ConnectionRow:
    """Return the connection to work with; a sign-in that is complete in the environment is stored first.

    A stored row that the ring cannot open raises before anything is written: it is never overwritten.

    Raises:
        ZohoConfigError: the environment holds no complete sign-in and none is stored, or it contradicts what is stored.
        ZohoAuthError: nobody has signed in under a name of one's own.
    """
    with token_store(database) as db:
        stored = rows.find(db, ring, connection)
        if connection not in FROM_ENVIRONMENT:
            return stored or _nobody_named(connection)
        missing = settings.missing_sign_in
        if missing:
            return _agreed(settings, stored) if stored else _nobody(missing)
        given = _of(settings, connection)
        if stored and _identity(stored) == _identity(given):
            return stored
        rows.alone(db, connection)
        stored = rows.find(db, ring, connection)
        if stored and _identity(stored) == _identity(given):
            return stored  # another process was first
        rows.save(db, ring, given)
        record(db, Event(event="auth.taken_in", connection=connection, detail="from the environment"))
        return given


def _of(settings: Settings, connection: str) -> ConnectionRow:
    return ConnectionRow(
        connection=connection,
        region=settings.region,
        environment=settings.environment,
        api_url=settings.crm_url,
        token_url=settings.token_url,
        upload_url=settings.content_url,
        client_id=settings.client_id,
        client_secret=settings.client_secret.get_secret_value(),
        refresh_token=settings.refresh_token.get_secret_value(),
    )


def _identity(row: ConnectionRow) -> tuple[str, ...]:
    hosts = (row.region, row.environment, row.api_url, row.token_url, row.upload_url)
    return (*hosts, row.client_id, row.client_secret, row.refresh_token)


def _agreed(settings: Settings, stored: ConnectionRow) -> ConnectionRow:
    """Refuse settings that say where to work when that is not where the stored sign-in leads."""
    said = {
        "region": (settings.region, stored.region),
        "environment": (settings.environment, stored.environment),
        "api_url": (settings.api_url, stored.api_url),
        "accounts_url": (settings.accounts_url, stored.token_url),
        "client_id": (settings.client_id, stored.client_id),
    }
    for field, (given, found) in said.items():
        if field in settings.model_fields_set and given and given != found:
            variable = str(Settings.model_fields[field].alias)
            raise ZohoConfigError(
                f"{variable} is {given!r}, but the stored sign-in {stored.connection!r} is for {found!r}.",
                hint=f"Leave {variable} out to work with the stored sign-in, or sign in anew with "
                f"`{login_command(stored.connection)}`.",
                variable=variable,
            )
    return stored


def _nobody(missing: str) -> ConnectionRow:
    raise ZohoConfigError(
        f"{missing} is not set, and nobody has signed in.",
        hint="Run `zohocrm-mcp auth login`, set the ZOHO_SDK_… variables, or try `zohocrm-mcp serve --demo`.",
        variable=missing,
    )


def _nobody_named(connection: str) -> ConnectionRow:
    """Say so, and not who else there is: whoever reads it may be a caller of somebody else's."""
    raise ZohoAuthError(
        f"Nobody is signed in under the connection {connection!r}.",
        hint=f"Run `{login_command(connection)}`; `zohocrm-mcp auth list` shows who is.",
    )
