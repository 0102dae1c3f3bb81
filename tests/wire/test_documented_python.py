"""The Python in the documents runs as it stands there, and what they show of the code is in the code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import settings_for
from support.callers import environment_of
from support.documents import ROOT, excerpts, programs
from zohocrm_mcp.simulator import Simulator


@pytest.fixture
def many() -> Iterator[Simulator]:
    """A CRM in which the account of the examples is."""
    with Simulator(accounts=250, seed=1) as running:
        yield running


@pytest.fixture
def _signed_in(many: Simulator, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in environment_of(settings_for(many, database_url, tmp_path)).items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("_signed_in")
@pytest.mark.parametrize("program", dict.fromkeys(programs()))
def test_a_program_in_the_documents_runs(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(program, "a document", "exec"), {"__name__": "a document"})  # noqa: S102 -- it is ours
    assert "code" not in capsys.readouterr().out


def test_what_is_shown_of_the_code_is_in_the_code() -> None:
    tools = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "tools" / "zohocrm_tools").glob("*.py"))
    assert excerpts()
    assert [block for block in excerpts() if block not in tools] == []
