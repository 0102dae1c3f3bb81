"""What the commands about sign-ins, keys and the database begin with: settings, logs, tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from zohocrm_mcp.config import Settings
    from zohocrm_mcp.db.pool import Database

Connection = Annotated[str, typer.Option("--connection", metavar="NAME", help="Which sign-in.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def prepared(**given: object) -> Settings:
    """Return the settings, with the logs turned down: a command's result is what one wants to see.

    Raises:
        ZohoConfigError: a setting is wrong.
    """
    from zohocrm_mcp.config import load_settings
    from zohocrm_mcp.observe.logging import configure_logging

    settings = load_settings(**given)
    level = settings.log_level if "log_level" in settings.model_fields_set else "WARNING"
    configure_logging(level, settings.log_format)
    return settings


@contextmanager
def store(settings: Settings, *, migrated: bool = True) -> Iterator[Database]:
    """Lend the database, with all tables unless told otherwise.

    Raises:
        ZohoDatabaseError: it does not answer, or is not of this version.
    """
    from zohocrm_mcp.connections.store import database_of
    from zohocrm_mcp.db import owner

    database = database_of(settings)
    try:
        if migrated:
            owner.bring_up(settings, database)
        yield database
    finally:
        database.close()


def show(body: Any, text: str, *, as_json: bool) -> None:
    """Print a result, for programs or for people."""
    typer.echo(json.dumps(body, ensure_ascii=False, indent=2, default=str) if as_json else text)


def tell(text: str) -> None:
    """Say something on the way; the result alone goes to stdout."""
    typer.echo(text, err=True)
