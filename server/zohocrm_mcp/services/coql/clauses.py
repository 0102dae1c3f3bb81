"""A COQL query as its clauses. Only one ``select`` gets through. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from zohocrm_mcp.services.conditions.coql import LAST_OFFSET
from zohocrm_mcp.services.coql.tokens import Token, tokens_of, written, wrong
from zohocrm_mcp.services.coql.where import Where, where_of

_CLAUSES = ("select", "from", "where", "group", "order", "limit", "offset")
_DIRECTIONS = frozenset({"asc", "desc"})
_MOST_DIGITS = 18


@dataclass(frozen=True)
class Query:
    """``module`` may end with ``#`` and the id of a custom view. ``limit`` None: none was given."""

    columns: tuple[Token, ...]
    module: str
    where: Where | None
    group: tuple[Token, ...] = ()
    order: tuple[Token, ...] = ()
    limit: int | None = None
    offset: int = 0
    aliases: frozenset[str] = field(default_factory=frozenset)

    @property
    def grouped(self) -> bool:
        """Whether its rows are no records: aggregates, groups."""
        return bool(self.group) or any(called(self.columns))


def parse(text: str) -> Query:
    """Return the clauses of ``text``.

    Raises:
        InvalidInputError: it is no single ``select``, or cannot be read.
    """
    tokens = tokens_of(text)
    if not tokens or tokens[0].word != "select":
        raise wrong("only select reads", "Write select … from … where …; other tools change records.")
    if any(token.word == ";" for token in tokens):
        raise wrong("it holds more than one statement", "Send one select.")
    clauses = _clauses(tokens)
    _complete(clauses)
    limit, offset = _window(clauses)
    return Query(
        columns=tuple(clauses["select"]),
        module=clauses["from"][0].text,
        where=where_of(clauses["where"]) if "where" in clauses else None,
        group=tuple(_by(clauses, "group")),
        order=tuple(_by(clauses, "order")),
        limit=limit,
        offset=offset,
        aliases=frozenset(_aliases(clauses["select"])),
    )


def _clauses(tokens: Sequence[Token]) -> dict[str, list[Token]]:
    found: dict[str, list[Token]] = {}
    depth, current = 0, ""
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.word, 0)
        if token.word in _CLAUSES and depth == 0:
            current = token.word
            if current in found or any(_CLAUSES.index(current) < _CLAUSES.index(one) for one in found):
                raise wrong(f"{current} stands in the wrong place")
            found[current] = []
        else:
            found[current].append(token)
    if depth:
        raise wrong("brackets do not match")
    return found


def _complete(clauses: dict[str, list[Token]]) -> None:
    if "from" not in clauses or len(clauses["from"]) != 1 or clauses["from"][0].kind != "name":
        raise wrong("from names no module", "Write from and one module's API name; a lookup's fields need no join.")
    if not clauses["select"]:
        raise wrong("no columns are selected")
    if any(token.word == "*" for token in clauses["select"]):
        raise wrong("COQL knows no *", "Name the columns; describe_module lists them. Count with COUNT(id).")


def _by(clauses: dict[str, list[Token]], name: str) -> list[Token]:
    tokens = clauses.get(name, [])
    if name in clauses and (not tokens or tokens[0].word != "by" or len(tokens) == 1):
        raise wrong(f"{name} by names no columns")
    return tokens[1:]


def _window(clauses: dict[str, list[Token]]) -> tuple[int | None, int]:
    numbers = [_whole(token) for token in clauses.get("limit", []) if token.word != ","]
    if "limit" in clauses and len(numbers) not in {1, 2}:
        raise wrong("limit takes one number, or two: offset, number of records")
    offset = numbers[0] if len(numbers) == 2 else 0  # noqa: PLR2004
    for token in clauses.get("offset", []):
        offset = _whole(token)
    limit = numbers[-1] if numbers else None
    if limit == 0 or offset >= LAST_OFFSET:
        raise wrong(f"limit must be 1 or more, and the offset below {LAST_OFFSET}", "Page on by the cursor instead.")
    return limit, offset


def _whole(token: Token) -> int:
    if not token.text.isdecimal() or len(token.text) > _MOST_DIGITS:
        raise wrong(f"{token.text[:_MOST_DIGITS]} is no whole number of at most {_MOST_DIGITS} digits")
    return int(token.text)


def _aliases(columns: Sequence[Token]) -> Iterator[str]:
    for before, token in pairwise(columns):
        if before.word == "as":
            yield token.inside


def called(tokens: Sequence[Token]) -> Iterator[Token]:
    """The functions among ``tokens``: names before a bracket."""
    for token, after in pairwise(tokens):
        if token.kind == "name" and after.word == "(":
            yield token


def columns_in(tokens: Sequence[Token], aliases: frozenset[str] = frozenset()) -> Iterator[int]:
    """The places of the columns among ``tokens`` of select, group by or order by."""
    for place, token in enumerate(tokens):
        after = tokens[place + 1].word if place + 1 < len(tokens) else ""
        before = tokens[place - 1].word if place else ""
        is_name = token.kind == "string" or (token.kind == "name" and after != "(" and token.word != "as")
        if is_name and before != "as" and token.word not in _DIRECTIONS and token.inside not in aliases:
            yield place


def text_of(query: Query, where: str, *, limit: int, offset: int) -> str:
    """Return the query with another condition and another window."""
    parts = [f"select {written(query.columns)}", f"from {query.module}", f"where {where}"]
    parts += [f"group by {written(query.group)}"] if query.group else []
    parts += [f"order by {written(query.order)}"] if query.order else []
    return " ".join([*parts, f"limit {f'{offset}, ' if offset else ''}{limit}"])
