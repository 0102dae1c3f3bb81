"""The pages of the documentation that the code writes itself; a test compares them with what is checked in.

``UPDATE_DOCS=1 uv run pytest tests/contract/test_docs.py tests/contract/test_readme.py`` renews them.
"""

from __future__ import annotations

from collections.abc import Callable

from handbook import commands, documents, errors, metrics, python_api, resources, settings, tools, zoho

PAGES: dict[str, Callable[[], str]] = {
    "reference/tools.md": tools.page,
    "reference/settings.md": settings.page,
    "reference/commands.md": commands.page,
    "reference/errors.md": errors.page,
    "reference/resources-and-prompts.md": resources.page,
    "reference/metrics.md": metrics.page,
    "reference/python.md": python_api.page,
    "zoho.md": zoho.page,
    "security.md": documents.document("SECURITY.md"),
    "evaluations.md": documents.document("evaluations/README.md"),
    "decisions.md": documents.document("DECISIONS.md"),
    "contributing.md": documents.document("CONTRIBUTING.md"),
    "changes.md": documents.document("CHANGELOG.md"),
}
"""Below ``docs/``: the file, and what writes it."""
