"""The registry: the files of the tools package, found by looking, and the choice of what to serve."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import ModuleType

from zohocrm_mcp.errors import ZohoConfigError
from zohocrm_mcp.toolkit.spec import ToolSpec


@dataclass(frozen=True)
class Catalog:
    """Every tool there is, and which toolsets are served when nobody says otherwise."""

    specs: tuple[ToolSpec, ...]
    default_toolsets: tuple[str, ...]

    @property
    def toolsets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(spec.toolset for spec in self.specs))

    def spec(self, name: str) -> ToolSpec | None:
        return next((spec for spec in self.specs if spec.name == name), None)

    def choose(self, toolsets: Iterable[str] | None = None, *, read_only: bool = False) -> list[ToolSpec]:
        """Return what to serve: the tools of ``toolsets`` (None: the default ones), only reading ones if asked.

        Raises:
            ZohoConfigError: there is no such toolset; the sentence has the nearest.
        """
        wanted = self.default_toolsets if toolsets is None else tuple(toolsets)
        for name in wanted:
            if name not in self.toolsets:
                raise self._unknown(name)
        return [spec for spec in self.specs if spec.toolset in wanted and (spec.risk.name == "read" or not read_only)]

    def _unknown(self, name: str) -> ZohoConfigError:
        close = difflib.get_close_matches(name.lower(), self.toolsets, n=1)
        nearest = f" Did you mean {close[0]}?" if close else ""
        return ZohoConfigError(
            f"ZOHO_MCP_TOOLSETS (--toolsets) names {name!r}, which is no toolset.{nearest}",
            hint=f"Use any of {', '.join(self.toolsets)}, comma-separated.",
            variable="ZOHO_MCP_TOOLSETS",
        )


def discover(package: ModuleType) -> Catalog:
    """Read every file of ``package``: its ``ToolSpec`` values are tools; ``DEFAULT = False`` keeps it off."""
    modules = list(_modules(package))
    specs = tuple(value for module in modules for value in vars(module).values() if _belongs(value, module))
    default = (module for module in modules if getattr(module, "DEFAULT", True))
    return Catalog(specs, tuple(module.__name__.rpartition(".")[2] for module in default))


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(package.__path__):
        yield importlib.import_module(f"{package.__name__}.{found.name}")


def _belongs(value: object, module: ModuleType) -> bool:
    return isinstance(value, ToolSpec) and value.function.__module__ == module.__name__
