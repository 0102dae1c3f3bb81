"""Schemas that every client can read."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field, JsonValue

from zohocrm_mcp.toolkit.results import output_schema
from zohocrm_mcp.toolkit.schema import portable


class Part(BaseModel):
    """A part; its docstring is for programmers."""

    title: str
    kind: Literal["a", "b"] = "a"


class Whole(BaseModel):
    title: str | None = Field(None, description="Its title.")
    parts: list[Part] = []
    free: dict[str, JsonValue] = {}
    strict: dict[str, int] = {}


def test_references_are_put_in_place_and_titles_go_but_a_property_named_title_stays() -> None:
    assert portable(Whole.model_json_schema()) == {
        "type": "object",
        "properties": {
            "title": {"type": "string", "description": "Its title."},
            "parts": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "title": {"type": "string"},
                        "kind": {"type": "string", "enum": ["a", "b"], "default": "a"},
                    },
                    "required": ["title"],
                },
            },
            "free": {"type": "object"},
            "strict": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
    }


def test_a_default_that_says_something_stays_even_when_it_is_false_or_nought() -> None:
    class Defaults(BaseModel):
        off: bool = False
        none: int = 0
        empty: str = ""

    properties: dict[str, Any] = portable(Defaults.model_json_schema())["properties"]
    assert properties == {
        "off": {"type": "boolean", "default": False},
        "none": {"type": "integer", "default": 0},
        "empty": {"type": "string"},
    }


def test_a_union_of_two_real_types_stays_one() -> None:
    class Either(BaseModel):
        value: int | list[int] | None = None

    value = portable(Either.model_json_schema())["properties"]["value"]
    assert value == {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]}


def test_an_answer_may_be_an_error_instead() -> None:
    schema = output_schema(Part.model_json_schema())
    assert schema["properties"]["error"] == {"type": "object"}
    assert "required" not in schema
    assert "additionalProperties" not in schema
