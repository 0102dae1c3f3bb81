"""Stand-ins for the services, for tests of the toolkit alone: they answer what the test put in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

from mcp.server import MCPServer

from zohocrm_mcp.app import create_app
from zohocrm_mcp.config import Settings
from zohocrm_mcp.lifecycle import Close
from zohocrm_mcp.services import Services
from zohocrm_mcp.tenants import Tenants


def answers(value: Any) -> Callable[..., Awaitable[Any]]:
    """An async method that returns ``value``, or raises it when it is an exception."""

    async def method(*_args: object, **_kwargs: object) -> Any:
        if isinstance(value, BaseException):
            raise value
        return value

    return method


def services(**parts: object) -> Services:
    followed = SimpleNamespace(listeners=[], under_way=False)
    unkept = SimpleNamespace(write=lambda _event: None)
    return cast("Services", SimpleNamespace(**{"jobs": followed, "audit": unkept, **parts}))


def opening(parts: Services) -> Callable[[], Awaitable[tuple[Services, Close]]]:
    """Parts that open at once and need no closing."""

    async def close() -> None:
        return

    async def open_parts() -> tuple[Services, Close]:
        return parts, close

    return open_parts


def server_over(parts: Services, **settings: object) -> MCPServer[Tenants]:
    """The whole server over stand-in services."""
    return create_app(Settings.model_validate(settings), open_parts=opening(parts))[0]
