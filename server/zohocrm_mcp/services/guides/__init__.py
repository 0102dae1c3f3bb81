"""What a model reads to search and to query: ``crm://guides/search`` and ``crm://guides/coql``, under 3,000 characters.

Every example that stands alone on a line, in backticks, is tried by a test.
"""

from __future__ import annotations

from importlib.resources import files


def guide(name: str) -> str:
    """Return the guide: ``search`` or ``coql``."""
    return (files(__name__) / f"{name}.md").read_text(encoding="utf-8")


SEARCH, COQL = guide("search"), guide("coql")
