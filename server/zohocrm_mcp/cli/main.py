"""The command line. Each file here is one command, named like the file; adding one touches nothing else.

A file holds a function of its own name for typer, or ``group``, a ``typer.Typer`` with commands of its own. ``serve``
alone is not run through typer: a client waits for it.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from zohocrm_mcp._version import __version__
from zohocrm_mcp.errors import ZohoError

if TYPE_CHECKING:
    import typer

BAD_START = 2


def main() -> None:
    """Run the command that ``sys.argv`` names and exit with its code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code. Our errors become one sentence and a hint on stderr."""
    try:
        if list(arguments[:1]) == ["serve"]:
            return _serve(arguments[1:])
        if list(arguments) == ["--version"]:
            sys.stdout.write(f"zohocrm-mcp {__version__}\n")
            return 0
        return _with_typer(arguments)
    except ZohoError as error:
        sys.stderr.write(f"zohocrm-mcp: {error.message} {error.hint}\n")
        return BAD_START


def _serve(arguments: Sequence[str]) -> int:
    from zohocrm_mcp.transports.ending import end_at_once_on_signal

    end_at_once_on_signal()
    from zohocrm_mcp.cli import serve

    return serve.main(arguments)


def _with_typer(arguments: Sequence[str]) -> int:
    build(arguments)(list(arguments), prog_name="zohocrm-mcp")
    return 0


def build(arguments: Sequence[str] = ()) -> Any:
    """Return the command line; where ``arguments`` name a command, only its file is imported."""
    import typer

    app = typer.Typer(
        help="MCP server for the accounts of a Zoho CRM organisation.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    for name in _names(arguments[0] if arguments else ""):
        _add(app, name)
    return typer.main.get_command(app)


def _options(*, version: bool = False) -> None:
    """MCP server for the accounts of a Zoho CRM organisation."""
    if version:
        sys.stdout.write(f"zohocrm-mcp {__version__}\n")
        sys.exit(0)


def _names(wanted: str) -> list[str]:
    """Return the commands there are, by the file of each; ``import_`` stands for a word that Python reserves."""
    package = importlib.import_module("zohocrm_mcp.cli")
    found = [module.name for module in pkgutil.iter_modules(package.__path__)]
    commands = [name for name in found if name != "main" and not name.startswith("_")]
    chosen = [name for name in commands if name.rstrip("_") == wanted]
    return chosen or commands


def _add(app: typer.Typer, name: str) -> None:
    command, found = name.rstrip("_").replace("_", "-"), importlib.import_module(f"zohocrm_mcp.cli.{name}")
    if hasattr(found, "group"):
        app.add_typer(found.group, name=command)
    else:
        app.command(command)(getattr(found, name))
