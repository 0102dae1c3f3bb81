"""Rules that every tool keeps, whoever adds it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from mcp.server.mcpserver.tools import Tool
from mcp.types import ToolAnnotations

from zohocrm_mcp.app import catalog
from zohocrm_mcp.config import Settings
from zohocrm_mcp.toolkit.border import build, characters

MOST_TOOLS = 26
MOST_CHARACTERS = 30_000
LONGEST_DESCRIPTION = 700
VERB_NOUN = re.compile(
    r"(get|search|create|update|delete|bulk|run|cancel|resume|undo|list|describe|query|count|check|add|zoho|account)"
    r"(_[a-z]+)+\Z"
)

CATALOG = catalog()
TOOLS = {spec.name: tool for spec, tool in zip(CATALOG.specs, build(CATALOG.specs), strict=True)}
every_tool = pytest.mark.parametrize("name", TOOLS)


def hints(tool: Tool) -> ToolAnnotations:
    assert tool.annotations is not None
    return tool.annotations


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema in a schema."""
    if isinstance(schema, dict):
        yield schema
        for key, value in schema.items():
            yield from (one for part in value.values() for one in nodes(part)) if key == "properties" else nodes(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from nodes(value)


def test_names_are_unique_and_the_default_ones_are_few() -> None:
    assert len({spec.name for spec in CATALOG.specs}) == len(CATALOG.specs)
    assert len(CATALOG.choose()) <= MOST_TOOLS


def test_the_default_tools_together_stay_small() -> None:
    assert sum(characters(TOOLS[spec.name]) for spec in CATALOG.choose()) < MOST_CHARACTERS


def test_the_default_of_the_setting_is_what_the_files_say() -> None:
    assert set(CATALOG.default_toolsets) <= set(Settings.model_fields["toolsets"].default)


@every_tool
def test_a_name_is_a_verb_and_a_noun(name: str) -> None:
    assert VERB_NOUN.match(name)


@every_tool
def test_all_hints_are_said_and_nothing_is_read_only_and_destructive(name: str) -> None:
    said = hints(TOOLS[name])
    values = [said.read_only_hint, said.destructive_hint, said.idempotent_hint, said.open_world_hint]
    assert None not in values
    assert not (said.read_only_hint and said.destructive_hint)
    assert said.title == TOOLS[name].title


@every_tool
def test_a_description_says_something_and_not_too_much(name: str) -> None:
    description = TOOLS[name].description
    assert 20 < len(description) < LONGEST_DESCRIPTION
    assert not re.search(r"^ +", description, re.MULTILINE)


@every_tool
def test_arguments_are_a_closed_object_without_unions_references_and_titles(name: str) -> None:
    parameters = TOOLS[name].parameters
    assert parameters["type"] == "object"
    assert parameters["additionalProperties"] is False
    assert not {"anyOf", "oneOf", "allOf"} & set(parameters)
    for node in nodes(parameters):
        assert not {"$ref", "$defs", "title"} & set(node)
        assert {"type": "null"} not in node.get("anyOf", [])


@every_tool
def test_answers_have_a_schema_that_an_error_fits_too(name: str) -> None:
    schema = TOOLS[name].output_schema
    assert schema is not None
    assert schema["type"] == "object"
    assert "error" in schema["properties"]
    assert not {"required", "additionalProperties", "anyOf", "oneOf"} & set(schema)
    assert "$ref" not in json.dumps(schema)
