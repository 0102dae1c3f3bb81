"""Mistakes of a client, not of a model: what is unknown is -32602, as the specification wants."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from mcp import MCPError
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS

from zohocrm_mcp.errors import InvalidInputError, NotFoundError, ZohoError
from zohocrm_mcp.toolkit.call_id import call_id
from zohocrm_mcp.toolkit.catalog import Catalog

_MOST_CHARACTERS = 1_000
"""Of a sentence, and of a name that is compared with others: who calls may have made it up."""
_LISTS = frozenset({"tools/list", "prompts/list", "resources/list", "resources/templates/list"})


def strict(server: MCPServer[Any], catalog: Catalog, served: Collection[str]) -> ServerMiddleware[Any]:
    """Return the middleware that refuses tools that are not ``served``, unknown prompts, their arguments, cursors."""

    async def check(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        params = ctx.params or {}
        if ctx.method in _LISTS and params.get("cursor"):
            raise refused("Unknown cursor: the lists of this server have one page each.")
        if ctx.method == "tools/call":
            _check_tool(catalog, served, str(params.get("name")))
        if ctx.method == "prompts/get":
            await _check_prompt(server, str(params.get("name")), params.get("arguments") or {})
        return await call_next(ctx)

    return check


def _check_tool(catalog: Catalog, served: Collection[str], name: str) -> None:
    if name in served:
        return
    spec = catalog.spec(name)
    if spec is None:
        raise refused(f"Unknown tool: {name}.{nearest(name, served)}")
    raise refused(
        f"Tool {name} is not served here: its toolset {spec.toolset!r} is off, or the server is read-only. "
        "ZOHO_MCP_TOOLSETS and ZOHO_MCP_READ_ONLY decide."
    )


async def _check_prompt(server: MCPServer[Any], name: str, given: Mapping[str, object]) -> None:
    prompts = {prompt.name: prompt.arguments or [] for prompt in await server.list_prompts()}
    if name not in prompts:
        raise refused(f"Unknown prompt: {name}.{nearest(name, prompts)}")
    known = {argument.name: bool(argument.required) for argument in prompts[name]}
    missing = [argument for argument, required in known.items() if required and argument not in given]
    unknown = [argument for argument in given if argument not in known]
    if missing:
        raise refused(f"Prompt {name} needs the argument {missing[0]}.")
    if unknown:
        raise refused(f"Prompt {name} has no argument {unknown[0]}.{nearest(unknown[0], known)}")


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a question that names what may have been meant; nothing where nothing is like it."""
    close = difflib.get_close_matches(name[:_MOST_CHARACTERS], list(known), n=1)
    return f" Did you mean {close[0]}?" if close else ""


def protocol_error(error: ZohoError) -> MCPError:
    """Return one of our errors as an error of the protocol, with its sentences and its structure."""
    code = INVALID_PARAMS if isinstance(error, InvalidInputError | NotFoundError) else INTERNAL_ERROR
    told = {**error.as_dict(), "call_id": call_id()}
    return MCPError(code=code, message=f"{error.message} {error.hint}", data={"error": told})


def refused(sentence: str) -> MCPError:
    """Return the error for what a client should have known."""
    return MCPError(code=INVALID_PARAMS, message=sentence[:_MOST_CHARACTERS])
