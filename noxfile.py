"""What there is to run: ``uv run nox -l`` lists it, ``-s NAME`` runs one of it, without either what a change needs."""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "types", "tests"]
nox.options.reuse_venv = "yes"

GROUP = ("--group", "dev")
FLOOR_TESTS = (
    *("tests/unit", "tests/contract", "tests/store/test_migrations.py", "tests/store/test_tokens.py"),
    *("tests/tools/test_border.py", "tests/tools/test_commands.py", "tests/tools/test_http_process.py"),
    *("tests/wire/test_records.py", "tests/wire/test_query_records.py", "tests/wire/test_bulk_changes.py"),
)


def _sync(session: nox.Session, *more: str) -> None:
    session.run_install("uv", "sync", "--quiet", "--active", *more, external=True)


@nox.session(python=False)
def lint(session: nox.Session) -> None:
    """Linter and formatter, changing nothing."""
    session.run("ruff", "check", ".", external=True)
    session.run("ruff", "format", "--check", ".", external=True)


@nox.session(python=False)
def fix(session: nox.Session) -> None:
    """What linter and formatter can put right."""
    session.run("ruff", "check", "--fix", ".", external=True)
    session.run("ruff", "format", ".", external=True)


@nox.session(python=False)
def types(session: nox.Session) -> None:
    """The type gate, tests included."""
    session.run("mypy", external=True)


@nox.session(python=["3.11", "3.13"])
def tests(session: nox.Session) -> None:
    """The tests on each Python, without what drives other people's programs; words behind -- go to pytest."""
    _sync(session)
    session.run("pytest", "-m", "not e2e", *session.posargs)


@nox.session(python=False)
def e2e(session: nox.Session) -> None:
    """The tests that drive clients, browsers and installers of others."""
    session.run("pytest", "-m", "e2e", *session.posargs, external=True)


@nox.session(python="3.11")
def floors(session: nox.Session) -> None:
    """Tests with the oldest versions that pyproject.toml allows of what it names."""
    session.install("--resolution", "lowest-direct", "-e", ".[metrics,otel]", *GROUP)
    session.run("pytest", *FLOOR_TESTS, *session.posargs)


@nox.session(python=False)
def lock(session: nox.Session) -> None:
    """Renew constraints.txt; the versions in it stay where they still fit."""
    session.run("python", "scripts/lock.py", *session.posargs, external=True)


@nox.session(python=False)
def docs(session: nox.Session) -> None:
    """Renew the pages that the code writes, and build the site into site/."""
    session.run(
        "pytest",
        "-q",
        "tests/contract/test_docs.py",
        "tests/contract/test_readme.py",
        env={"UPDATE_DOCS": "1"},
        external=True,
    )
    session.run("zensical", "build", "--strict", "--config-file", "mkdocs.yml", external=True)


@nox.session(python=False)
def record(session: nox.Session) -> None:
    """Record the demo anew."""
    session.run("python", "scripts/record.py", external=True)


@nox.session(python=False)
def bundle(session: nox.Session) -> None:
    """Make the bundle for Claude Desktop, dist/zohocrm-mcp.mcpb."""
    session.run("python", "scripts/bundle.py", external=True)
