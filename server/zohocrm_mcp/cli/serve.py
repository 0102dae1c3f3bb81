"""``serve``: the MCP server. Everything that takes time waits until the client has its tool list."""

from __future__ import annotations

import argparse
import gc
import os
import threading
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import anyio

from zohocrm_mcp._version import __version__
from zohocrm_mcp.transports.ending import hold_signals
from zohocrm_mcp.transports.wire import Wire, take_stdio

if TYPE_CHECKING:
    from zohocrm_mcp.cli._sign_in import Check
    from zohocrm_mcp.config import Settings

EXAMPLES = (
    "zohocrm-mcp serve --demo",
    "zohocrm-mcp serve --read-only --toolsets accounts,query",
    "zohocrm-mcp serve --transport http --port 8000",
)

Serving: TypeAlias = Callable[[], Awaitable[None]]

JOIN_SECONDS = 1.0
"""How long a thread may take to end after the serving has."""
YOUNG = 10_000
"""Objects between two searches for garbage: a page of records makes thousands, and none of them in a circle."""


def serve() -> None:
    """The MCP server; `zohocrm-mcp serve --help` shows its options."""


def main(arguments: Sequence[str]) -> int:
    """Serve and return the exit code.

    Raises:
        ZohoConfigError: a setting is wrong, or nobody is signed in.
    """
    options = parser().parse_args(arguments)
    wire = take_stdio() if options.transport == "stdio" else None
    gc.disable()  # collecting in the middle of the imports costs a tenth of the start
    serving = _serving(options, wire)
    gc.enable()
    gc.set_threshold(YOUNG)
    from zohocrm_mcp.observe.tracing import exporting

    hold_signals()
    with exporting():
        anyio.run(serving)
    return _leave(0)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="zohocrm-mcp serve",
        description="Serve Zoho CRM over MCP.",
        epilog="\n  ".join(["Examples:", *EXAMPLES]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "--transport", choices=["stdio", "http", "sse", "http+sse"], default="stdio", help="how clients reach it"
    )
    made.add_argument("--host", default="127.0.0.1", help="of http and sse")
    made.add_argument("--port", type=int, default=8000, help="of http and sse")
    made.add_argument("--demo", action="store_true", help="use the built-in simulator; needs no account")
    made.add_argument(
        "--connection", metavar="NAME", default="default", help="which sign-in; see `zohocrm-mcp auth list`"
    )
    made.add_argument("--read-only", action="store_true", default=None, help="only tools that read")
    made.add_argument("--toolsets", help="comma-separated; see `zohocrm-mcp tools`")
    made.add_argument("--version", action="version", version=f"zohocrm-mcp {__version__}")
    return made


def _serving(options: argparse.Namespace, wire: Wire | None) -> Serving:
    settings = _settings(options)
    from zohocrm_mcp.app import create_app, opener
    from zohocrm_mcp.connections.names import DEMO, checked_name
    from zohocrm_mcp.shared import Shared

    connection = DEMO if options.demo else checked_name(options.connection)
    shared = Shared(settings)
    server, tenants = create_app(
        settings,
        connection=connection,
        open_parts=opener(settings, demo=True) if options.demo else None,
        shared=shared,
    )
    if wire:
        from zohocrm_mcp.transports.stdio import serve_stdio

        return partial(serve_stdio, server, tenants, wire, _check(options, settings, connection))
    from zohocrm_mcp.transports.entrance import for_tenants, open_gate
    from zohocrm_mcp.transports.http import serve_http
    from zohocrm_mcp.transports.metrics_port import listen

    gate = open_gate(settings, shared, options.host, connection, only=DEMO if options.demo else "")
    check = for_tenants(gate, _check(options, settings, connection))
    where = (options.transport, options.host, options.port)
    return partial(serve_http, server, tenants, gate, *where, bounds=settings, metrics=listen(settings), check=check)


def _check(options: argparse.Namespace, settings: Settings, connection: str) -> Check | None:
    from zohocrm_mcp.cli._sign_in import sign_in_check

    return None if options.demo else sign_in_check(settings, connection)


def _settings(options: argparse.Namespace) -> Settings:
    from zohocrm_mcp.config import load_settings
    from zohocrm_mcp.observe.logging import configure_logging

    settings = load_settings(read_only=options.read_only, toolsets=options.toolsets)
    configure_logging(settings.log_level, settings.log_format)
    return settings


def _leave(code: int) -> int:
    """Return ``code``, or end the process with it when a thread hangs in a call that nobody can interrupt."""
    others = [one for one in threading.enumerate() if one is not threading.main_thread() and not one.daemon]
    for one in others:
        one.join(JOIN_SECONDS)
    if any(one.is_alive() for one in others):
        os._exit(code)
    return code
