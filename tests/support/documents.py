"""The commands that the documents tell people to type."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^ *```(?:sh|console)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"(?<!`)`(zohocrm-mcp [a-z][^`\n]*)`")


def documents() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), ROOT / "evaluations" / "README.md", *(ROOT / "docs").rglob("*.md")])


def commands() -> list[str]:
    """Return every line of a shell block once, as it would be typed."""
    found = []
    for document in documents():
        for block in _BLOCK.findall(document.read_text(encoding="utf-8")):
            lines = block.replace("\\\n", " ").splitlines()
            found += [line.strip().removeprefix("$ ") for line in lines if line.strip() and line.strip()[0] != "#"]
    return list(dict.fromkeys(found))


def mentioned() -> list[str]:
    """Return every command of ours that stands in a sentence."""
    texts = [document.read_text(encoding="utf-8") for document in documents()]
    return list(dict.fromkeys(line for text in texts for line in _INLINE.findall(text)))


def programs() -> list[str]:
    """Return every piece of Python that stands for itself."""
    texts = [document.read_text(encoding="utf-8") for document in documents()]
    return [block for text in texts for block in _PYTHON.findall(text) if "import" in block]


def excerpts() -> list[str]:
    """Return every piece of Python that is shown from the code."""
    texts = [document.read_text(encoding="utf-8") for document in documents()]
    return [block for text in texts for block in _PYTHON.findall(text) if block.startswith("@")]
