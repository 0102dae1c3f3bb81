"""``config``: what to paste into a client, and every setting as an ``.env`` file."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import typer

from zohocrm_mcp.errors import InvalidInputError

EXAMPLES = (
    "zohocrm-mcp config --client cursor",
    "zohocrm-mcp config --demo --client vscode",
    "zohocrm-mcp config --demo --client cursor --link",
    "zohocrm-mcp config --env",
)
NAME = "zohocrm"
_SIGN_IN = ("ZOHO_SDK_CLIENT_ID", "ZOHO_SDK_CLIENT_SECRET", "ZOHO_SDK_REFRESH_TOKEN", "ZOHO_SDK_REGION")
FROM_CLONE = ("uv", "run", "zohocrm-mcp")
"""How ``mcp.json`` starts the server: the client runs in the clone."""
FROM_INDEX = ("uvx", "zohocrm-mcp")
"""How the links of the README start it: uv fetches the published package."""


class Client(StrEnum):
    claude_desktop = "claude-desktop"
    claude_code = "claude-code"
    cursor = "cursor"
    vscode = "vscode"
    inspector = "inspector"


def config(
    *,
    client: Annotated[Client, typer.Option(help="Whose format.")] = Client.claude_desktop,
    demo: Annotated[bool, typer.Option("--demo", help="For the built-in simulator; needs no account.")] = False,
    link: Annotated[bool, typer.Option("--link", help="Print a link that installs it (cursor, vscode).")] = False,
    env: Annotated[bool, typer.Option("--env", help="Print every setting as an .env file instead.")] = False,
) -> None:
    """Print the configuration to paste into an MCP client, as JSON."""
    if env and (link or demo):
        raise InvalidInputError(
            "--env prints settings, and not what a client takes.", hint="Leave --env out, or the others.", field="env"
        )
    if env:
        typer.echo(env_example(), nl=False)
    elif link:
        typer.echo(install_link(client, installed(), demo=demo))
    else:
        typer.echo(as_text(document(client, installed(), demo=demo)), nl=False)


def installed() -> tuple[str, ...]:
    """Return the absolute path of this very program: clients start it with no path of a shell."""
    script = Path(sys.argv[0])
    beside = Path(sys.executable).with_name("zohocrm-mcp")
    return (str(beside if beside.exists() else script.absolute()),)


def document(client: Client | None, launch: Sequence[str], *, demo: bool = False) -> dict[str, Any]:
    """Return a client's configuration; ``None`` is for all that read ``mcpServers`` and take no variables."""
    command, *before = launch
    server: dict[str, Any] = {"command": command, "args": [*before, "serve", *(["--demo"] if demo else [])]}
    if client is Client.vscode:
        return {
            **({} if demo else {"inputs": _inputs()}),
            "servers": {NAME: {"type": "stdio", **server, **_env(client, demo)}},
        }
    if client is Client.claude_code:
        server = {"type": "stdio", **server}
    return {"mcpServers": {NAME: {**server, **_env(client, demo)}}}


def install_link(client: Client, launch: Sequence[str], *, demo: bool = False, page: bool = False) -> str:
    """Return the link that has a client install the server when it is opened.

    Args:
        client: whose.
        launch: how the server is started.
        demo: for the simulator.
        page: lead to the page of the client's maker that opens the client; where only https can be clicked.

    Raises:
        InvalidInputError: the client knows no such links.
    """
    body = document(client, launch, demo=demo)
    if client is Client.cursor:
        packed = base64.b64encode(json.dumps(body["mcpServers"][NAME]).encode()).decode()
        opener = "https://cursor.com/en/install-mcp" if page else "cursor://anysphere.cursor-deeplink/mcp/install"
        return f"{opener}?{urlencode({'name': NAME, 'config': packed})}"
    if client is not Client.vscode:
        hint = "Leave --link out and paste what is printed."
        raise InvalidInputError(f"{client.value} installs nothing by a link.", hint=hint, field="link")
    server, asked = body["servers"][NAME], {"inputs": body["inputs"]} if "inputs" in body else {}
    if page:
        given = {key: json.dumps(value) for key, value in {**asked, "config": server}.items()}
        return f"https://vscode.dev/redirect/mcp/install?{urlencode({'name': NAME, **given}, quote_via=quote)}"
    return f"vscode:mcp/install?{quote(json.dumps({'name': NAME, **server, **asked}), safe='')}"


def as_text(body: Mapping[str, Any]) -> str:
    return json.dumps(body, indent=2) + "\n"


def _env(client: Client | None, demo: bool) -> dict[str, Any]:
    """Empty values count as not set, so that what `auth login` has stored is used."""
    shapes = {
        Client.claude_desktop: "",
        Client.claude_code: "${{{name}:-}}",
        Client.cursor: "${{env:{name}}}",
        Client.vscode: "${{input:{name}}}",
    }
    if demo or client not in shapes:
        return {}
    return {"env": {name: shapes[client].format(name=name) for name in _SIGN_IN}}


def _inputs() -> list[dict[str, Any]]:
    from zohocrm_mcp.config import SECRET, Settings

    told = {str(field.alias): field.description for field in Settings.model_fields.values()}
    return [
        {"id": name, "type": "promptString", "description": told[name], "password": name in SECRET} for name in _SIGN_IN
    ]


def env_example() -> str:
    """Return every setting with its description and default, commented out."""
    from zohocrm_mcp.config import Settings

    blocks = [
        f"# {field.description}\n# {field.alias}={default_of(str(name), field.get_default())}\n"
        for name, field in Settings.model_fields.items()
    ]
    return "# Settings of zohocrm-mcp. Copy to .env and take the # off the lines you change.\n\n" + "\n".join(blocks)


def default_of(name: str, value: object) -> str:
    if name == "data_dir" or value is None:
        return ""
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(getattr(value, "get_secret_value", lambda: value)())
