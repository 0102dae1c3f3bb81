"""An agent of pydantic-ai whose model follows a script: search, plan a bulk change, make it, take it back.

Runs in an environment of its own; prints what each tool answered, as one line of JSON. Its argument is the address of a
server, or as JSON the command that starts one.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

from fastmcp.client.transports import StdioTransport
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

Answers = list[dict[str, Any]]
SEARCH = {"filters": [{"field": "Industry", "op": "equals", "value": "Technology"}], "limit": 10}
SCRIPT: list[tuple[str, Callable[[Answers], dict[str, Any]]]] = [
    ("search_accounts", lambda _: SEARCH),
    (
        "bulk_update_accounts",
        lambda answers: {
            "records": [{"id": record["id"], "Health_Score": 77} for record in answers[0]["records"]],
            "dry_run": True,
        },
    ),
    ("run_job", lambda answers: {"job_id": answers[1]["job_id"]}),
    ("get_account", lambda answers: {"account_id": answers[0]["records"][0]["id"], "fields": ["Health_Score"]}),
    ("undo_job", lambda answers: {"job_id": answers[2]["job_id"]}),
]


def follow(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    """Be the model: call the next tool of the script, and at the end tell all answers."""
    answers = [part.content for message in messages for part in message.parts if isinstance(part, ToolReturnPart)]
    if len(answers) == len(SCRIPT):
        return ModelResponse(parts=[TextPart(json.dumps(answers))])
    name, arguments = SCRIPT[len(answers)]
    assert name in {tool.name for tool in info.function_tools}
    return ModelResponse(parts=[ToolCallPart(name, arguments([dict(answer) for answer in answers]))])


async def main(target: str) -> None:
    server: Any = target
    if target.startswith("{"):
        started = json.loads(target)
        server = StdioTransport(started["command"], started["args"], env=started["env"])
    agent = Agent(FunctionModel(follow), toolsets=[MCPToolset(server, id="zohocrm", read_timeout=60)])
    async with agent:
        result = await agent.run("Set the health score of the technology accounts to 77, then take it back.")
    sys.stdout.write(result.output + "\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
