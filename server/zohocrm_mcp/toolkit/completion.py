"""Completion: what a person may be about to type, for the parameters of resources and the arguments of prompts."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from mcp.server import MCPServer
from mcp.types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from zohocrm_mcp.errors import ZohoError
from zohocrm_mcp.services import Services
from zohocrm_mcp.toolkit.inject import HasServices
from zohocrm_mcp.toolkit.protocol import nearest, protocol_error, refused

MOST = 100
"""Values in a completion, by the specification."""
LEAST_TYPED = 2
"""Characters of an account's name before Zoho is asked: every answer costs credits."""
_VARIABLE = re.compile(r"\{(\w+)\}")

Reference: TypeAlias = PromptReference | ResourceTemplateReference
Suggest: TypeAlias = Callable[[Services, str, str], Awaitable[Completion]]
"""From the services, what has been typed and the module to the suggestions."""


def register(server: MCPServer[Any], parts: HasServices) -> None:
    """Add the completion to ``server``."""

    async def complete(ref: Reference, argument: CompletionArgument, context: CompletionContext | None) -> Completion:
        if not await _is_known(server, ref, argument.name):
            return _of([])
        known = (context.arguments if context else None) or {}
        suggest = _SUGGESTIONS.get(argument.name, _nothing)
        try:
            return await suggest(await parts.services(), argument.value, known.get("module", "Accounts"))
        except ZohoError as error:
            raise protocol_error(error) from error

    server.completion()(complete)  # type: ignore[no-untyped-call]


async def _is_known(server: MCPServer[Any], ref: Reference, argument: str) -> bool:
    """Return whether there is something to complete.

    An unknown prompt has no suggestions and is no error: the official conformance suite completes the prompt
    ``test_prompt_with_arguments`` of its own fixtures, and takes an empty list from servers that do not have it.

    Raises:
        MCPError: the template or the argument is unknown.
    """
    if isinstance(ref, PromptReference):
        prompts = {one.name: [each.name for each in one.arguments or []] for one in await server.list_prompts()}
        if ref.name not in prompts:
            return False
        what, names = f"Prompt {ref.name}", prompts[ref.name]
    else:
        what, names = f"Resource {ref.uri}", await _variables(server, ref.uri)
    if argument not in names:
        raise refused(f"{what} has no argument {argument}.{nearest(argument, names)}")
    return True


async def _variables(server: MCPServer[Any], uri: str) -> list[str]:
    templates = [one.uri_template for one in await server.list_resource_templates()]
    if uri not in {*templates, *(one.uri for one in await server.list_resources())}:
        raise refused(f"Unknown resource: {uri}.{nearest(uri, templates)}")
    return _VARIABLE.findall(uri)


async def _nothing(_crm: Services, _typed: str, _module: str) -> Completion:
    return _of([])


async def _modules(crm: Services, typed: str, _module: str) -> Completion:
    return _fitting([info.api_name for info in await crm.schema.modules()], typed)


async def _fields(crm: Services, typed: str, module: str) -> Completion:
    return _fitting(list(await crm.schema.fields(module)), typed)


async def _jobs(crm: Services, typed: str, _module: str) -> Completion:
    return _fitting([job.job_id for job in (await crm.jobs.list(limit=MOST)).jobs], typed)


async def _accounts(crm: Services, typed: str, _module: str) -> Completion:
    if len(typed) < LEAST_TYPED:
        return _of([])
    begun = {"field": "Account_Name", "op": "starts_with", "value": typed}
    page = await crm.search.search("Accounts", filters=[begun], fields=["Account_Name"], limit=MOST)
    names = sorted({str(record["Account_Name"]) for record in page.records})
    return Completion(values=names, has_more=True) if page.more_records else _of(names)


def _fitting(names: list[str], typed: str) -> Completion:
    return _of(sorted(name for name in names if name.lower().startswith(typed.lower())))


def _of(names: list[str]) -> Completion:
    return Completion(values=names[:MOST], total=len(names), has_more=len(names) > MOST)


_SUGGESTIONS: dict[str, Suggest] = {"module": _modules, "field": _fields, "job_id": _jobs, "account": _accounts}
