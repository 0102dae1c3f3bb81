"""The WHERE part of a COQL query."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from zohocrm_mcp.simulator.coql.lexer import Token, syntax_error, tokens_of, unexpected, unquoted
from zohocrm_mcp.simulator.coql.tree import Comparison, Joined, Literal, Where
from zohocrm_mcp.simulator.sources import guessed, known

T = TypeVar("T")
SIGNS = {
    "=": "equal",
    "!=": "not_equal",
    "<>": "not_equal",
    "<": "less_than",
    "<=": "less_equal",
    ">": "greater_than",
    ">=": "greater_equal",
}
RESERVED = frozenset(
    [
        "select",
        "from",
        "where",
        "group",
        "order",
        "by",
        "limit",
        "offset",
        "and",
        "or",
        "as",
        "is",
        "not",
        "null",
        "in",
        "like",
        "between",
    ]
)


class WhereParser:
    """Walks over tokens; knows conditions."""

    def __init__(self, text: str) -> None:
        self.text, self.tokens, self.at = text, tokens_of(text), 0

    @property
    def here(self) -> Token:
        return self.tokens[self.at]

    def take(self, word: str) -> bool:
        """Step over a word if it stands here."""
        if self.here.word != word:
            return False
        self.at += 1
        return True

    def need(self, word: str) -> None:
        if not self.take(word):
            raise unexpected(self.text, self.here.at)

    def expect(self, *kinds: str) -> Token:
        token = self.here
        if token.kind not in kinds or token.word in RESERVED:
            raise unexpected(self.text, token.at)
        self.at += 1
        return token

    def _list(self, item: Callable[[], T]) -> list[T]:
        items = [item()]
        while self.take(","):
            items.append(item())
        return items

    @known("Zoho's community series, part 171: more than two conditions must be bracketed pairwise")
    @guessed("conditions that are not bracketed pairwise are SYNTAX_ERROR, near the second word")
    def where(self) -> Where:
        """A condition, or two joined by a word."""
        left = self._term()
        for word in ("and", "or"):
            if self.take(word):
                joined = Joined(word, (left, self._term()))
                if self.here.word in ("and", "or"):
                    raise syntax_error("error occured while parsing the query", {"near": self.here.text})
                return joined
        return left

    def _term(self) -> Where:
        if self.take("("):
            inner = self.where()
            self.need(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Comparison:
        path = self.expect("name").text
        if self.take("is"):
            negated = self.take("not")
            self.need("null")
            return Comparison(path, "not_empty" if negated else "empty", "is", ())
        negation = "not_" if self.take("not") else ""
        if self.take("between"):
            low = self._literal()
            self.need("and")
            return Comparison(path, f"{negation}between", "between", (low, self._literal()))
        if self.take("in"):
            self.need("(")
            values = tuple(self._list(self._literal))
            self.need(")")
            return Comparison(path, f"{negation}in", "in", values)
        if self.take("like"):
            return Comparison(path, f"{negation}like", "like", (self._literal(),))
        return self._signed(path)

    def _signed(self, path: str) -> Comparison:
        token = self.here
        if token.word not in SIGNS:
            if token.kind == "name" and token.word not in RESERVED:
                raise syntax_error("operator not supported", {"operator": token.text})
            raise unexpected(self.text, token.at)
        self.at += 1
        return Comparison(path, SIGNS[token.word], token.text, (self._literal(),))

    def _literal(self) -> Literal:
        token = self.here
        if token.kind == "string":
            self.at += 1
            return Literal(unquoted(token.text), quoted=True)
        if token.kind == "number" or token.word in ("true", "false", "null"):
            self.at += 1
            return Literal(token.text, quoted=False)
        raise unexpected(self.text, token.at)
