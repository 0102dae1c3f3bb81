"""Names in a COQL query, checked against the schema: modules, columns, columns behind lookups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from zohocrm_mcp.services.conditions.tree import exchanged
from zohocrm_mcp.services.coql.clauses import Query, called, columns_in
from zohocrm_mcp.services.coql.tokens import AGGREGATES, Token, wrong
from zohocrm_mcp.services.coql.where import Comparison, Where
from zohocrm_mcp.services.schema.service import SchemaService


class QueryNames:
    """Turns names in any case into API names; what the settings deny is unknown here too."""

    def __init__(self, schema: SchemaService) -> None:
        self._schema = schema

    async def checked(self, query: Query) -> Query:
        """Return the query with API names.

        Raises:
            InvalidInputError: an unknown module, column or function; the nearest names are told.
        """
        name, hash_sign, view = query.module.removeprefix("!").partition("#")
        module = (await self._schema.module(name)).api_name
        if any(self._schema.catalogue.is_denied(module, alias) for alias in query.aliases):
            raise wrong("an alias has the name of a field that may not be read", "Use another alias.")
        unknown = next((one.text for one in called(query.columns) if one.word not in AGGREGATES), None)
        if unknown:
            raise wrong(f"{unknown} is no function of COQL", f"Functions: {', '.join(sorted(AGGREGATES))}.")
        return replace(
            query,
            module=f"{module}{hash_sign}{view}",
            columns=await self._columns(module, query.columns),
            where=await self.where(module, query.where) if query.where else None,
            group=await self._columns(module, query.group),
            order=await self._columns(module, query.order, query.aliases),
        )

    async def where(self, module: str, tree: Where) -> Where:
        """Return the condition with API names."""

        async def comparison(one: Comparison) -> Comparison:
            return Comparison(await self._column(module, one.column), one.rest)

        return await exchanged(tree, comparison)

    async def _columns(
        self, module: str, tokens: Sequence[Token], aliases: frozenset[str] = frozenset()
    ) -> tuple[Token, ...]:
        changed = list(tokens)
        for place in columns_in(tokens, aliases):
            changed[place] = await self._column(module, tokens[place])
        return tuple(changed)

    async def _column(self, module: str, token: Token) -> Token:
        path = token.inside
        if path.startswith("$"):
            return token
        if path.startswith("!"):
            path = path.partition(".")[2]
        name = await self._path(module, path)
        return (
            Token("string", f"{token.text[0]}{name}{token.text[0]}") if token.kind == "string" else Token("name", name)
        )

    async def _path(self, module: str, path: str) -> str:
        head, arrow, tail = path.partition("->")
        if not arrow:
            return (await self._schema.field(module, path)).api_name
        lookup = (await self._schema.field(module, head)).api_name
        target, _, column = tail.partition(".")
        behind = (await self._schema.module(target)).api_name
        return f"{lookup}->{behind}.{(await self._schema.field(behind, column)).api_name}"
