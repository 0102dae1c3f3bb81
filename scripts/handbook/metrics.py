"""What is measured."""

from __future__ import annotations

from handbook.markdown import page as whole
from handbook.markdown import table
from zohocrm_mcp.observe.meters import ALL, PREFIX, Meter

ABOUT = """\
Labels have few values: names of tools, templates of paths, states. Never an id, a record or a word of a tenant, but for
the name of a connection. [Watch it](../guides/watching.md) tells how to read them."""
BUILD = (f"`{PREFIX}build_info`", "gauge", "`version`, `python`", "Always 1; what runs stands in the labels.")


def page() -> str:
    rows = [(f"`{one.exposed}`", _kind(one), ", ".join(f"`{label}`" for label in one.labels), one.about) for one in ALL]
    return whole("Metrics", ABOUT, table(["name", "kind", "labels", "meaning"], [*rows, BUILD]))


def _kind(meter: Meter) -> str:
    if meter.buckets:
        return "histogram (seconds)"
    return "gauge" if meter.kind == "gauge" else "counter"
