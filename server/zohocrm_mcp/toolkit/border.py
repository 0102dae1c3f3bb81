"""The border: whatever goes wrong in a tool leaves through here, as one of our errors, and nothing else does."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, get_type_hints

import anyio
import mcp.types as mcp_types
from mcp import MCPError
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult, InputRequiredResult
from pydantic import BaseModel, PrivateAttr, ValidationError

from zohocrm_mcp.access.caller import Caller
from zohocrm_mcp.connections.names import DEFAULT
from zohocrm_mcp.errors import ZohoError
from zohocrm_mcp.observe import writes
from zohocrm_mcp.observe.logging import bound_contextvars, get_logger
from zohocrm_mcp.observe.who import process_owner
from zohocrm_mcp.toolkit.bounds import Bounds
from zohocrm_mcp.toolkit.call_id import call_id
from zohocrm_mcp.toolkit.calling import caller
from zohocrm_mcp.toolkit.confirm import Mode, Unconfirmed, confirmed, not_confirmed, preview_in
from zohocrm_mcp.toolkit.mistakes import explain, refuse_unknown, refuse_unspeakable
from zohocrm_mcp.toolkit.results import output_schema, refusal, reply
from zohocrm_mcp.toolkit.schema import portable
from zohocrm_mcp.toolkit.spec import ToolSpec
from zohocrm_mcp.toolkit.watching import Answer, Call, Watcher

log = get_logger(__name__)


class CrmTool(Tool):
    """A tool whose results and faults have one shape each, and whose calls are watched."""

    _spec: ToolSpec = PrivateAttr()
    _watchers: Sequence[Watcher] = PrivateAttr(default=())
    _connection: str = PrivateAttr(default=DEFAULT)
    _bounds: Bounds = PrivateAttr(default_factory=Bounds)

    async def run(
        self,
        arguments: dict[str, Any],
        context: Context[Any, Any],
        convert_result: bool = False,  # noqa: ARG002 -- the SDK's signature
    ) -> CallToolResult | InputRequiredResult:
        """Run the tool; ``convert_result`` changes nothing, the result is always the one for the wire."""
        began, answer, by, this_id = time.monotonic(), None, caller(self._connection), call_id()
        refused, named = False, {"call_id": this_id, "tool": self.name, "client": _client(context), **_named(by)}
        with bound_contextvars(**named), writes.counted():
            try:
                answer = await self._answer(arguments, context, by)
                return answer  # noqa: TRY300 -- what watches wants it in any case
            except MCPError:
                refused = True
                raise
            finally:
                call = Call(
                    spec=self._spec,
                    caller=by,
                    call_id=this_id,
                    arguments=arguments,
                    answer=answer,
                    refused=refused,
                    seconds=time.monotonic() - began,
                )
                with anyio.CancelScope(shield=True):
                    for watch in self._watchers:
                        await watch(call, context)

    async def _answer(self, arguments: dict[str, Any], context: Context[Any, Any], by: Caller) -> Answer:
        try:
            refuse_unspeakable(arguments)
            refuse_unknown(self.name, self.parameters, arguments)
            async with self._bounds.held(by.name):
                result = await super().run(arguments, context)
            return result if isinstance(result, CallToolResult | InputRequiredResult) else reply(result)
        except ToolError as error:
            return refusal(self._told(error))
        except ZohoError as error:
            return refusal(_refused(error))
        except MCPError:
            raise
        except Exception as error:  # noqa: BLE001 -- the border: told under a call id, logged in full
            return refusal(self._crashed(error))

    def _told(self, error: ToolError) -> dict[str, object]:
        cause = error.__cause__
        if isinstance(cause, ValidationError) and type(error) is ToolError:
            cause = explain(self.name, self.parameters, cause)
        if isinstance(cause, ToolError):
            cause = not_confirmed()  # only a broken answer to a question of ours raises it
        if isinstance(cause, ZohoError) and cause.kind != "internal":
            return _refused(cause)
        return self._crashed(cause or error)

    def _crashed(self, cause: BaseException) -> dict[str, object]:
        this_id = call_id()
        log.error("tool crashed", exc_info=cause)
        known = cause.as_dict() if isinstance(cause, ZohoError) else {}
        message = known.get("message") or f"{self.name} failed for a reason inside the server."
        hint = f"The server's log tells more under the call id {this_id}; trying again may help."
        return {**known, "kind": "internal", "message": message, "hint": hint, "call_id": this_id}


def _client(context: Context[Any, Any]) -> str:
    """Return what the client calls itself; older and stateless clients may not say."""
    params = context.session.client_params
    return f"{params.client_info.name} {params.client_info.version}" if params else "a client"


def _refused(error: ZohoError) -> dict[str, object]:
    log.info("tool refused", kind=error.kind, code=error.details.get("code"), message=error.message)
    return {**error.as_dict(), "call_id": call_id()}


def _named(by: Caller) -> dict[str, str]:
    """Return what a caller is called in the log, and over which connection; the owner of the process is understood."""
    return {} if by.name == process_owner() else {"who": by.name, "connection": by.connection}


def build(
    specs: Iterable[ToolSpec],
    confirm: Mode = "destructive",
    watchers: Sequence[Watcher] = (),
    connection: str = DEFAULT,
    bounds: Bounds | None = None,
) -> list[Tool]:
    """Make the tools that a server registers.

    ``confirm`` says what a person must agree to, ``connection`` is that of callers whom no transport has asked.
    """
    return [_built(spec, confirm, watchers, connection, bounds or Bounds()) for spec in specs]


def _built(spec: ToolSpec, confirm: Mode, watchers: Sequence[Watcher], connection: str, bounds: Bounds) -> CrmTool:
    preview_of = preview_in(spec, confirm)
    made = CrmTool.from_function(
        spec.function if preview_of is None else confirmed(spec, preview_of),
        name=spec.name,
        title=spec.title,
        description=spec.description,
        annotations=spec.risk.hints(spec.title),
        meta=spec.meta,
        structured_output=False,  # the results are ours to shape, and so is their schema
    )
    assert isinstance(made, CrmTool)
    made._spec, made._watchers, made._connection = spec, watchers, connection  # noqa: SLF001 -- pydantic takes no private ones in its constructor
    made._bounds = bounds  # noqa: SLF001 -- the same
    made.parameters = {**portable(made.parameters), "additionalProperties": False}
    answers = [get_type_hints(spec.function)["return"], *([Unconfirmed] if preview_of else [])]
    made.fn_metadata.output_schema = _answer(tuple(answers))
    return made


@cache
def _answer(models: tuple[type[BaseModel], ...]) -> dict[str, Any]:
    schemas = [output_schema(model.model_json_schema(mode="serialization")) for model in models]
    properties = {name: one for schema in schemas for name, one in schema["properties"].items()}
    return {**schemas[0], "properties": properties}


def characters(tool: Tool) -> int:
    """Return how much of a tool list the tool takes."""
    listed = mcp_types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.parameters,
        output_schema=tool.output_schema,
        annotations=tool.annotations,
        _meta=tool.meta,
    )
    return len(listed.model_dump_json(by_alias=True, exclude_none=True))
