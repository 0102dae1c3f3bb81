"""Tools as values, found in the files of a package."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from pathlib import Path
from types import ModuleType

import pytest

from zohocrm_mcp.errors import ZohoConfigError
from zohocrm_mcp.models import Deleted
from zohocrm_mcp.toolkit import DESTROY, tool
from zohocrm_mcp.toolkit.catalog import Catalog, discover

FILE = '''
from zohocrm_mcp.models import Health
from zohocrm_mcp.toolkit import READ, UPDATE, tool

{constant}

@tool("Read {name}", READ)
async def read_{name}() -> Health:
    """Read it."""
    raise NotImplementedError

@tool("Change {name}", UPDATE)
async def change_{name}() -> Health:
    """Change it."""
    raise NotImplementedError
'''


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    folder = tmp_path / "some_tools"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "fruit.py").write_text(FILE.format(name="fruit", constant=""))
    (folder / "stones.py").write_text(
        FILE.format(name="stones", constant="DEFAULT = False\nfrom some_tools.fruit import read_fruit")
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("some_tools")
    for name in [name for name in sys.modules if name.partition(".")[0] == "some_tools"]:
        del sys.modules[name]


@pytest.fixture
def catalog(package: ModuleType) -> Catalog:
    return discover(package)


def names(catalog: Catalog, toolsets: list[str] | None = None, *, read_only: bool = False) -> list[str]:
    return [spec.name for spec in catalog.choose(toolsets, read_only=read_only)]


def test_a_tool_is_a_frozen_value_named_after_its_function_and_file() -> None:
    @tool("Remove it", DESTROY)
    async def remove_it() -> Deleted:
        """Remove it.

        For good.
        """
        raise NotImplementedError

    assert (remove_it.name, remove_it.title, remove_it.risk) == ("remove_it", "Remove it", DESTROY)
    assert remove_it.description == "Remove it.\n\nFor good."
    assert remove_it.toolset == "test_toolkit_catalog"
    with pytest.raises(FrozenInstanceError):
        remove_it.name = "other"  # type: ignore[misc]


def test_every_file_is_a_toolset_and_what_it_imports_from_another_is_not_its_own(catalog: Catalog) -> None:
    assert [(spec.toolset, spec.name) for spec in catalog.specs] == [
        ("fruit", "read_fruit"),
        ("fruit", "change_fruit"),
        ("stones", "read_stones"),
        ("stones", "change_stones"),
    ]


def test_a_toolset_that_is_off_is_served_only_when_named(catalog: Catalog) -> None:
    assert names(catalog) == ["read_fruit", "change_fruit"]
    assert names(catalog, ["stones"]) == ["read_stones", "change_stones"]


def test_read_only_leaves_the_tools_that_read(catalog: Catalog) -> None:
    assert names(catalog, ["fruit", "stones"], read_only=True) == ["read_fruit", "read_stones"]


def test_an_unknown_toolset_is_refused_with_the_nearest(catalog: Catalog) -> None:
    with pytest.raises(ZohoConfigError, match=r"'stone'.*Did you mean stones\?") as caught:
        catalog.choose(["stone"])
    assert caught.value.details["variable"] == "ZOHO_MCP_TOOLSETS"
    assert "fruit, stones" in caught.value.hint
