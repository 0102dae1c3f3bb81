"""``auth``: sign in to Zoho, see who is signed in, sign out."""

from __future__ import annotations

import sys
import webbrowser
from contextlib import redirect_stdout
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zohocrm_mcp.cli._prepared import AsJson, Connection, prepared, show, store, tell
from zohocrm_mcp.connections.names import DEFAULT, checked_name

if TYPE_CHECKING:
    from zohocrm_mcp.config import Settings
    from zohocrm_mcp.services.authentication.sign_in import SignedIn

EXAMPLES = (
    "zohocrm-mcp auth login",
    "zohocrm-mcp auth login --connection emea",
    "zohocrm-mcp auth url",
    "zohocrm-mcp auth exchange 1000.abc.def",
    "zohocrm-mcp auth exchange --self-client 1000.abc.def",
    "zohocrm-mcp auth status --json",
    "zohocrm-mcp auth list",
    "zohocrm-mcp auth logout --connection emea",
)
group = typer.Typer(no_args_is_help=True, help="Sign in to Zoho, see who is signed in, sign out.")

WAIT_SECONDS = 300.0


@group.command()
def login(
    *,
    connection: Connection = DEFAULT,
    as_json: AsJson = False,
    wait: Annotated[float, typer.Option(min=1, help="Seconds to wait for the browser.")] = WAIT_SECONDS,
) -> None:
    """Sign in with a browser on this machine, and prove it with a call."""
    import anyio

    from zohocrm_mcp.connections.authorisation import belongs
    from zohocrm_mcp.connections.callback import listening
    from zohocrm_mcp.services.authentication.sign_in import SignIn

    settings = _asked(checked_name(connection))
    with store(settings) as database:
        sign_in = SignIn(settings, database, connection)
        address, request = sign_in.ask()
        with listening(settings.redirect_url, partial(belongs, request)) as callback:
            opened = webbrowser.open(address)
            tell(f"{'Accept in the browser' if opened else 'Open in a browser on this machine'}: {address}")
            answer = callback.wait(wait)
        _welcome(anyio.run(sign_in.finish, answer, request), as_json=as_json)


@group.command()
def url(*, connection: Connection = DEFAULT, as_json: AsJson = False) -> None:
    """Print the address to open in any browser; `auth exchange` takes what it leads to."""
    from zohocrm_mcp.services.authentication.sign_in import SignIn

    settings = _asked(checked_name(connection))
    with store(settings) as database:
        address, request = SignIn(settings, database, connection).ask()
    show({"url": address, "redirect_url": request.redirect_url, "scopes": request.scopes}, address, as_json=as_json)
    tell("Accept there, then give the address that the browser ends up at to `zohocrm-mcp auth exchange`.")


@group.command()
def exchange(
    answer: Annotated[str, typer.Argument(metavar="CODE_OR_ADDRESS", help="What came back; - reads it from stdin.")],
    *,
    connection: Connection = DEFAULT,
    self_client: Annotated[bool, typer.Option("--self-client", help="The code is from a self client.")] = False,
    as_json: AsJson = False,
) -> None:
    """Finish a sign-in with a code, or with the whole address that the browser was sent to."""
    import anyio

    from zohocrm_mcp.services.authentication.sign_in import SignIn

    settings = _asked(checked_name(connection))
    given = sys.stdin.readline().strip() if answer == "-" else answer.strip()
    with store(settings) as database:
        sign_in = SignIn(settings, database, connection)
        request = None if self_client else sign_in.asked()
        _welcome(anyio.run(sign_in.finish, given, request), as_json=as_json)


@group.command()
def status(*, connection: Connection = DEFAULT, as_json: AsJson = False) -> None:
    """Show who is signed in under a name; exit code 1 when nobody is."""
    found = _listed(checked_name(connection))
    show(found[0] if found else None, _lines(found) or f"Nobody is signed in as {connection!r}.", as_json=as_json)
    if not found:
        raise typer.Exit(1)


@group.command(name="list")
def list_(*, as_json: AsJson = False) -> None:
    """List all sign-ins."""
    found = _listed(None)
    show(found, _lines(found) or "Nobody is signed in.", as_json=as_json)


@group.command()
def logout(*, connection: Connection = DEFAULT, as_json: AsJson = False) -> None:
    """Revoke a sign-in at Zoho and delete it here."""
    from dataclasses import asdict

    from zohocrm_mcp.services.authentication.sign_out import sign_out

    settings = prepared()
    with store(settings) as database:
        gone = sign_out(settings, database, checked_name(connection))
    how = "revoked at Zoho and deleted" if gone.revoked else f"deleted here, but not revoked at Zoho: {gone.trouble}"
    show(asdict(gone), f"The sign-in {connection!r} is {how.rstrip('.')}.", as_json=as_json)
    if not gone.revoked:
        tell("Revoke it at https://accounts.zoho.com/home#sessions/connectedapps, or there at your own data centre.")
    if connection == DEFAULT and settings.refresh_token.get_secret_value():
        tell("ZOHO_SDK_REFRESH_TOKEN is still set: the next start takes it in again.")


def _asked(connection: str) -> Settings:
    """Return the settings; at a terminal, a person is asked for what is missing."""
    settings = prepared()
    if settings.client_id or not sys.stdin.isatty() or _listed(connection, settings):
        return settings
    tell("Register a client (server-based, or a self client) at the API console of your data centre, such as")
    tell("https://api-console.zoho.com or https://api-console.zoho.eu.")
    tell(f"Its redirect address must be {settings.redirect_url}")
    with redirect_stdout(sys.stderr):  # `err=True` leaves the blank behind the question to stdout
        return prepared(
            client_id=typer.prompt("Client id", err=True).strip(),
            client_secret=typer.prompt("Client secret", hide_input=True, err=True).strip(),
            region=typer.prompt("Data centre", default=settings.region, err=True).strip(),
        )


def _welcome(done: SignedIn, *, as_json: bool) -> None:
    where = f"data centre {done.region}, {done.environment}, connection {done.connection}"
    show(done.as_dict(), f"Signed in as {done.identity}; {where}.", as_json=as_json)
    for note in done.notes:
        tell(note)


def _listed(connection: str | None, settings: Settings | None = None) -> list[dict[str, Any]]:
    from dataclasses import asdict

    from zohocrm_mcp.connections.keyring import load_keyring
    from zohocrm_mcp.connections.listing import listed
    from zohocrm_mcp.connections.signin import take_in
    from zohocrm_mcp.connections.store import token_store

    used = settings or prepared()
    with store(used) as database:
        if not used.missing_sign_in:
            take_in(database, load_keyring(used), used)
        with token_store(database) as db:
            return [asdict(row) for row in listed(db, connection)]


def _lines(found: list[dict[str, Any]]) -> str:
    return "\n".join(
        f"{row['connection']}: {row['user'] or 'signed in'} at {row['organisation'] or '?'}, {row['region']}, "
        f"{row['environment']}; access token good for {row['token_seconds'] // 60} minutes"
        + (f"; {row['trouble']}" if row["trouble"] else "")
        for row in found
    )
