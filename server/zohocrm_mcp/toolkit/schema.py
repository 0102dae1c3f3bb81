"""JSON schemas that every client can read: no titles, no references, no ``anyOf`` with null."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_EMPTY: tuple[object, ...] = (None, "", [], {})


def portable(schema: Schema) -> Schema:
    """Return pydantic's ``schema`` with references put in place, titles and empty defaults gone, and null arms dropped.

    Several clients refuse a whole tool list for one ``$ref`` or for ``anyOf`` with null, and titles cost tokens.
    """
    plain: Schema = _plain(schema, schema.get("$defs", {}))
    return plain


def _plain(node: Any, defs: Schema) -> Any:
    if not isinstance(node, dict):
        return node
    node = _without_null(_in_place(node, defs))
    return {key: _child(key, value, defs) for key, value in node.items() if not _noise(key, value)}


def _in_place(node: Schema, defs: Schema) -> Schema:
    reference = node.get("$ref")
    if not isinstance(reference, str):
        return node
    found = {key: value for key, value in defs[reference.rpartition("/")[2]].items() if key != "description"}
    return {**found, **{key: value for key, value in node.items() if key != "$ref"}}


def _without_null(node: Schema) -> Schema:
    arms = [arm for arm in node.get("anyOf", ()) if arm != {"type": "null"}]
    if "anyOf" not in node or len(arms) == len(node["anyOf"]):
        return node
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    return {**arms[0], **rest} if len(arms) == 1 else {**rest, "anyOf": arms}


def _noise(key: str, value: object) -> bool:
    if key == "additionalProperties":
        return value is not False and value in (True, {}, {"$ref": "#/$defs/JsonValue"})
    return key in {"title", "$defs"} or (key == "default" and value in _EMPTY and not isinstance(value, bool))


def _child(key: str, value: Any, defs: Schema) -> Any:
    if key == "properties":
        return {name: _plain(one, defs) for name, one in value.items()}
    if key in {"items", "additionalProperties"}:
        return _plain(value, defs)
    return [_plain(one, defs) for one in value] if key in _LISTS else value
