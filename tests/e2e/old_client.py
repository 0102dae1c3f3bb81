"""A client of the Python SDK as it was: takes a few steps and prints what it saw as JSON.

Run by an environment with ``mcp`` from 1.1.3 to 1.28.1: ``old_client.py stdio COMMAND…``, ``sse URL`` or ``http URL``.
Modules are imported by name, because the SDK that the type checker knows no longer has them.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from importlib.metadata import version
from typing import Any

mcp: Any = import_module("mcp")
types: Any = import_module("mcp.types")


def streams(transport: str, target: list[str]) -> AbstractAsyncContextManager[Any]:
    if transport == "stdio":
        server = mcp.StdioServerParameters(command=target[0], args=target[1:], env=dict(os.environ))
        made: AbstractAsyncContextManager[Any] = import_module("mcp.client.stdio").stdio_client(server)
    elif transport == "sse":
        made = import_module("mcp.client.sse").sse_client(target[0])
    else:
        made = import_module("mcp.client.streamable_http").streamablehttp_client(target[0])
    return made


async def refusal(work: Any) -> int:
    try:
        await work
    except mcp.McpError as error:
        return int(error.error.code)
    return 0


def shown(result: Any) -> dict[str, Any]:
    return {"is_error": result.isError, "text": result.content[0].text}


async def steps(session: Any) -> dict[str, Any]:
    started = await session.initialize()
    page = shown(await session.call_tool("get_accounts", {"limit": 2, "fields": ["Account_Name"]}))
    account = json.loads(page["text"])["records"][0]["id"]
    uri = "crm://accounts/schema"
    (schema,) = (await session.read_resource(import_module("pydantic").AnyUrl(uri))).contents
    prompt = await session.get_prompt("account_review", {"account": "Acme"})
    reference = (getattr(types, "ResourceTemplateReference", None) or types.ResourceReference)(
        type="ref/resource", uri="crm://modules/{module}/schema"
    )
    return {
        "mcp": version("mcp"),
        "protocol": started.protocolVersion,
        "server": started.serverInfo.name,
        "tools": [tool.name for tool in (await session.list_tools()).tools],
        "page": page,
        "read": shown(await session.call_tool("get_account", {"account_id": account})),
        "changed": shown(await session.call_tool("update_account", {"account_id": account, "values": {"Phone": "1"}})),
        "refused": shown(await session.call_tool("get_account", {"account_id": "1"})),
        "unknown_tool": await refusal(session.call_tool("nope", {})),
        "resources": [str(one.uri) for one in (await session.list_resources()).resources],
        "schema": json.loads(schema.text)["required"],
        "unknown_resource": await refusal(session.read_resource(import_module("pydantic").AnyUrl("crm://nowhere"))),
        "prompts": [one.name for one in (await session.list_prompts()).prompts],
        "prompt": prompt.messages[0].content.text,
        "unknown_prompt": await refusal(session.get_prompt("nope", {})),
        "completed": (await session.complete(reference, {"name": "module", "value": "acc"})).completion.values,
        "level": await refusal(session.set_logging_level("info")),
    }


async def main(transport: str, target: list[str]) -> None:
    async with streams(transport, target) as both, mcp.ClientSession(*both[:2]) as session:
        seen = await steps(session)
    print(json.dumps(seen))  # noqa: T201 -- the test reads it


asyncio.run(main(sys.argv[1], sys.argv[2:]))
