"""A query checked against the modules and fields it names."""

from __future__ import annotations

from dataclasses import dataclass

from zohocrm_mcp.simulator.coql.tree import Column, Comparison, Joined, Query, Where
from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.metadata.field import Field, make
from zohocrm_mcp.simulator.metadata.schema import Schema
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store.operands import NUMBERS
from zohocrm_mcp.simulator.store.paths import USER_FIELDS
from zohocrm_mcp.simulator.wire import Json, Refusal

MOST_COLUMNS = 500
MOST_CRITERIA = 25
MOST_VALUES = 100
MOST_SORTED = 10
MOST_GROUPED = 4
MOST_AGGREGATES = 5
DEEPEST = 2
LISTS = frozenset({"subform", "tags", "multiselectpicklist"})
USER_KINDS = frozenset({"ownerlookup", "userlookup"})


@dataclass(slots=True)
class Resolved:
    """The field at the end of a path, in its module; ``modules`` are those gone through."""

    field: Field
    module: Module
    modules: tuple[str, ...]


@known("published example: column given seems to be invalid")
@guessed("a path with more than two dots is INVALID_QUERY")
def resolve(schema: Schema, module: Module, path: str) -> Resolved:
    """The field that a path means; refuses others."""
    names = path.split(".")
    if len(names) - 1 > DEEPEST:
        raise invalid_column(path)
    here, passed = module, [module.api_name]
    for place, part in enumerate(names):
        name, _, only = part.partition("->")
        field = here.field_named(name)
        if not field:
            raise invalid_column(path)
        if place == len(names) - 1:
            return Resolved(field, here, tuple(passed))
        if field.data_type in USER_KINDS and names[place + 1] in USER_FIELDS:
            kind = "bigint" if names[place + 1] == "id" else "text"
            return Resolved(make(kind, names[place + 1]), here, tuple(passed))
        if field.data_type != "lookup" or (only and only not in schema.modules):
            raise invalid_column(path)
        here = schema.modules[only or field.lookup or ""]
        passed.append(here.api_name)
    raise invalid_column(path)


def invalid_column(path: str) -> Refusal:
    return Refusal("INVALID_QUERY", "column given seems to be invalid", {"column_name": path})


def exceeded(by: str, limit: int) -> Refusal:
    return Refusal("LIMIT_EXCEEDED", "limit exceeded", {"by": by, "limit": limit})


def comparisons(where: Where) -> list[Comparison]:
    if isinstance(where, Joined):
        return [each for part in where.parts for each in comparisons(part)]
    return [where]


def paths(query: Query) -> list[str]:
    """Every field path in the query."""
    sorted_paths = [column.path for column, _ in query.order if column.written not in _aliases(query)]
    return [
        *(column.path for column in query.columns),
        *(each.path for each in comparisons(query.where)),
        *query.group,
        *sorted_paths,
    ]


def _aliases(query: Query) -> set[str]:
    return {column.alias for column in query.columns if column.alias}


@known("Zoho CRM v8 docs, COQL limitations: columns, criteria, values, order by, group by, aggregates")
def check(schema: Schema, module: Module, query: Query) -> set[str]:
    """Refuse what exceeds a limit or names what is not there; the modules that the query touches."""
    counts = {
        "select columns": (len(query.columns), MOST_COLUMNS),
        "criteria": (len(comparisons(query.where)), MOST_CRITERIA),
        "order by": (len(query.order), MOST_SORTED),
        "group by": (len(query.group), MOST_GROUPED),
        "aggregate functions": (sum(bool(column.aggregate) for column in query.columns), MOST_AGGREGATES),
        "in": (max((len(each.values) for each in comparisons(query.where)), default=0), MOST_VALUES),
    }
    for by, (count, most) in counts.items():
        if count > most:
            raise exceeded(by, most)
    _check_columns(query.columns)
    _check_groups(query)
    _check_kinds(schema, module, query)
    return {name for path in paths(query) for name in resolve(schema, module, path).modules}


@known("published examples: duplicate select column, duplicate aggregate function, DUPLICATE_ALIAS")
def _check_columns(columns: tuple[Column, ...]) -> None:
    seen: set[tuple[str, str | None]] = set()
    aliases: dict[str, str] = {}
    for column in columns:
        if (column.path, column.aggregate) in seen:
            if column.aggregate:
                details = {"column_name": column.path, "aggregate": column.aggregate.upper()}
                raise Refusal("DUPLICATE_DATA", "duplicate aggregate function", details)
            raise Refusal("DUPLICATE_DATA", "duplicate select column", {"column_name": column.path})
        seen.add((column.path, column.aggregate))
        if column.alias and column.alias in aliases:
            twice: Json = {"referred_columns": [aliases[column.alias], column.path], "alias": column.alias}
            raise Refusal("DUPLICATE_ALIAS", "duplicate alias", twice)
        if column.alias:
            aliases[column.alias] = column.path


@guessed("a plain column beside an aggregate must be in group by; otherwise INVALID_QUERY")
def _check_groups(query: Query) -> None:
    if not query.group and not any(column.aggregate for column in query.columns):
        return
    aliases = _aliases(query)
    for column in (*query.columns, *(column for column, _ in query.order)):
        if not column.aggregate and column.path not in query.group and column.written not in aliases:
            raise unsupported(column.path)


@guessed("SUM and AVG want numbers; lists are neither grouped nor compared")
def _check_kinds(schema: Schema, module: Module, query: Query) -> None:
    for path in query.group:
        if resolve(schema, module, path).field.value_type in LISTS - {"multiselectpicklist"}:
            raise unsupported(path)
    for column in query.columns:
        kind = resolve(schema, module, column.path).field.value_type
        wrong = kind not in NUMBERS if column.aggregate in ("sum", "avg") else kind in LISTS
        if column.aggregate and column.aggregate != "count" and wrong:
            raise unsupported(column.path)


def unsupported(path: str) -> Refusal:
    return Refusal("INVALID_QUERY", "unsupported column", {"column_name": path})
