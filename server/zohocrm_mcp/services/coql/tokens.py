"""The words of a COQL query. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from zohocrm_mcp.errors import InvalidInputError

AGGREGATES = frozenset({"count", "sum", "min", "max", "avg"})
HINT = "crm://guides/coql explains the grammar."
MOST_CHARACTERS = 100_000
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>'(?:[^']|'')*'|"(?:[^"]|"")*")
    |(?P<number>[+-]?\d+(?:\.\d+)?(?![\w.]))
    |(?P<name>!?[A-Za-z_$][\w$]*(?:(?:\.|->)[A-Za-z_$][\w$]*)*(?:\#\d+)?)
    |(?P<sign>!=|<>|<=|>=|[=<>(),*;])
    )""",
    re.VERBOSE,
)
_ESCAPED_QUOTE = re.compile(r"\\['\"]")


@dataclass(frozen=True)
class Token:
    """``kind`` is string, number, name or sign."""

    kind: str
    text: str

    @property
    def word(self) -> str:
        """The text in lower case, of a name or sign; empty for values."""
        return self.text.lower() if self.kind in {"name", "sign"} else ""

    @property
    def inside(self) -> str:
        """What a string holds, or a name as it stands."""
        if self.kind != "string":
            return self.text
        mark = self.text[0]
        return self.text[1:-1].replace(mark * 2, mark)


def tokens_of(text: str) -> list[Token]:
    r"""Return the words of ``text``; a semicolon at the end is dropped.

    Raises:
        InvalidInputError: a character that belongs to no word, an open string, or ``\'``: Zoho doubles quotes; a text
            that would take long to read.
    """
    if len(text) > MOST_CHARACTERS:
        raise wrong(f"it is longer than {MOST_CHARACTERS:,} characters")
    text = text.strip().rstrip(";").rstrip()
    if _ESCAPED_QUOTE.search(text):
        raise wrong("a backslash stands before a quote", "Write a single quote inside a string twice: 'O''Neil'.")
    tokens, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match or match.lastgroup is None:
            raise wrong(f"it cannot be read near {text[at : at + 30].strip()!r}")
        token = Token(match.lastgroup, match.group(match.lastgroup))
        if "\\" in token.text:
            raise wrong(
                "a backslash stands in a text, and Zoho does not say whether it escapes",
                "Search by filters, which find it exactly, or write like with % in its place.",
            )
        tokens.append(token)
        at = match.end()
    return tokens


def wrong(why: str, hint: str = HINT) -> InvalidInputError:
    """Return the error that says why a query cannot be sent."""
    return InvalidInputError(f"Nothing was sent: {why}.", hint=hint, field="select_query", code="SYNTAX_ERROR")


def written(tokens: Sequence[Token]) -> str:
    """Return the words as one line."""
    text, before = "", ""
    for token in tokens:
        tight = not text or before == "(" or token.word in {")", ","} or (token.word == "(" and before in AGGREGATES)
        text += token.text if tight else f" {token.text}"
        before = token.word
    return text
