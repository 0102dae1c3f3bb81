"""The documentation as a reader gets it: built into a folder, its pages parsed for what they link to and load."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).parents[2]
SECONDS = 120


@dataclass
class Page(HTMLParser):
    """One page: the ids in it, what it links to, and what a browser loads for it."""

    file: Path
    ids: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    loads: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        elif tag == "link" and given.get("rel") not in ("canonical", "prev", "next"):
            self.loads.add(given.get("href", ""))
        elif "src" in given:
            self.loads.add(given["src"])


def build(folder: Path) -> Path:
    """Build the site from copies below ``folder`` and return where it is."""
    shutil.copytree(ROOT / "docs", folder / "docs")
    shutil.copy(ROOT / "mkdocs.yml", folder)
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", "mkdocs.yml"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "site"


def pages(site: Path) -> dict[Path, Page]:
    return {file: Page(file) for file in sorted(site.rglob("*.html"))}


def leads(page: Page, target: str, site: Path, known: dict[Path, Page]) -> bool:
    """Whether what ``page`` names is there: a file, and in it the place."""
    parts = urlsplit(target)
    path = unquote(parts.path)
    file = (site / path.lstrip("/")) if path.startswith("/") else (page.file.parent / path)
    found = (file / "index.html" if file.is_dir() else file).resolve() if path else page.file
    if not found.exists():
        return False
    return not parts.fragment or found not in known or unquote(parts.fragment) in known[found].ids
