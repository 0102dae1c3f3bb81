r"""Zoho's own criteria: ``((Industry:equals:Technology)and(Annual_Revenue:greater_than:1000000))``. Pure.

Grammar and escapes: Zoho CRM v8 docs, Search Records. In a value ``\`` goes before brackets, commas and itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.services.conditions.coql import plain
from zohocrm_mcp.services.conditions.filters import operator
from zohocrm_mcp.services.conditions.tree import Asked, Branch, Condition, Leaf, Meant, Operand

MOST_CONDITIONS = 10
MOST_BRACKETS = 100
"""Brackets inside brackets. More conditions than that are refused anyway."""
MOST_VALUES = 100
EMPTY = "${EMPTY}"
_STARTS = re.compile(r"[\s(]*[^\s():'\"<>=!][^():'\"<>=!]*:\s*[A-Za-z_][A-Za-z_\s]*:")
_WORD = re.compile(r"\s*(and|or)\b\s*", re.IGNORECASE)
_LISTS = frozenset({"in", "not_in", "between"})
_SPECIAL = re.compile(r"[(),\\]")


def is_criteria(text: str) -> bool:
    """Whether ``text`` is in Zoho's ``Field:operator:value`` form; otherwise it is taken for a COQL condition."""
    return bool(_STARTS.match(text))


def parse(text: str) -> Asked:
    """Return the tree of ``text``. Brackets around a single condition may be missing.

    Raises:
        InvalidInputError: brackets do not match, a condition has no value, an operator is unknown, or ``and`` and
            ``or`` stand side by side without brackets.
    """
    return _Reader(text).whole()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text, self._at, self._open = text, 0, 0

    def whole(self) -> Asked:
        tree = self._joined()
        if self._at < len(self._text):
            raise self._wrong("brackets do not match")
        return tree

    def _joined(self) -> Asked:
        parts, words = [self._part()], set()
        while found := _WORD.match(self._text, self._at):
            words.add(found[1].lower())
            self._at = found.end()
            parts.append(self._part())
        if len(words) > 1:
            raise self._wrong("and and or stand side by side; put brackets around each pair")
        return Branch("or" if words == {"or"} else "and", tuple(parts)) if words else parts[0]

    def _part(self) -> Asked:
        self._skip()
        if self._text[self._at : self._at + 1] != "(":
            return self._leaf()
        self._at += 1
        self._open += 1
        if self._open > MOST_BRACKETS:
            raise self._wrong("brackets are nested too deep")
        tree = self._joined()
        if self._text[self._at : self._at + 1] != ")":
            raise self._wrong("a closing bracket is missing")
        self._at += 1
        self._open -= 1
        self._skip()
        return tree

    def _leaf(self) -> Leaf:
        start = self._at
        while self._at < len(self._text) and self._text[self._at] not in "()":
            self._at += 2 if self._text[self._at] == "\\" else 1
        self._at = min(self._at, len(self._text))
        field, _, rest = self._text[start : self._at].partition(":")
        op, colon, value = rest.partition(":")
        if not colon:
            raise self._wrong(f"{self._text[start : self._at].strip()!r} is not of the form Field:operator:value")
        return _leaf(field.strip(), operator(op.strip()), value)

    def _skip(self) -> None:
        while self._text[self._at : self._at + 1].isspace():
            self._at += 1

    def _wrong(self, why: str) -> InvalidInputError:
        return InvalidInputError(
            f"The criteria cannot be read at character {self._at + 1}: {why}.",
            hint="Write (Field:operator:value), joined by and or or; crm://guides/search explains it.",
            field="criteria",
            code="INVALID_QUERY",
        )


def _leaf(field: str, op: str, value: str) -> Leaf:
    if value.strip() == EMPTY and op in {"equals", "not_equal"}:
        return Leaf(field, "is_empty" if op == "equals" else "is_not_empty")
    if op in _LISTS:
        return Leaf(field, op, [_plain(one) for one in _split(value)])
    return Leaf(field, op, _plain(value))


def _split(value: str) -> Sequence[str]:
    return re.findall(r"(?:\\.|[^,\\]|\\$)+", value, flags=re.DOTALL)


def _plain(value: str) -> str:
    return re.sub(r"\\([(),\\])", r"\1", value.strip())


def escape(value: Operand) -> str:
    """Return ``value`` as it stands in criteria."""
    if isinstance(value, bool):
        return str(value).lower()
    text = value if isinstance(value, str) else plain(value)
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", text)


SEARCHABLE = {
    "text": {"equals", "not_equal", "starts_with", "in"},
    "long text": {"equals", "starts_with", "contains"},
    "number": {"equals", "not_equal", "greater_than", "greater_equal", "less_than", "less_equal", "between", "in"},
    "key": {"equals", "not_equal", "greater_than", "greater_equal", "less_than", "less_equal", "between", "in"},
    "time": {"equals", "not_equal", "greater_than", "greater_equal", "less_than", "less_equal", "between", "in"},
    "boolean": {"equals", "not_equal"},
    "pick list": {"equals", "not_equal", "in"},
    "multi-select": {"in"},
    "lookup": {"equals", "not_equal", "in"},
}
"""Operators of the search interface by kind; ``equals`` on text finds what contains the value."""


def searchable(test: Condition) -> bool:
    """Whether the search interface can answer the condition."""
    return test.op in SEARCHABLE[test.kind] and "." not in test.field.api_name and len(test.values) <= MOST_VALUES


def render(tree: Meant) -> str:
    """Return the tree as criteria of the search interface."""
    if isinstance(tree, Branch):
        return f"({tree.word.join(render(part) for part in tree.parts)})"
    op = "equals" if tree.op == "contains" else tree.op
    return f"({tree.field.api_name}:{op}:{','.join(escape(value) for value in tree.values)})"
