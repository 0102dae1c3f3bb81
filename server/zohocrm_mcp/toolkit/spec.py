"""A tool is a value: ``@tool`` returns a frozen ``ToolSpec``, and importing a tool file has no other effect."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mcp.types import ToolAnnotations
from pydantic import BaseModel

from zohocrm_mcp.services import Services
from zohocrm_mcp.services.confirmations import Preview

ToolFunction = Callable[..., Awaitable[BaseModel]]
PreviewOf = Callable[[Services, Mapping[str, Any]], Awaitable[Preview | None]]
"""From the arguments of a call to what a person is asked about it; None when it needs no question."""


@dataclass(frozen=True)
class Risk:
    """What a call may do. All four hints are said, because an unset one and a false one look alike to a client."""

    name: Literal["read", "write", "destroy"]
    read_only: bool
    destructive: bool
    idempotent: bool

    def hints(self, title: str) -> ToolAnnotations:
        return ToolAnnotations(
            title=title,
            read_only_hint=self.read_only,
            destructive_hint=self.destructive,
            idempotent_hint=self.idempotent,
            open_world_hint=True,
        )


READ = Risk("read", read_only=True, destructive=False, idempotent=True)
WRITE = Risk("write", read_only=False, destructive=False, idempotent=False)
"""Adds something and overwrites nothing."""
UPDATE = Risk("write", read_only=False, destructive=True, idempotent=True)
"""Overwrites values: destructive in the protocol's sense, which calls only additions harmless."""
DESTROY = Risk("destroy", read_only=False, destructive=True, idempotent=True)
ANYTHING = Risk("destroy", read_only=False, destructive=True, idempotent=False)
"""Does what the call says; a repeat may do it twice."""


@dataclass(frozen=True)
class ToolSpec:
    """A tool before it belongs to a server. Its toolset is the name of the file that holds it."""

    name: str
    title: str
    description: str
    toolset: str
    risk: Risk
    function: ToolFunction
    confirm: PreviewOf | None = None
    app: str = ""

    @property
    def meta(self) -> dict[str, Any] | None:
        """What hosts of MCP Apps read: where the page is that shows the answer."""
        return {"ui": {"resourceUri": app_uri(self.app)}} if self.app else None


def app_uri(app: str) -> str:
    return f"ui://zohocrm/{app}"


def tool(
    title: str, risk: Risk, *, confirm: PreviewOf | None = None, app: str = ""
) -> Callable[[ToolFunction], ToolSpec]:
    """Make a ``ToolSpec`` of an async function: name, docstring and file become name, description and toolset.

    ``confirm`` previews a call that a person must agree to; ``app`` names the view that shows its answer.
    """

    def decorate(function: ToolFunction) -> ToolSpec:
        toolset = function.__module__.rpartition(".")[2]
        description = inspect.getdoc(function) or ""
        return ToolSpec(function.__name__, title, description, toolset, risk, function, confirm, app)

    return decorate
