"""Typed filters: a list of ``{"field", "op", "value"}`` becomes a tree of conditions. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.services.conditions.tree import OPERATORS, Asked, Branch, Leaf
from zohocrm_mcp.services.names import fold, listed

Filter = Mapping[str, Any]
_KEYS = {"field", "op", "value"}
_WORDS = {"all": "and", "any": "or"}


def tree_of(filters: Sequence[Filter], match: str = "all") -> Asked:
    """Return the conditions joined by ``match``: ``all`` or ``any`` of them.

    Raises:
        InvalidInputError: no list of objects with ``field`` and ``op``, an unknown operator, or another ``match``.
    """
    if match not in _WORDS:
        raise InvalidInputError(f"match is {match!r}.", hint="Use all or any.", field="match")
    parts = [_leaf(one) for one in filters]
    if not parts:
        raise InvalidInputError(
            "filters is empty.", hint="Give one condition or more, or leave it out.", field="filters"
        )
    return parts[0] if len(parts) == 1 else Branch("and" if match == "all" else "or", tuple(parts))


def _leaf(given: Filter) -> Leaf:
    if not isinstance(given, Mapping) or not {"field", "op"} <= set(given) <= _KEYS:
        raise InvalidInputError(
            f"{given!r} is no filter.",
            hint='A filter is {"field": …, "op": …, "value": …}; is_empty and is_not_empty need no value.',
            field="filters",
        )
    op = operator(str(given["op"]))
    if "value" not in given and not op.startswith("is_"):
        raise InvalidInputError(
            f"The filter {op} on {given['field']!r} has no value.",
            hint="Give one; is_empty and is_not_empty need none.",
            field="filters",
        )
    return Leaf(str(given["field"]), op, given.get("value"))


@lru_cache(maxsize=256)
def operator(given: str) -> str:
    """Return the operator that ``given`` means, in any case.

    Raises:
        InvalidInputError: there is none.
    """
    known = {fold(one): one for one in OPERATORS}
    if fold(given) not in known:
        raise InvalidInputError(f"{given!r} is no operator.", hint=f"Operators: {listed(OPERATORS)}.", field="op")
    return known[fold(given)]
