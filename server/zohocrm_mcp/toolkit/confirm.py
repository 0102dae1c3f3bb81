"""A person says yes before something is deleted or changed by condition. Anything but a yes is a no.

Where the client can ask, it asks (in the middle of the call, or by the protocol's round trip on the stateless
revision). Where it cannot, the call does nothing and answers a preview with a token; the same call with that token goes
through. The question is added to a tool when the server is built: the tool itself knows nothing of it.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_type_hints

import pydantic_core
from mcp.server.mcpserver import Context, Elicit, ElicitationResult, Resolve
from mcp.server.mcpserver.resolve import AcceptedElicitation
from pydantic import BaseModel, Field

from zohocrm_mcp.errors import ConflictError, NotAllowedError
from zohocrm_mcp.services import Services
from zohocrm_mcp.services.confirmations import Preview
from zohocrm_mcp.toolkit.bounds import person_answered, person_asked
from zohocrm_mcp.toolkit.inject import Crm
from zohocrm_mcp.toolkit.spec import PreviewOf, ToolFunction, ToolSpec

Mode = Literal["never", "destructive", "writes"]
SHOWN = 300
ConfirmToken = Annotated[str, Field(description="Only after a preview: the confirm_token it came with.")]


class Sure(BaseModel):
    """What a person answers."""

    confirm: bool = Field(description="Yes: do it. No: leave everything as it is.")


class Unconfirmed(BaseModel):
    """Nothing was done: show the preview to the person, and call again with the token if they agree."""

    preview: str
    confirm_token: str


@dataclass(frozen=True)
class Unneeded:
    """The call may go through as it is."""


@dataclass(frozen=True)
class Shown:
    """The client cannot ask: the token decides."""


def not_confirmed() -> NotAllowedError:
    """Return the error of a question that was answered by anything but a yes, a broken answer included."""
    return NotAllowedError("The person did not confirm; nothing was changed.", hint="Ask what they want instead.")


@dataclass(frozen=True)
class _Asked:
    """A call and what was ``seen`` of it when the question was put."""

    tool: str
    preview_of: PreviewOf
    crm: Services
    arguments: Mapping[str, Any]
    seen: Preview

    async def unconfirmed(self, approval: ElicitationResult[Any], token: str) -> Unconfirmed | None:
        """Return None when the call may go through, and what to show where the client cannot ask.

        Raises:
            NotAllowedError: the person did not say yes.
            ConflictError: what they said yes to is not what would be done now.
            InvalidInputError: the token is not worth this call.
        """
        match approval:
            case AcceptedElicitation(data=Unneeded()):
                return None
            case AcceptedElicitation(data=Sure(confirm=True)):
                await self._as_seen()
                return None
            case AcceptedElicitation(data=Shown()):
                return await self._by_token(token)
        raise not_confirmed()

    async def _as_seen(self) -> None:
        if await self.preview_of(self.crm, self.arguments) != self.seen:
            raise ConflictError(
                "What would be changed is not what the person was asked about any more; nothing was changed.",
                hint="Call again: they are asked about what there is now.",
            )

    async def _by_token(self, token: str) -> Unconfirmed | None:
        confirmations = self.crm.confirmations
        if not token:
            issued = confirmations.issue(self.tool, self.arguments, self.seen)
            return Unconfirmed(preview=self.seen.text, confirm_token=issued)
        await confirmations.redeem(token, self.tool, self.arguments, self.seen)
        return None


def preview_in(spec: ToolSpec, mode: Mode) -> PreviewOf | None:
    """Return how a call of this tool is previewed in this mode, None when it never is."""
    if mode == "never" or spec.risk.read_only:
        return None
    return _or_whole_call(spec) if mode == "writes" else spec.confirm


def confirmed(spec: ToolSpec, preview_of: PreviewOf) -> ToolFunction:
    """Return the tool's function behind the question."""
    function, hints = spec.function, get_type_hints(spec.function, include_extras=True)
    parameters = inspect.signature(function).parameters
    own = [name for name in parameters if not _injected(hints[name])]

    async def look(**given: Any) -> Any:
        return await preview_of(given["crm"], {name: given[name] for name in own})

    async def ask(**given: Any) -> Any:
        if given["seen"] is None:
            return Unneeded()
        if not given["confirm_token"] and _can_ask(given["ctx"]):
            person_asked()
            return Elicit(given["seen"].question, Sure)
        return Shown()

    seen_type = Annotated[Any, Resolve(look)]
    _sign(look, {**{name: hints[name] for name in own}, "crm": Crm}, Any)
    _sign(ask, {"confirm_token": str, "seen": seen_type, "ctx": Context}, Any)

    async def run(**given: Any) -> BaseModel:
        person_answered()
        approval, token, seen = (given.pop(name) for name in ("approval", "confirm_token", "seen"))
        asked = _Asked(spec.name, preview_of, given["crm"], {name: given[name] for name in own}, seen)
        return await asked.unconfirmed(approval, token) or await function(**given)

    approval_type = Annotated[ElicitationResult[Any], Resolve(ask)]
    added = {"confirm_token": ConfirmToken, "approval": approval_type, "seen": seen_type}
    _sign(run, {**{name: hints[name] for name in parameters}, **added}, hints["return"], parameters)
    return run


def _sign(
    function: Any, hints: Mapping[str, Any], returned: Any, known: Mapping[str, inspect.Parameter] | None = None
) -> None:
    """Give a function that takes keywords the signature that the MCP SDK reads."""
    defaults = {name: each.default for name, each in (known or {}).items()} | {"confirm_token": ""}
    function.__annotations__ = {**hints, "return": returned}
    function.__signature__ = inspect.Signature(
        [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=defaults.get(name, inspect.Parameter.empty),
                annotation=hint,
            )
            for name, hint in hints.items()
        ]
    )


def _injected(hint: Any) -> bool:
    return any(isinstance(each, Resolve) for each in get_args(hint)[1:])


def _can_ask(ctx: Context[Any, Any]) -> bool:
    """Whether the client says that it shows forms to a person."""
    capabilities = ctx.client_capabilities
    asking = capabilities.elicitation if capabilities else None
    return asking is not None and (asking.form is not None or asking.url is None)


def _or_whole_call(spec: ToolSpec) -> PreviewOf:
    """In mode ``writes`` a call without a preview of its own is shown as it is; one that only plans or reads is not."""

    async def preview_of(crm: Any, arguments: Mapping[str, Any]) -> Preview | None:
        own = await spec.confirm(crm, arguments) if spec.confirm else None
        if own or arguments.get("dry_run") or arguments.get("method") == "GET":
            return own
        text = json.dumps(pydantic_core.to_jsonable_python(dict(arguments)), ensure_ascii=False)
        return Preview(f"{spec.title}: {text[:SHOWN]}{'…' if len(text) > SHOWN else ''}")

    return preview_of
