"""Documents of the repository that are pages of the site too; what they link to is led to the page of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from handbook.markdown import NOTE

ROOT = Path(__file__).parents[2]
PAGE_OF = {
    "README.md": "index.md",
    "SECURITY.md": "security.md",
    "DECISIONS.md": "decisions.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changes.md",
    "evaluations/README.md": "evaluations.md",
}
_LINK = re.compile(r"(!?\[[^\]]*\])\(([^)#:]+)(#[^)]*)?\)")


def document(name: str) -> Callable[[], str]:
    """Return what writes the page of a document at the root."""

    def page() -> str:
        text = (ROOT / name).read_text(encoding="utf-8")
        return f"{NOTE}\n\n{_LINK.sub(_led, text)}"

    return page


def _led(found: re.Match[str]) -> str:
    label, target, anchor = found[1], found[2], found[3] or ""
    page = PAGE_OF.get(target) or (target.removeprefix("docs/") if target.startswith("docs/") else "")
    return f"{label}({page}{anchor})" if page else label[1:-1]
