"""What is written down for clients and operators is what the program prints."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from zohocrm_mcp.cli.config import FROM_CLONE, Client, as_text, document, env_example, install_link
from zohocrm_mcp.config import Settings
from zohocrm_mcp.errors import InvalidInputError

ROOT = Path(__file__).parents[2]
LAUNCH = ("/opt/bin/zohocrm-mcp",)


def test_mcp_json_is_what_config_prints_for_a_clone() -> None:
    assert (ROOT / "mcp.json").read_text(encoding="utf-8") == as_text(document(None, FROM_CLONE))


def test_env_example_is_what_config_prints() -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == env_example()


def test_env_example_has_every_setting_with_its_description_and_default() -> None:
    text = env_example()
    for field in Settings.model_fields.values():
        assert f"# {field.description}\n# {field.alias}=" in text
    assert "\n# ZOHO_SDK_READ_TIMEOUT=60\n" in text
    assert "\n# ZOHO_MCP_READ_ONLY=false\n" in text


def test_env_example_as_it_stands_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(env_example(), encoding="utf-8")
    assert Settings(_env_file=file).model_fields_set == set()  # type: ignore[call-arg]


def test_env_example_with_every_line_taken_in_gives_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    lines = [line.removeprefix("# ") for line in env_example().splitlines() if line.startswith("# ") and "=" in line]
    file.write_text("\n".join(lines), encoding="utf-8")
    assert Settings(_env_file=file) == Settings.model_validate({})  # type: ignore[call-arg]


@pytest.mark.parametrize("client", [client for client in Client if client is not Client.vscode])
def test_most_clients_read_mcp_servers(client: Client) -> None:
    server = document(client, LAUNCH)["mcpServers"]["zohocrm"]
    assert (server["command"], server["args"]) == ("/opt/bin/zohocrm-mcp", ["serve"])


@pytest.mark.parametrize(
    ("client", "value"),
    [
        (Client.claude_desktop, ""),
        (Client.claude_code, "${ZOHO_SDK_CLIENT_ID:-}"),
        (Client.cursor, "${env:ZOHO_SDK_CLIENT_ID}"),
    ],
)
def test_a_client_takes_the_sign_in_in_its_own_way(client: Client, value: str) -> None:
    assert document(client, LAUNCH)["mcpServers"]["zohocrm"]["env"]["ZOHO_SDK_CLIENT_ID"] == value


def test_vscode_asks_for_what_is_secret() -> None:
    body: dict[str, Any] = document(Client.vscode, LAUNCH)
    assert body["servers"]["zohocrm"]["type"] == "stdio"
    asked = {one["id"]: one["password"] for one in body["inputs"]}
    assert asked == {
        "ZOHO_SDK_CLIENT_ID": False,
        "ZOHO_SDK_CLIENT_SECRET": True,
        "ZOHO_SDK_REFRESH_TOKEN": True,
        "ZOHO_SDK_REGION": False,
    }


@pytest.mark.parametrize("client", Client)
def test_the_demo_needs_no_variables(client: Client) -> None:
    text = json.dumps(document(client, LAUNCH, demo=True))
    assert '"--demo"' in text
    assert "ZOHO_" not in text


def test_a_link_for_cursor_holds_the_same_as_what_is_pasted() -> None:
    given = urlsplit(install_link(Client.cursor, LAUNCH, demo=True))
    assert (given.scheme, given.netloc, given.path) == ("cursor", "anysphere.cursor-deeplink", "/mcp/install")
    (packed,) = parse_qs(given.query)["config"]
    assert json.loads(base64.b64decode(packed)) == document(Client.cursor, LAUNCH, demo=True)["mcpServers"]["zohocrm"]


def test_a_link_for_vscode_holds_the_same_as_what_is_pasted() -> None:
    scheme, _, given = install_link(Client.vscode, LAUNCH).partition("?")
    body = document(Client.vscode, LAUNCH)
    assert scheme == "vscode:mcp/install"
    assert json.loads(unquote(given)) == {"name": "zohocrm", **body["servers"]["zohocrm"], "inputs": body["inputs"]}


@pytest.mark.parametrize("client", [Client.claude_desktop, Client.claude_code, Client.inspector])
def test_a_client_without_links_says_so(client: Client) -> None:
    with pytest.raises(InvalidInputError, match="installs nothing by a link"):
        install_link(client, LAUNCH)
