"""``tools``: what is served, and what it costs a model to know it."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

EXAMPLES = (
    "zohocrm-mcp tools",
    "zohocrm-mcp tools --all --json",
)


def tools(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Toolsets that are off, too.")] = False,
) -> None:
    """List the tools: toolset, risk, and how many characters and tokens their description takes."""
    rows = _rows(everything=everything)
    typer.echo(json.dumps(rows, indent=2) if as_json else _table(rows))


def _rows(*, everything: bool) -> list[dict[str, Any]]:
    from zohocrm_mcp.app import catalog, served
    from zohocrm_mcp.config import load_settings
    from zohocrm_mcp.toolkit.border import build, characters

    specs = list(catalog().specs) if everything else served(load_settings())
    sizes = [characters(tool) for tool in build(specs)]
    return [
        {
            "name": spec.name,
            "title": spec.title,
            "toolset": spec.toolset,
            "risk": spec.risk.name,
            "characters": size,
            "tokens": round(size / 4),
        }
        for spec, size in zip(specs, sizes, strict=True)
    ]


def _table(rows: list[dict[str, Any]]) -> str:
    lines = [f"{'tool':<24}{'toolset':<12}{'risk':<10}{'characters':>10}{'tokens':>8}"]
    lines += [
        f"{row['name']:<24}{row['toolset']:<12}{row['risk']:<10}{row['characters']:>10}{row['tokens']:>8}"
        for row in rows
    ]
    total = {key: sum(row[key] for row in rows) for key in ("characters", "tokens")}
    return "\n".join([*lines, f"{len(rows):<46}{total['characters']:>10}{total['tokens']:>8}"])
