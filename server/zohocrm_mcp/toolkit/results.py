"""One result, two channels: compact JSON text, and structured content that says exactly the same."""

from __future__ import annotations

import types
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

import pydantic_core
from mcp.types import CallToolResult, TextContent
from pydantic import BaseModel, JsonValue
from pydantic.fields import FieldInfo

from zohocrm_mcp.models import Written
from zohocrm_mcp.toolkit.schema import Schema, portable
from zohocrm_mcp.toolkit.structure import Structure, Structured

DEEP = 1
_JSON = (str, int, float, bool, type(None), JsonValue)
_KEPT = ("type", "anyOf")


def reply(result: BaseModel) -> CallToolResult:
    """Show a result. Some clients give a model the text and some the structure, never both."""
    return _both(plain(result))


def refusal(error: dict[str, object]) -> CallToolResult:
    """Show an error: what happened and what to do, as sentences and as a structure."""
    sentences = f"{error['message']} {error['hint']}"
    return CallToolResult(
        content=[TextContent(type="text", text=sentences)], structured_content={"error": error}, is_error=True
    )


def _both(body: dict[str, Any]) -> CallToolResult:
    text = _text(body)
    return Structured(content=[TextContent(type="text", text=text)], structured_content=Structure(body, text))


def _text(body: dict[str, Any]) -> str:
    members = [f"{_json(name)}:{one.json() if isinstance(one, Written) else _json(one)}" for name, one in body.items()]
    return f"{{{','.join(members)}}}"


def _json(value: Any) -> str:
    return pydantic_core.to_json(value, inf_nan_mode="null").decode()


def plain(model: BaseModel) -> dict[str, Any]:
    """Dump a result: optional keys that hold nothing are left out, others are there; JSON values stay as they are."""
    dumped: dict[str, Any] = {}
    for name, may_be_left_out, is_json in _shape(type(model)):
        value = getattr(model, name)
        if value is not None or not may_be_left_out:
            dumped[name] = value if is_json else _dumped(value)
    return dumped


@cache
def _shape(model: type[BaseModel]) -> list[tuple[str, bool, bool]]:
    """Return the fields that are shown: the name, whether it may be left out, whether it holds nothing but JSON."""
    fields = model.model_fields.items()
    return [(name, optional(one), _is_json(one.annotation)) for name, one in fields if not one.exclude]


def _is_json(annotation: Any) -> bool:
    if get_origin(annotation) in {list, dict, Union, types.UnionType}:
        return all(map(_is_json, get_args(annotation)))
    return annotation in _JSON or get_origin(annotation) is Literal


def optional(field: FieldInfo) -> bool:
    """Whether a result may leave the key out: its type is ``X | None``, and None is the default."""
    union = get_origin(field.annotation) in {Union, types.UnionType}
    return union and type(None) in get_args(field.annotation) and field.default is None


def _dumped(value: Any) -> Any:
    match value:
        case BaseModel():
            return plain(value)
        case dict():
            return {key: _dumped(one) for key, one in value.items()}
        case list() | tuple():
            return [_dumped(one) for one in value]
        case _:
            return pydantic_core.to_jsonable_python(value)


def output_schema(schema: Schema) -> Schema:
    """Return the schema of a tool's answer, which may be an error instead, in few words: answers explain themselves.

    The TypeScript SDK checks the structured content of errors too, so the root demands no key and forbids none.
    """
    properties = {name: _brief(one, DEEP) for name, one in portable(schema).get("properties", {}).items()}
    return {"type": "object", "properties": {**properties, "error": {"type": "object"}}}


def _brief(node: Schema, levels: int) -> Schema:
    """Keep types and names; below ``levels`` objects only the fact that they are objects."""
    kept = {key: value for key, value in node.items() if key in _KEPT or (key == "description" and levels == DEEP)}
    if "items" in node:
        kept["items"] = _brief(node["items"], levels - 1)
    if levels and isinstance(node.get("additionalProperties"), dict):
        kept["additionalProperties"] = _brief(node["additionalProperties"], levels - 1)
    if levels and "properties" in node:
        kept["properties"] = {name: _brief(one, levels - 1) for name, one in node["properties"].items()}
    return kept
