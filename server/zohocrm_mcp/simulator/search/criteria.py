"""The criteria of a search: ``((A:equals:x)and(B:in:y,z))``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.wire import Refusal


@dataclass(frozen=True, slots=True)
class Triple:
    """One bracket: field, operator, and the values between unescaped commas."""

    field: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Brackets joined by one word, ``and`` or ``or``."""

    word: str
    parts: tuple[Triple | Group, ...]


Criteria = Triple | Group


@known("Zoho CRM docs, Search Records: grammar of criteria; ( ) , and a backslash escaped by a backslash")
@guessed("and binds tighter than or where brackets leave it open; spaces around and/or are allowed")
def parse(text: str) -> Criteria:
    """The criteria as a tree; refuses what is no criteria."""
    parser = _Parser(text.strip())
    tree = parser.either()
    parser.end()
    return tree


def malformed(**details: object) -> Refusal:
    return Refusal("INVALID_QUERY", "Invalid query formed", details or {"reason": "invalid query formed"})


class _Parser:
    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def either(self) -> Criteria:
        return self._joined("or", lambda: self._joined("and", self._operand))

    def end(self) -> None:
        self._skip()
        if self._at != len(self._text):
            raise malformed()

    def _joined(self, word: str, operand: Callable[[], Criteria]) -> Criteria:
        parts = [operand()]
        while self._word(word):
            parts.append(operand())
        return parts[0] if len(parts) == 1 else Group(word, tuple(parts))

    def _word(self, word: str) -> bool:
        self._skip()
        if self._text[self._at : self._at + len(word)].lower() != word:
            return False
        self._at += len(word)
        return True

    def _skip(self) -> None:
        while self._text[self._at : self._at + 1].isspace():
            self._at += 1

    def _operand(self) -> Criteria:
        self._skip()
        if self._text[self._at : self._at + 1] != "(":
            if self._at == 0:
                return self._triple(closed=False)
            raise malformed()
        self._at += 1
        self._skip()
        if self._text[self._at : self._at + 1] == "(":
            tree = self.either()
            self._skip()
            if self._text[self._at : self._at + 1] != ")":
                raise malformed()
            self._at += 1
            return tree
        return self._triple(closed=True)

    def _triple(self, *, closed: bool) -> Triple:
        field, operator = self._until_colon(), self._until_colon()
        return Triple(field.strip(), operator.strip().lower(), tuple(self._values(closed=closed)))

    def _until_colon(self) -> str:
        end = self._text.find(":", self._at)
        if end < 0:
            raise malformed()
        part, self._at = self._text[self._at : end], end + 1
        return part

    def _values(self, *, closed: bool) -> list[str]:
        values: list[str] = []
        value = ""
        while self._at < len(self._text):
            letter = self._text[self._at]
            self._at += 1
            if letter == "\\" and self._at < len(self._text):
                value += self._text[self._at]
                self._at += 1
            elif letter == ")" and closed:
                return [*values, value]
            elif letter == ",":
                values.append(value)
                value = ""
            elif letter in "()":
                raise malformed()
            else:
                value += letter
        if closed:
            raise malformed()
        return [*values, value]
