"""``token``: the bearer tokens of the HTTP transports."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from zohocrm_mcp.access.caller import Role
from zohocrm_mcp.cli._prepared import AsJson, prepared, show, store, tell
from zohocrm_mcp.connections.names import DEFAULT, login_command
from zohocrm_mcp.errors import InvalidInputError

if TYPE_CHECKING:
    from zohocrm_mcp.access.tokens import StoredToken

EXAMPLES = (
    "zohocrm-mcp token create reporting --role read --expires 30d",
    "zohocrm-mcp token create acme-agent --connection acme --role write",
    "zohocrm-mcp token list --json",
    "zohocrm-mcp token revoke reporting",
)
group = typer.Typer(no_args_is_help=True, help="Bearer tokens of the HTTP transports: connection, role, expiry.")

_PERIOD = re.compile(r"([0-9]{1,5})([mhdw])\Z")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
NEVER = "never"
LONGEST = timedelta(days=3653)
"""Ten years: what is meant to be good for longer is meant to have no end, and says so."""

Name = Annotated[str, typer.Argument(metavar="NAME", help="Who or what brings the token: letters, digits, . _ -")]


@group.command()
def create(
    name: Name,
    *,
    connection: Annotated[
        str, typer.Option("--connection", metavar="NAME", help="The sign-in whose data its callers work with.")
    ] = DEFAULT,
    role: Annotated[Role, typer.Option(help="What its callers may: look, change records, everything.")] = "write",
    expires: Annotated[
        str, typer.Option(help="How long it is good: 12h, 90d, 52w (ten years at most) or never.")
    ] = "90d",
    as_json: AsJson = False,
) -> None:
    """Make a token and print it, alone and for the only time: what is stored is its hash."""
    from zohocrm_mcp.access import tokens
    from zohocrm_mcp.connections import rows
    from zohocrm_mcp.connections.store import token_store

    with store(prepared()) as database, token_store(database) as db:
        token, made = tokens.create(db, name, connection, role, period(expires))
        is_signed_in = connection in rows.names(db)
    show({"token": token, **_shown(made)}, token, as_json=as_json)
    tell(f"This is shown once. {_line(made)}.")
    if not is_signed_in:
        tell(f"Nobody is signed in as {connection!r} yet: run `{login_command(connection)}`.")


@group.command(name="list")
def list_(*, as_json: AsJson = False) -> None:
    """List all tokens, with when each was last used; none of them is shown itself."""
    from zohocrm_mcp.access import tokens
    from zohocrm_mcp.connections.store import token_store

    with store(prepared()) as database, token_store(database) as db:
        found = tokens.listed(db)
    show([_shown(one) for one in found], "\n".join(map(_line, found)) or "There are no tokens.", as_json=as_json)


@group.command()
def revoke(name: Name, *, as_json: AsJson = False) -> None:
    """Take a token back; within a few seconds every server refuses it."""
    from zohocrm_mcp.access import tokens
    from zohocrm_mcp.connections.store import token_store

    with store(prepared()) as database, token_store(database) as db:
        gone = tokens.revoke(db, name)
    show(_shown(gone), f"The token {name!r} is revoked.", as_json=as_json)


def period(text: str) -> timedelta | None:
    """Return how long ``text`` means; None: without end.

    Raises:
        InvalidInputError: it means nothing, or more than ten years.
    """
    if text == NEVER:
        return None
    found = _PERIOD.match(text)
    if not found or not int(found[1]):
        raise InvalidInputError(f"--expires is {text!r}, which is not a period.", hint="Write 12h, 90d, 52w or never.")
    meant = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if meant > LONGEST:
        raise InvalidInputError(
            f"--expires is {text!r}, which is more than ten years.",
            hint="Write a shorter one, or never for a token without end.",
        )
    return meant


def _shown(token: StoredToken) -> dict[str, object]:
    times = ("created_at", "expires_at", "last_used_at", "revoked_at")
    return {key: value.isoformat() if key in times and value else value for key, value in asdict(token).items()}


def _line(token: StoredToken) -> str:
    ends = f"until {token.expires_at:%Y-%m-%d %H:%M%z}" if token.expires_at else "without end"
    used = f"last used {token.last_used_at:%Y-%m-%d %H:%M%z}" if token.last_used_at else "never used"
    return f"{token.name}: {token.state}, role {token.role}, connection {token.connection}, {ends}, {used}"
