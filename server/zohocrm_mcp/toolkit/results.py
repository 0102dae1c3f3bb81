"""One result, two channels: compact JSON text, and structured content that says exactly the same."""

from __future__ import annotations

import types
from typing import Any, Union, get_args, get_origin

import pydantic_core
from mcp.types import CallToolResult, TextContent
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from zohocrm_mcp.toolkit.schema import Schema, portable

DEEP = 1
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
    text = pydantic_core.to_json(body, inf_nan_mode="null").decode()
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=body)


def plain(model: BaseModel) -> dict[str, Any]:
    """Dump a result: optional keys that hold nothing are left out, others are there; JSON values stay as they are."""
    fields = type(model).model_fields
    values = {name: getattr(model, name) for name, field in fields.items() if not field.exclude}
    return {name: _dumped(value) for name, value in values.items() if value is not None or not optional(fields[name])}


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
