"""The documentation says what the code says, builds without a network, and every link in it leads somewhere.

``UPDATE_DOCS=1 uv run pytest tests/contract/test_docs.py`` renews the pages that the code writes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from handbook import PAGES
from support import site as made

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.mark.parametrize(("name", "write"), PAGES.items(), ids=PAGES)
def test_a_page_that_the_code_writes_is_what_the_code_says(name: str, write: Callable[[], str]) -> None:
    file = DOCS / name
    if os.environ.get("UPDATE_DOCS"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(write(), encoding="utf-8")
    assert file.read_text(encoding="utf-8") == write()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made.build(tmp_path_factory.mktemp("documentation")).resolve()


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, made.Page]:
    return made.pages(site)


def test_every_page_is_on_the_site_and_in_its_navigation(site: Path) -> None:
    listed = set(re.findall(r": (\S+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE))
    assert listed == {str(file.relative_to(DOCS)) for file in DOCS.rglob("*.md")}
    missing = [name for name in listed - {"index.md"} if not (site / name.removesuffix(".md") / "index.html").exists()]
    assert missing == []


def test_every_link_leads_somewhere(site: Path, pages: dict[Path, made.Page]) -> None:
    broken = [
        f"{page.file.relative_to(site)} links to {target}"
        for page in pages.values()
        for target in page.links | page.loads
        if not urlsplit(target).scheme and not made.leads(page, target, site, pages)
    ]
    assert broken == []


def test_a_reader_loads_nothing_from_elsewhere(site: Path, pages: dict[Path, made.Page]) -> None:
    loaded = {target for page in pages.values() for target in page.loads}
    assert loaded
    assert {target for target in loaded if urlsplit(target).netloc} == set()
    sheets = "".join(file.read_text(encoding="utf-8") for file in site.rglob("*.css"))
    assert re.findall(r"(?:url\(|@import )[\"']?https?://", sheets) == []


def quoted() -> list[str]:
    """Every error sentence that the troubleshooting page explains."""
    text = (DOCS / "guides" / "troubleshooting.md").read_text(encoding="utf-8")
    return re.findall(r"^### `(.+)`$", text, re.MULTILINE)


def test_the_page_on_troubles_explains_some() -> None:
    assert len(quoted()) > 15


@pytest.mark.parametrize("sentence", quoted())
def test_a_sentence_that_is_explained_is_one_that_the_code_says(sentence: str) -> None:
    sources = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "server" / "zohocrm_mcp").rglob("*.py"))
    joined = re.sub(r'"\s*\n\s*f?"', "", sources)
    assert [part for part in sentence.split("…") if part.strip(" .'\"") not in joined] == []
