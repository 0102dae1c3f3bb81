"""Catching the redirect: a server on the registered loopback address that lives for one sign-in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from zohocrm_mcp.config import LOOPBACK
from zohocrm_mcp.errors import ZohoAuthError, ZohoConfigError
from zohocrm_mcp.observe.logging import get_logger

SLOWEST_SECONDS = 10.0

log = get_logger(__name__)

_PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>zohocrm-mcp</title></head>
<body><h1>{title}</h1><p>{text}</p></body></html>"""

Belongs = Callable[[str], bool]
"""Whether the query of a redirect answers the sign-in that was started."""


class Callback:
    """Waits for the redirect. Whatever else comes by is turned away, and the wait goes on."""

    def __init__(self, belongs: Belongs) -> None:
        self._belongs = belongs
        self._done = threading.Event()
        self._query = ""
        self.strangers = 0

    def take(self, query: str) -> bool:
        """Judge what a browser brought; the first that belongs here ends the wait."""
        if not self._belongs(query):
            self.strangers += 1
            log.warning("sign-in answer with a foreign state turned away")
            return False
        if not self._done.is_set():
            self._query = query
            self._done.set()
        return True

    def wait(self, seconds: float) -> str:
        """Return the query of the redirect.

        Raises:
            ZohoAuthError: none came in time.
        """
        if not self._done.wait(seconds):
            seen = f" {self.strangers} answers with a foreign state were turned away." if self.strangers else ""
            raise ZohoAuthError(
                f"The browser did not come back within {seconds:.0f} seconds.{seen}",
                hint="Run `zohocrm-mcp auth login` again; without a browser here, use `zohocrm-mcp auth url` and "
                "`zohocrm-mcp auth exchange`.",
            )
        return self._query


@contextmanager
def listening(redirect_url: str, belongs: Belongs) -> Iterator[Callback]:
    """Listen on the address of ``redirect_url`` while the block runs.

    Raises:
        ZohoConfigError: the address is not one of this machine's loopback, or its port is taken.
    """
    callback = Callback(belongs)
    server = _bound(redirect_url, callback)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="redirect", daemon=True)
    thread.start()
    try:
        yield callback
    finally:
        server.shutdown()
        server.server_close()
        thread.join(SLOWEST_SECONDS)


def _bound(redirect_url: str, callback: Callback) -> ThreadingHTTPServer:
    parts = urlsplit(redirect_url)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        raise ZohoConfigError(
            f"ZOHO_SDK_REDIRECT_URL is {redirect_url!r}, where no browser finds this program.",
            hint="Register a loopback address (http://127.0.0.1:8085/callback) in the API console, or use "
            "`zohocrm-mcp auth url` and `zohocrm-mcp auth exchange`.",
            variable="ZOHO_SDK_REDIRECT_URL",
        )
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname
    try:
        return _Server((host, parts.port or 80), _handler(parts.path or "/", callback))
    except OSError as error:
        raise ZohoConfigError(
            f"Nothing can listen on {redirect_url} ({error.strerror}).",
            hint="End the program that uses the port, or register another one and set ZOHO_SDK_REDIRECT_URL.",
            variable="ZOHO_SDK_REDIRECT_URL",
        ) from None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True


def _handler(path: str, callback: Callback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = SLOWEST_SECONDS
        server_version, sys_version = "zohocrm-mcp", ""

        def do_GET(self) -> None:
            came = urlsplit(self.path)
            if came.path != path:
                self._show(HTTPStatus.NOT_FOUND, "Not here", "This address only waits for Zoho's answer.")
            elif not callback.take(came.query):
                self._show(HTTPStatus.BAD_REQUEST, "Not signed in", "This answer does not belong to the sign-in.")
            elif "code" not in parse_qs(came.query):
                self._show(HTTPStatus.OK, "No access given", "Go back to the terminal.")
            else:
                self._show(HTTPStatus.OK, "Access given", "Close this page and go back to the terminal.")

        def _show(self, status: HTTPStatus, title: str, text: str) -> None:
            body = _PAGE.format(title=title, text=text).encode()
            self.send_response(status)
            for name, value in _HEADERS.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """The request line holds the code: it goes to no log."""

    return Handler


_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'",
}
