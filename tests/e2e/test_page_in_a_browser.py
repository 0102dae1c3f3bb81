"""A client that is a page: a real browser lets it in where the settings name its origin, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from threading import Thread

import pytest

from support.browser import MISSING, Browser
from support.posting import LEGACY, serving
from zohocrm_mcp.config import Settings

pytestmark = [pytest.mark.integration, pytest.mark.e2e, pytest.mark.skipif(bool(MISSING), reason=MISSING)]

CALL = """
const [url, version] = a;
const kinds = {"Content-Type": "application/json", Accept: "application/json, text/event-stream"};
const send = (message, more) => fetch(url, {
  method: "POST", body: JSON.stringify({jsonrpc: "2.0", ...message}), headers: {...kinds, ...more}});
const about = {protocolVersion: version, capabilities: {}, clientInfo: {name: "page", version: "1"}};
const opened = await send({id: 1, method: "initialize", params: about});
const session = {"Mcp-Session-Id": opened.headers.get("Mcp-Session-Id"), "MCP-Protocol-Version": version};
await send({method: "notifications/initialized"}, session);
const listed = await send({id: 2, method: "tools/list"}, session);
return await listed.text();
"""


@pytest.fixture
def page(tmp_path: Path) -> Iterator[int]:
    """The port of a server of somebody else that has an empty page."""
    (tmp_path / "index.html").write_text("<!doctype html><title>page</title>", encoding="utf-8")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_a_page_of_a_named_origin_lists_tools_and_another_cannot(settings: Settings, tmp_path: Path, page: int) -> None:
    with (
        serving(settings, tmp_path, ALLOWED_ORIGINS=f"http://localhost:{page}") as (_, root),
        Browser(tmp_path / "profile") as browser,
    ):
        browser.open(f"http://localhost:{page}/")
        assert '"get_account"' in browser.run(CALL, f"{root}/mcp", LEGACY)
        browser.open(f"http://127.0.0.1:{page}/")
        with pytest.raises(AssertionError, match="Failed to fetch"):
            browser.run(CALL, f"{root}/mcp", LEGACY)
