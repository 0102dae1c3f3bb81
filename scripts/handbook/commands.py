"""The commands: what each does, takes, and how it is called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from handbook.markdown import fenced, table
from handbook.markdown import page as whole
from zohocrm_mcp.cli._commands import EXIT_CODES, build

ABOUT = """\
A result goes to stdout, everything else to stderr, so that results can be piped. Where a command prints data, `--json`
prints it as JSON. `zohocrm-mcp --install-completion` teaches the shell to complete commands, options and tool names.
`--version` may stand behind every command. Colours and bars appear on a terminal only; `NO_COLOR=1` takes the colours
away."""
COMMON = {"help"}


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command that does something, with the words that call it."""
    below: dict[str, Any] = getattr(command, "commands", {})
    if not below:
        yield " ".join(path), command
    for name, one in below.items():
        yield from leaves(one, (*path, name))


def page() -> str:
    commands = sorted(leaves(build()), key=lambda one: one[0])
    codes = table(["exit code", "meaning"], [(f"`{code}`", meaning) for code, meaning in EXIT_CODES.items()])
    return whole("Commands", ABOUT, codes, *(_command(name, one) for name, one in commands))


def _command(name: str, command: Any) -> str:
    _, *examples = (command.epilog or "").splitlines()
    rows = [_row(one) for one in command.params if one.name not in COMMON]
    parts = [
        f"## `zohocrm-mcp {name}`",
        "\n\n".join(" ".join(part.split()) for part in (command.help or "").split("\n\n")),
        table(["argument or option", "default", "meaning"], rows) if rows else "",
        fenced("\n".join(line.strip() for line in examples), "sh"),
    ]
    return "\n\n".join(part for part in parts if part)


def _row(parameter: Any) -> tuple[str, str, str]:
    argument = parameter.param_type_name == "argument"
    name = (parameter.metavar or parameter.name or "").upper() if argument else ", ".join(parameter.opts)
    return f"`{name}`", "required" if parameter.required else _default(parameter.default), parameter.help or ""


def _default(value: Any) -> str:
    value = getattr(value, "value", value)
    return "" if value in (None, "", False, []) else f"`{value}`"
