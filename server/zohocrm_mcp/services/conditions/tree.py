"""Conditions as trees: as they were asked (``Leaf``), and as they are meant on a module (``Condition``). Pure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Generic, Literal, TypeAlias, TypeVar, get_args

from pydantic import JsonValue

from zohocrm_mcp.models import FieldInfo

Word = Literal["and", "or"]
Operand: TypeAlias = str | int | float | bool
Operator: TypeAlias = Literal[
    "equals",
    "not_equal",
    "starts_with",
    "contains",
    "in",
    "not_in",
    "between",
    "greater_than",
    "greater_equal",
    "less_than",
    "less_equal",
    "is_empty",
    "is_not_empty",
]
OPERATORS: tuple[Operator, ...] = get_args(Operator)
KINDS = {
    **dict.fromkeys(("text", "email", "phone", "website", "autonumber"), "text"),
    "textarea": "long text",
    **dict.fromkeys(("integer", "double", "currency", "percent"), "number"),
    "bigint": "key",
    "boolean": "boolean",
    **dict.fromkeys(("date", "datetime"), "time"),
    "picklist": "pick list",
    "multiselectpicklist": "multi-select",
    **dict.fromkeys(("lookup", "ownerlookup", "userlookup"), "lookup"),
}
"""What a data type is to a condition; other types cannot be in one."""
_EMPTY = ("is_empty", "is_not_empty")
_EQUAL = ("equals", "not_equal", "in", "not_in", *_EMPTY)
_ORDER = ("between", "greater_than", "greater_equal", "less_than", "less_equal")
TAKES: dict[str, tuple[str, ...]] = {
    "text": (*_EQUAL, "starts_with", "contains"),
    "long text": ("equals", "starts_with", "contains"),
    "number": (*_EQUAL, *_ORDER),
    "key": (*_EQUAL, *_ORDER),
    "boolean": ("equals", "not_equal"),
    "time": (*_EQUAL, *_ORDER),
    "pick list": (*_EQUAL, "starts_with", "contains"),
    "multi-select": ("equals", "contains", "in", "not_in", *_EMPTY),
    "lookup": (*_EQUAL, "starts_with", "contains"),
}


@dataclass(frozen=True)
class Leaf:
    """One condition as it was given."""

    field: str
    op: str
    value: JsonValue = None


@dataclass(frozen=True)
class Condition:
    """One condition on a known field, its values in the form that Zoho compares."""

    field: FieldInfo
    op: str
    values: tuple[Operand, ...] = ()

    @property
    def kind(self) -> str:
        return KINDS[self.field.value_type]


Node = TypeVar("Node")
Other = TypeVar("Other")


@dataclass(frozen=True)
class Branch(Generic[Node]):
    word: Word
    parts: tuple[Node | Branch[Node], ...]


Asked: TypeAlias = Leaf | Branch[Leaf]
Meant: TypeAlias = Condition | Branch[Condition]


def leaves(tree: Node | Branch[Node]) -> Iterator[Node]:
    """All conditions in it, left to right."""
    if isinstance(tree, Branch):
        for part in tree.parts:
            yield from leaves(part)
    else:
        yield tree


async def exchanged(
    tree: Node | Branch[Node], change: Callable[[Node], Awaitable[Other | Branch[Other]]]
) -> Other | Branch[Other]:
    """Return the tree with each leaf exchanged for what ``change`` makes of it."""
    if isinstance(tree, Branch):
        return Branch(tree.word, tuple([await exchanged(part, change) for part in tree.parts]))
    return await change(tree)
