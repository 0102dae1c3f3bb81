"""The apps as a client is offered them, and what their pages are made of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mcp import Client
from mcp.client.extension import advertise
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID

from support.clients import ERAS, Era
from zohocrm_mcp import apps
from zohocrm_mcp.app import catalog, create_app
from zohocrm_mcp.config import load_settings
from zohocrm_mcp.toolkit.spec import app_uri

FOLDER = Path(apps.__file__).parent
LARGEST = 30_000
SHOWS_APPS = advertise(EXTENSION_ID, {"mimeTypes": [APP_MIME_TYPE]})
SHOWS_OTHERS = advertise(EXTENSION_ID, {"mimeTypes": ["text/html"]})
MARKUP = re.compile(r"innerHTML|outerHTML|insertAdjacent|document\.write|createContextualFragment|setHTML|DOMParser")
LEADS_OUT = re.compile(
    r"\b(href|src|action|fetch|import|XMLHttpRequest|WebSocket|eval|Function)\b|https?:|url\(|@import"
)
every_app = pytest.mark.parametrize("name", apps.TITLES)
every_script = pytest.mark.parametrize("file", [file.name for file in FOLDER.glob("*.js")])


def served(era: Era, *extensions: object) -> Client:
    server, _ = create_app(load_settings())
    return Client(server, mode=era, extensions=list(extensions))  # type: ignore[arg-type]


@pytest.mark.anyio
@pytest.mark.parametrize("era", ERAS)
async def test_a_client_that_shows_apps_is_told_which_tool_has_one(era: Era) -> None:
    async with served(era, SHOWS_APPS) as client:
        tools = {tool.name: tool.meta for tool in (await client.list_tools()).tools}
        resources = {one.uri: one for one in (await client.list_resources()).resources}
    assert tools["account_overview"] == {"ui": {"resourceUri": "ui://zohocrm/account_card"}}
    assert not tools["get_account"]
    assert {app_uri(name) for name in apps.TITLES} <= set(resources)
    assert resources["ui://zohocrm/account_card"].mime_type == APP_MIME_TYPE


@pytest.mark.anyio
@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("extensions", [(), (SHOWS_OTHERS,)])
async def test_others_are_told_nothing_of_them(era: Era, extensions: tuple[object, ...]) -> None:
    async with served(era, *extensions) as client:
        assert [tool.name for tool in (await client.list_tools()).tools if tool.meta] == []
        uris = [one.uri for one in (await client.list_resources()).resources]
    assert uris
    assert not [uri for uri in uris if uri.startswith("ui:")]


@pytest.mark.anyio
@pytest.mark.parametrize("era", ERAS)
async def test_a_page_is_read_as_what_hosts_want(era: Era) -> None:
    async with served(era, SHOWS_APPS) as client:
        (content,) = (await client.read_resource("ui://zohocrm/bulk_review")).contents
    assert content.mime_type == APP_MIME_TYPE
    assert content.model_dump(exclude_none=True)["text"] == apps.page("bulk_review")


def test_every_app_is_of_use_to_a_tool_and_every_tool_names_one_there_is() -> None:
    assert {spec.app for spec in catalog().specs if spec.app} == set(apps.TITLES)


@every_app
def test_a_page_is_whole_and_small(name: str) -> None:
    page = apps.page(name)
    assert page.startswith("<!doctype html>")
    assert len(page.encode()) < LARGEST
    assert "{{" not in page.replace("${{", "")
    assert page.count("<script>") == page.count("<style>") == 1


@every_app
def test_a_page_forbids_everything_but_its_own_script_and_style(name: str) -> None:
    found = re.search(r'Content-Security-Policy" content="([^"]+)"', apps.page(name))
    assert found
    rules = dict(rule.strip().partition(" ")[::2] for rule in found[1].split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    for kind in ("script-src", "style-src"):
        assert re.fullmatch(r"'sha256-[A-Za-z0-9+/=]+'", rules[kind])


@every_script
def test_a_script_makes_no_markup_of_text(file: str) -> None:
    assert MARKUP.search((FOLDER / file).read_text(encoding="utf-8")) is None


@every_script
def test_a_script_leads_nowhere(file: str) -> None:
    assert LEADS_OUT.search((FOLDER / file).read_text(encoding="utf-8")) is None
