"""COQL as a tree."""

from __future__ import annotations

from zohocrm_mcp.simulator.coql.lexer import syntax_error, unexpected, unquoted
from zohocrm_mcp.simulator.coql.tree import Column, Query
from zohocrm_mcp.simulator.coql.where import WhereParser
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.wire import Refusal

AGGREGATES = frozenset({"sum", "max", "min", "avg", "count"})
DEFAULT_LIMIT = 200
MOST_ROWS = 2000


@known("Zoho CRM v8 docs, COQL: select, from, where, group by, order by, limit; live: missing where", 2026)
def parse(text: str) -> Query:
    """The query; refuses what is none."""
    parser = _Parser(text)
    if not parser.take("select"):
        raise syntax_error("given coql query not supported")
    return parser.query()


class _Parser(WhereParser):
    def query(self) -> Query:
        columns = tuple(self._list(self._column))
        self._clause("from")
        module, _, view = self.expect("name").text.partition("#")
        self._clause("where")
        where = self.where()
        group = tuple(self._list(lambda: self.expect("name").text)) if self._two("group", "by") else ()
        order = tuple(self._list(self._sorted)) if self._two("order", "by") else ()
        offset, limit = self._window()
        if self.here.kind != "end":
            raise unexpected(self.text, self.here.at)
        return Query(columns, module, view or None, where, group, order, offset, limit)

    def _clause(self, word: str) -> None:
        if self.take(word):
            return
        rest = [token.word for token in self.tokens[self.at :]]
        if word not in rest:
            raise syntax_error("missing clause", {"clause": word})
        raise unexpected(self.text, self.here.at)

    def _two(self, first: str, second: str) -> bool:
        if not self.take(first):
            return False
        if not self.take(second):
            raise unexpected(self.text, self.here.at)
        return True

    def _column(self) -> Column:
        column = self._expression()
        if self.take("as"):
            token = self.expect("string", "name")
            alias = unquoted(token.text) if token.kind == "string" else token.text
            return Column(column.path, column.aggregate, column.written, alias)
        return column

    def _expression(self) -> Column:
        name = self.expect("name")
        if name.word in AGGREGATES and self.take("("):
            inner = self.expect("name")
            self.need(")")
            return Column(inner.text, name.word, f"{name.text}({inner.text})")
        return Column(name.text, None, name.text)

    def _sorted(self) -> tuple[Column, bool]:
        column = self._expression()
        descending = self.take("desc")
        if not descending:
            self.take("asc")
        return column, descending

    @known("published example: limit should be greater than 0; LIMIT_EXCEEDED by limit")
    def _window(self) -> tuple[int, int]:
        offset, limit = 0, DEFAULT_LIMIT
        if self.take("limit"):
            limit = self._whole()
            if self.take(","):
                offset, limit = limit, self._whole()
        if self.take("offset"):
            offset = self._whole()
        if limit <= 0:
            raise Refusal("INVALID_DATA", "limit should be greater than 0")
        if limit > MOST_ROWS:
            raise Refusal("LIMIT_EXCEEDED", "limit exceeded", {"by": "limit", "limit": MOST_ROWS})
        return offset, limit

    @guessed("a limit that is no whole number is INVALID_QUERY")
    def _whole(self) -> int:
        token = self.expect("number", "name", "string")
        if not token.text.isdecimal():
            raise Refusal("INVALID_QUERY", "limit given seems to be invalid", {"limit": token.text})
        return int(token.text)
