"""The command line. Each file here is one command, named like the file; adding one touches nothing else.

A file holds a function of its own name for typer, or ``group``, a ``typer.Typer`` with commands of its own, and
``EXAMPLES``, whole command lines that the help of each command shows. ``serve`` alone is not run through typer: a
client waits for it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from zohocrm_mcp._version import __version__
from zohocrm_mcp.errors import ZohoError

BAD_START = 2


def main() -> None:
    """Run the command that ``sys.argv`` names and exit with its code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code. Our errors become one sentence and a hint on stderr."""
    try:
        if list(arguments[-1:]) == ["--version"]:  # behind whatever command
            sys.stdout.write(f"zohocrm-mcp {__version__}\n")
            return 0
        if list(arguments[:1]) == ["serve"]:
            return _serve(arguments[1:])
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
    from zohocrm_mcp.cli._commands import build

    build(arguments)(list(arguments), prog_name="zohocrm-mcp")
    return 0
