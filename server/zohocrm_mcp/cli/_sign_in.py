"""Is anybody signed in? Told at once where it can be, else found out beside the serving."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from zohocrm_mcp.connections.names import DEFAULT, login_command
from zohocrm_mcp.errors import ZohoConfigError, ZohoError

if TYPE_CHECKING:
    from zohocrm_mcp.config import Settings

Check = Callable[[], Awaitable[None]]


def sign_in_check(settings: Settings, connection: str = DEFAULT) -> Check | None:
    """Return what has still to be found out beside the serving, or None when the environment holds everything.

    The environment speaks for the default connection alone.

    Raises:
        ZohoConfigError: something is missing, and plainly nothing is stored either.
    """
    missing = settings.missing_sign_in
    if connection == DEFAULT and not missing:
        return None
    if not _may_be_stored(settings):
        raise _nobody(missing, connection)

    async def check() -> None:
        import anyio.to_thread

        await anyio.to_thread.run_sync(_look, settings, connection, abandon_on_cancel=True)

    return check


def _nobody(missing: str, connection: str) -> ZohoConfigError:
    if connection != DEFAULT:
        return ZohoConfigError(
            f"Nobody has signed in as {connection!r}.",
            hint=f"Run `{login_command(connection)}`, or leave --connection out.",
        )
    return ZohoConfigError(
        f"{missing} is not set, and nobody has signed in.",
        hint="Run `zohocrm-mcp auth login`, set the ZOHO_SDK_… variables, or try `zohocrm-mcp serve --demo`.",
        variable=missing,
    )


def _may_be_stored(settings: Settings) -> bool:
    from zohocrm_mcp.db.layout import Layout

    return not settings.embedded or Layout.of(settings.data_dir).cluster.exists()


def _look(settings: Settings, connection: str) -> None:
    """Ask the store. A database that does not answer is no reason to end: every call says so until it does."""
    from zohocrm_mcp.connections import check_signed_in
    from zohocrm_mcp.observe.logging import get_logger

    try:
        check_signed_in(settings, connection)
    except ZohoConfigError:
        raise
    except ZohoError as error:
        get_logger(__name__).warning("sign-in not checked", reason=error.message, hint=error.hint)
