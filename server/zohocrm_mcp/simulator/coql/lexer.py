"""The words of a COQL query."""

from __future__ import annotations

import re
from dataclasses import dataclass

from zohocrm_mcp.simulator.wire import Json, Refusal

TOKENS = re.compile(
    r"""\s*(?:
    (?P<string>'(?:[^'\\]|''|\\.)*')
    |(?P<number>-?\d+(?:\.\d+)?)
    |(?P<name>[A-Za-z_$][\w$]*(?:(?:\.|->)[A-Za-z_$][\w$]*)*(?:\#\d+)?)
    |(?P<sign>!=|<>|<=|>=|[=<>(),*])
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is string, number, name, sign or end; ``at`` is its place in the query."""

    kind: str
    text: str
    at: int

    @property
    def word(self) -> str:
        return self.text.lower() if self.kind in ("name", "sign") else ""


def tokens_of(query: str) -> list[Token]:
    """All tokens, with an end behind them; refuses characters that belong to none."""
    tokens, at, text = [], 0, query.rstrip().rstrip(";").rstrip()
    while at < len(text):
        match = TOKENS.match(text, at)
        if not match or match.lastgroup is None:
            raise unexpected(query, at)
        start = match.start(match.lastgroup)
        tokens.append(Token(match.lastgroup, match.group(match.lastgroup), start))
        at = match.end()
    return [*tokens, Token("end", "", len(text))]


def unquoted(text: str) -> str:
    return re.sub(r"''|\\(.)", lambda match: match.group(1) or "'", text[1:-1])


def unexpected(query: str, at: int) -> Refusal:
    """SYNTAX_ERROR with line, column and what stands there."""
    line = query.count("\n", 0, at) + 1
    column = at - (query.rfind("\n", 0, at) + 1) + 1
    near = query[at : at + 20].split(" ", 1)[0]
    return syntax_error("unexpected token", {"line": line, "column": column, "near": near})


def syntax_error(message: str, details: Json | None = None) -> Refusal:
    return Refusal("SYNTAX_ERROR", message, details)
