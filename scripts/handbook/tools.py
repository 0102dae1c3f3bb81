"""The tools: what each is for, takes and answers."""

from __future__ import annotations

from typing import Any

from handbook.markdown import first_sentence, table
from handbook.markdown import page as whole
from zohocrm_mcp.app import catalog
from zohocrm_mcp.toolkit.border import build, characters
from zohocrm_mcp.toolkit.spec import ToolSpec

OFF = "off unless `--toolsets` or `ZOHO_MCP_TOOLSETS` names it"
ABOUT = """\
What a model can call. Risk: `read` changes nothing, `write` changes records, `destroy` is confirmed by a person first
(`ZOHO_MCP_CONFIRM`). Fields are named by API name or label, in any case. Every answer may hold `error` instead: see
[errors](errors.md)."""


def on() -> set[str]:
    return {spec.name for spec in catalog().choose(None, read_only=False)}


def readme_table() -> str:
    """Return the README's table: one line a tool."""
    served = on()
    rows = [
        (
            f"{spec.toolset}{'' if spec.name in served else ' (off)'}",
            f"`{spec.name}`",
            spec.risk.name,
            first_sentence(spec.description),
        )
        for spec in catalog().specs
    ]
    return table(["toolset", "tool", "risk", "what it does"], rows)


def page() -> str:
    specs = catalog().specs
    toolsets = list(dict.fromkeys(spec.toolset for spec in specs))
    return whole(
        "Tools", ABOUT, *(_toolset(name, [spec for spec in specs if spec.toolset == name]) for name in toolsets)
    )


def _toolset(name: str, specs: list[ToolSpec]) -> str:
    off = "" if specs[0].name in on() else f"\n\nThis toolset is {OFF}."
    return f"## {name}{off}\n\n" + "\n\n".join(_tool(spec) for spec in specs)


def _tool(spec: ToolSpec) -> str:
    (made,) = build([spec])
    given = _arguments(made.parameters)
    size = f"{spec.title}. Risk: {spec.risk.name}. Takes {characters(made)} characters of a model's context."
    parts = [f"### `{spec.name}`", size, spec.description, given, _answer(made.output_schema or {})]
    return "\n\n".join(part for part in parts if part)


def _arguments(schema: dict[str, Any]) -> str:
    required = set(schema.get("required", ()))
    rows = [
        (f"`{name}`", kind(one), "required" if name in required else shown(one), limits(one))
        for name, one in schema["properties"].items()
    ]
    return table(["argument", "type", "default", "meaning"], rows) if rows else "It takes no arguments."


def _answer(schema: dict[str, Any]) -> str:
    rows = [
        (f"`{name}`", kind(one), limits(one)) for name, one in schema.get("properties", {}).items() if name != "error"
    ]
    return table(["answers", "type", "meaning"], rows)


def kind(schema: dict[str, Any]) -> str:
    if schema.get("type") == "array":
        return f"list of {kind(schema.get('items', {}))}"
    return str(schema.get("type", "anything"))


def shown(schema: dict[str, Any]) -> str:
    return f"`{schema['default']}`".replace("True", "true").replace("False", "false") if "default" in schema else ""


def limits(schema: dict[str, Any]) -> str:
    """Return the description of a value with the bounds that its schema sets."""
    words = [str(schema.get("description", ""))]
    if "enum" in schema:
        words.append("One of " + ", ".join(f"`{value}`" for value in schema["enum"] if value) + ".")
    if "maximum" in schema:
        words.append(f"From {schema['minimum']} to {schema['maximum']}.")
    elif "minimum" in schema:
        words.append(f"At least {schema['minimum']}.")
    return " ".join(filter(None, words))
