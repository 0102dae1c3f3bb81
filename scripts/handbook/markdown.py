"""Markdown as the pages use it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

NOTE = "<!-- Written by scripts/handbook; UPDATE_DOCS=1 uv run pytest tests/contract/test_docs.py renews it. -->"


def page(title: str, *parts: str) -> str:
    """Return a whole page: the note that it is generated, the title, the parts with a blank line between them."""
    return "\n\n".join([NOTE, f"# {title}", *(part.strip("\n") for part in parts if part)]) + "\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(map(cell, line)) + " |" for line in lines)


def cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def fenced(text: str, language: str = "") -> str:
    return f"```{language}\n{text.strip()}\n```"


def first_sentence(text: str) -> str:
    return text.split(". ", maxsplit=1)[0].split("\n", maxsplit=1)[0].rstrip(".") + "."
