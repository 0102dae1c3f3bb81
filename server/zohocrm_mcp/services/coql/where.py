"""The condition of a COQL query as a tree, so that names can be checked and brackets set as Zoho wants them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from zohocrm_mcp.services.conditions.coql import join
from zohocrm_mcp.services.conditions.tree import Branch, Word
from zohocrm_mcp.services.coql.tokens import Token, tokens_of, written, wrong

_SIGNS = frozenset({"=", "!=", "<>", "<", ">", "<=", ">="})
_LITERAL = frozenset({"true", "false", "null"})
_OPENERS = _SIGNS | {"is", "not", "in", "like", "between"}
_MOST_BRACKETS = 100
"""Brackets inside brackets. COQL takes 25 conditions."""


@dataclass(frozen=True)
class Comparison:
    """A column and what follows it: ``= 'x'``, ``is not null``, ``in ('a', 'b')``."""

    column: Token
    rest: tuple[Token, ...]


Where: TypeAlias = Comparison | Branch[Comparison]


def parse_where(text: str) -> Where:
    """Return the tree of a condition without ``where``.

    Raises:
        InvalidInputError: it cannot be read.
    """
    return where_of(tokens_of(text))


def where_of(tokens: Sequence[Token]) -> Where:
    """Return the tree of the words after ``where``; ``and`` binds tighter than ``or``."""
    reader = _Reader(tokens)
    tree = reader.joined("or")
    if reader.here is not None:
        raise wrong(f"the condition cannot be read near {reader.here.text}")
    return tree


def render(tree: Where) -> str:
    """Return the tree with brackets around each pair."""
    if isinstance(tree, Comparison):
        return written([tree.column, *tree.rest])
    return join([f"({render(part)})" if isinstance(part, Branch) else render(part) for part in tree.parts], tree.word)


class _Reader:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens, self._at, self._open = tokens, 0, 0

    @property
    def here(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    @property
    def _word(self) -> str:
        return self.here.word if self.here else ""

    def joined(self, word: Word) -> Where:
        parts = [self._below(word)]
        while self._word == word:
            self._at += 1
            parts.append(self._below(word))
        return Branch(word, tuple(parts)) if len(parts) > 1 else parts[0]

    def _below(self, word: Word) -> Where:
        return self.joined("and") if word == "or" else self._part()

    def _part(self) -> Where:
        if self._word != "(":
            return self._comparison()
        self._at += 1
        self._open += 1
        if self._open > _MOST_BRACKETS:
            raise wrong("brackets are nested too deep")
        tree = self.joined("or")
        self._expect(")")
        self._open -= 1
        return tree

    def _comparison(self) -> Comparison:
        column = self._take()
        if column.kind not in {"name", "string"} or self._word not in _OPENERS:
            raise wrong(f"the condition cannot be read near {column.text}")
        start = self._at
        self._predicate(self._take().word)
        return Comparison(column, tuple(self._tokens[start : self._at]))

    def _predicate(self, word: str) -> None:
        if word == "not":
            word = self._take().word
            if word not in {"in", "like", "between"}:
                raise wrong(f"{word!r} stands after not")
        if word == "is":
            self._at += self._word == "not"
            self._expect("null")
        elif word == "in":
            self._list()
        elif word == "between":
            self._value()
            self._expect("and")
            self._value()
        else:
            self._value()

    def _list(self) -> None:
        self._expect("(")
        self._value()
        while self._word == ",":
            self._at += 1
            self._value()
        self._expect(")")

    def _value(self) -> None:
        token = self._take()
        if token.kind == "sign" or (token.kind == "name" and token.word not in _LITERAL):
            raise wrong(f"{token.text} is no value", f"Text, dates and ids stand in single quotes: '{token.text}'.")

    def _take(self) -> Token:
        if self.here is None:
            raise wrong("the condition ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, word: str) -> None:
        token = self._take()
        if token.word != word:
            raise wrong(f"{word!r} is missing near {token.text}")
