"""The stage of an MCP app: a page that plays the host, and behind it a real client of a real server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client, StdioServerParameters
from mcp.client.extension import advertise
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID
from mcp.types import TextResourceContents

from support.browser import Browser

APPS = advertise(EXTENSION_ID, {"mimeTypes": [APP_MIME_TYPE]})
ABLE: dict[str, Any] = {"serverTools": {}, "updateModelContext": {"text": {}}}
"""What a host says that it does for an app."""

WIDTH, HEIGHT = 808, 1600


class Server:
    """``serve --demo`` as a host that shows apps knows it."""

    def __init__(self, portal: BlockingPortal, client: Client) -> None:
        self._portal, self._client = portal, client
        self.scene = b""

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Return the whole result, as it went over the wire."""
        result = self._portal.call(self._client.call_tool, tool, arguments)
        whole: dict[str, Any] = result.model_dump(mode="json", by_alias=True, exclude_none=True)
        return whole

    def facts(self, tool: str, **arguments: Any) -> Any:
        return self.call(tool, **arguments)["structuredContent"]

    def app_of(self, tool: str) -> str:
        """Return the URI of the app that the tool list names."""
        tools = self._portal.call(self._client.list_tools).tools
        (meta,) = (one.meta for one in tools if one.name == tool)
        assert meta
        return str(meta["ui"]["resourceUri"])

    def page(self, uri: str) -> str:
        (content,) = self._portal.call(self._client.read_resource, uri).contents
        assert isinstance(content, TextResourceContents)
        assert content.mime_type == APP_MIME_TYPE
        return content.text


@contextmanager
def server(command: tuple[str, ...], environment: dict[str, str]) -> Iterator[Server]:
    parameters = StdioServerParameters(command=command[0], args=list(command[1:]), env=environment)
    with start_blocking_portal() as portal:
        client = Client(parameters, extensions=[APPS])
        with portal.wrap_async_context_manager(client):
            yield Server(portal, client)


class Stage:
    """A browser at the host's page."""

    def __init__(self, browser: Browser, address: str, backstage: Server) -> None:
        self.browser, self.server, self.address = browser, backstage, address
        self.capabilities: dict[str, Any] = ABLE

    def show(self, tool: str, result: dict[str, Any] | None = None, *, theme: str = "light", **arguments: Any) -> Any:
        """Call a tool, show its app with the answer, and go into the app; returns the answer's facts.

        ``result`` stands in for an answer that the demo does not give.
        """
        answer = result or self.server.call(tool, **arguments)
        html = self.server.page(self.server.app_of(tool))
        self.browser.leave()
        self.browser.open(self.address)
        scene = {"html": html, "args": arguments, "result": answer, "theme": theme, "capabilities": self.capabilities}
        self.server.scene = json.dumps(scene).encode()  # past the driver, which sorts what it is given
        self.until("window.show")
        self.browser.run("await window.show(await (await fetch('/scene')).json())")
        self.browser.enter("iframe")
        self.until("document.getElementById('view').getAttribute('aria-busy') === null")
        return answer.get("structuredContent")

    def host(self, script: str, *arguments: Any) -> Any:
        """Run something in the host's page."""
        self.browser.leave()
        try:
            return self.browser.run(script, *arguments)
        finally:
            self.browser.enter("iframe")

    def calls(self) -> list[dict[str, Any]]:
        """Return what the app has asked its host to call."""
        found: list[dict[str, Any]] = self.host("return window.seen.calls")
        return found

    def until(self, condition: str) -> None:
        """Wait for the page to become so; the bound is the browser's."""
        wait = "while (!({})) await new Promise(requestAnimationFrame)"
        self.browser.run(wait.format(condition))

    def until_said(self, words: str) -> None:
        self.until(f"document.getElementById('status').textContent.includes({json.dumps(words)})")

    def text(self, css: str = "main") -> str:
        """Return what stands there for a person to read."""
        return str(self.browser.run("return document.querySelector(a[0]).innerText", css))

    def picture(self) -> bytes:
        self.browser.leave()
        try:
            return self.browser.picture("iframe")
        finally:
            self.browser.enter("iframe")


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, files: dict[str, bytes], backstage: Server, *more: Any) -> None:
        self._files, self._server = files, backstage
        super().__init__(*more)

    def do_GET(self) -> None:
        body = self._server.scene if self.path == "/scene" else self._files.get(self.path)
        kind = "text/javascript" if self.path.endswith(".js") else "text/html; charset=utf-8"
        self._send(404 if body is None else 200, body or b"", kind)

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = self._server.call(asked["name"], **asked.get("arguments", {}))
        self._send(200, json.dumps(answer).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def stage(backstage: Server, profile: Path, script: bytes) -> Iterator[Stage]:
    """Open the page of the host, which runs ``script``."""
    page = Path(__file__).parents[1] / "e2e" / "apps_host.html"
    files = {"/": page.read_bytes(), "/host.js": script, "/favicon.ico": b""}
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, files, backstage)) as listener:
        thread = threading.Thread(target=listener.serve_forever)
        thread.start()
        try:
            with Browser(profile, "--force-device-scale-factor=1.5", "--hide-scrollbars") as browser:
                browser.resize(WIDTH, HEIGHT)
                yield Stage(browser, f"http://127.0.0.1:{listener.server_port}/", backstage)
        finally:
            listener.shutdown()
            thread.join()
