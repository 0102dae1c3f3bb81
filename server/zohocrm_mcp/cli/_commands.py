"""The command line as typer runs it: every file's command, with the options of ``serve`` taken from its own parser."""

from __future__ import annotations

import argparse
import importlib
import inspect
import pkgutil
import shlex
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import typer

from zohocrm_mcp._version import __version__
from zohocrm_mcp.cli.serve import parser as serve_parser

EXIT_CODES = {
    0: "done",
    1: "the answer is no: unwell, refused, not everything written",
    2: "not begun: an option or a setting is wrong, or the database does not answer",
    130: "interrupted",
}


def build(arguments: Sequence[str] = ()) -> Any:
    """Return the command line; where ``arguments`` name a command, only its file is imported."""
    app = typer.Typer(epilog=_exit_codes(), no_args_is_help=True, pretty_exceptions_enable=False)
    app.callback()(_options)
    examples = [line for name in _names(arguments[0] if arguments else "") for line in _add(app, name)]
    command = typer.main.get_command(app)
    for line in examples:
        _exemplify(command, line)
    return command


def _exit_codes() -> str:
    return "\n".join(["Exit codes:", *(f"  {code:<4}{meaning}" for code, meaning in EXIT_CODES.items())])


def _options(
    *, version: Annotated[bool, typer.Option("--version", help="Print the version, and end.")] = False
) -> None:
    """MCP server for the accounts of a Zoho CRM organisation.

    Results go to stdout, everything else to stderr. NO_COLOR=1 takes the colours away.
    """
    if version:
        sys.stdout.write(f"zohocrm-mcp {__version__}\n")
        raise typer.Exit


def _names(wanted: str) -> list[str]:
    """Return the commands there are, by the file of each; ``import_`` stands for a word that Python reserves."""
    package = importlib.import_module("zohocrm_mcp.cli")
    found = [module.name for module in pkgutil.iter_modules(package.__path__)]
    commands = [name for name in found if name != "main" and not name.startswith("_")]
    chosen = [name for name in commands if name.rstrip("_") == wanted]
    return chosen or commands


def _add(app: typer.Typer, name: str) -> Sequence[str]:
    """Add the command of a file and return its examples."""
    command, found = name.rstrip("_").replace("_", "-"), importlib.import_module(f"zohocrm_mcp.cli.{name}")
    if hasattr(found, "group"):
        app.add_typer(found.group, name=command)
    elif name == "serve":
        app.command(command)(_with_options_of(serve_parser(), found.serve))
    else:
        app.command(command)(getattr(found, name))
    examples: Sequence[str] = getattr(found, "EXAMPLES", ())
    return examples


def _exemplify(command: Any, line: str) -> None:
    """Put an example into the help of the command that it calls."""
    for word in shlex.split(line)[1:]:
        if word not in getattr(command, "commands", {}):
            break
        command = command.commands[word]
    command.epilog = f"{command.epilog or 'Examples:'}\n  {line}"


def _with_options_of(parser: argparse.ArgumentParser, about: Callable[[], None]) -> Callable[..., None]:
    """Return a command that lists and completes what ``parser`` takes; ``main`` runs it before typer is imported."""

    def command(**_options: object) -> None:
        raise AssertionError("`serve` is run by its own parser")

    command.__doc__ = parser.description or about.__doc__
    actions = [action for action in parser._actions if action.dest != "help"]  # noqa: SLF001 -- there is no public list
    command.__annotations__ = {action.dest: _option(action) for action in actions}
    command.__signature__ = inspect.Signature([_parameter(action) for action in actions])  # type: ignore[attr-defined]
    return command


def _option(action: argparse.Action) -> Any:
    kind: Any = bool if action.nargs == 0 else action.type or str
    if action.choices:
        kind = Literal[tuple(action.choices)]
    metavar = action.metavar if isinstance(action.metavar, str) else None
    return Annotated[kind, typer.Option(*action.option_strings, metavar=metavar, help=action.help or "")]


def _parameter(action: argparse.Action) -> inspect.Parameter:
    default = action.default or (False if action.nargs == 0 else "")
    if action.default == argparse.SUPPRESS:
        default = False
    return inspect.Parameter(action.dest, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=_option(action))
