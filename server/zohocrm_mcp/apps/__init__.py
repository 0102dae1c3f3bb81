"""Views that hosts of MCP Apps show beside a tool's answer: one HTML page each, whole in itself.

A page asks for nothing from anywhere: its script and its style are in it, named by their hashes in its policy, and
everything else is forbidden. Clients that show no apps are not told of them.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from mcp.server.apps import Apps, client_supports_apps
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

from zohocrm_mcp.toolkit.spec import app_uri

TITLES = {
    "account_card": "An account from all sides",
    "bulk_review": "A bulk change, record by record",
    "data_quality": "What an export holds, field by field",
}
"""Each app by the name that ``@tool(..., app=)`` takes, which is the name of its script too."""

_SHARED = ("host.js", "page.js")


def page(name: str) -> str:
    """Return the HTML of an app."""
    script = "\n".join(["(() => {", '"use strict";', *map(_text, [*_SHARED, f"{name}.js"]), "})();"])
    style = _text("style.css")
    parts = {"policy": _policy(script, style), "title": TITLES[name], "style": style, "script": script}
    html = _text("page.html")
    for part, text in parts.items():
        html = html.replace(f"{{{{{part}}}}}", text)
    return html


def extension() -> Apps:
    """Return what the server declares of its apps, and their pages."""
    apps = Apps()
    for name, title in TITLES.items():
        apps.add_html_resource(app_uri(name), page(name), name=name, title=title, prefers_border=True)
    return apps


async def tactful(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Leave the apps out of the lists for clients that do not show them: what they cannot use costs room."""
    result = await call_next(ctx)
    if not isinstance(result, dict) or client_supports_apps(ctx):
        return result
    if ctx.method == "tools/list":
        return {**result, "tools": [_without_app(tool) for tool in result["tools"]]}
    if ctx.method == "resources/list":
        return {**result, "resources": [one for one in result["resources"] if not one["uri"].startswith("ui://")]}
    return result


def _without_app(tool: dict[str, Any]) -> dict[str, Any]:
    meta = {key: value for key, value in tool.get("_meta", {}).items() if key != "ui"}
    rest = {key: value for key, value in tool.items() if key != "_meta"}
    return {**rest, "_meta": meta} if meta else rest


def _policy(script: str, style: str) -> str:
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _text(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
