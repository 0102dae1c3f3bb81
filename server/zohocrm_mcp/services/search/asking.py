"""What is searched for: one kind of condition, as filters, criteria or a word, made into a plan."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cachetools import LRUCache

from zohocrm_mcp.errors import InvalidInputError, NotAllowedError
from zohocrm_mcp.services.conditions import criteria as zoho_criteria
from zohocrm_mcp.services.conditions.coql import MOST_CONDITIONS
from zohocrm_mcp.services.conditions.filters import Filter, tree_of
from zohocrm_mcp.services.conditions.tree import Asked, Condition, leaves
from zohocrm_mcp.services.coql.names import QueryNames
from zohocrm_mcp.services.coql.where import parse_where, render
from zohocrm_mcp.services.names import listed
from zohocrm_mcp.services.schema.metadata import Metadata
from zohocrm_mcp.services.schema.service import SchemaService
from zohocrm_mcp.services.search.binding import Binder
from zohocrm_mcp.services.search.plan import LONGEST_IN_URL, Plan, planned

KINDS = ("filters", "criteria", "word", "email", "phone")
SHORTEST_WORD = 2
KEPT = 64
"""Plans that are remembered: each page of a walk asks for the same one."""
LOOKED_INTO = frozenset(
    {"text", "textarea", "email", "phone", "website", "picklist", "multiselectpicklist", "autonumber"}
)
"""Types of the fields that a word is searched for in."""


@dataclass(frozen=True)
class Request:
    """One of the kinds is given; ``match`` joins filters."""

    filters: Sequence[Filter] = ()
    match: str = "all"
    criteria: str = ""
    word: str = ""
    email: str = ""
    phone: str = ""

    @property
    def kind(self) -> str:
        """The kind given.

        Raises:
            InvalidInputError: none, or more than one.
        """
        given = [kind for kind in KINDS if getattr(self, kind)]
        if len(given) == 1:
            return given[0]
        what = f"{listed(given, 'and')} are given together" if given else "Nothing to search for is given"
        raise InvalidInputError(f"{what}.", hint=f"Give exactly one of {listed(KINDS)}.", field="filters")

    @property
    def key(self) -> tuple[object, ...]:
        """What makes it the same request on the next page."""
        filters = json.dumps(list(self.filters), sort_keys=True, default=str)
        return (filters, self.match, self.criteria, self.word, self.email, self.phone)


class Asking:
    """Makes plans; ``clock`` gives the time in seconds, which relative dates start from."""

    def __init__(self, schema: SchemaService, clock: Callable[[], float]) -> None:
        self._schema = schema
        self._binder = Binder(schema)
        self._names = QueryNames(schema)
        self._lasting: LRUCache[tuple[Metadata, tuple[object, ...]], Plan] = LRUCache(KEPT)
        self.clock = clock

    async def plan(self, module: str, request: Request, now: float) -> Plan:
        """Return how to ask Zoho; ``now`` is the moment the walk began.

        Raises:
            InvalidInputError: names, operators or values are wrong, or no interface can answer it.
        """
        key = (await self._schema.catalogue.metadata(module), request.key)
        if (known := self._lasting.get(key)) is not None:
            return known
        plan = _fitting(await self._plan(module, request, now), request.kind)
        if plan.tree is not None and all(_lasts(test) for test in leaves(plan.tree)):
            self._lasting[key] = plan
        return plan

    async def _plan(self, module: str, request: Request, now: float) -> Plan:
        kind = request.kind
        if kind == "filters":
            return await self._of_tree(module, tree_of(request.filters, request.match), now)
        if kind == "criteria" and zoho_criteria.is_criteria(request.criteria):
            return await self._of_tree(module, zoho_criteria.parse(request.criteria), now)
        if kind == "criteria":
            return await self._of_condition(module, request.criteria)
        text = getattr(request, kind).strip()
        if len(text) < SHORTEST_WORD:
            raise InvalidInputError(
                f"{kind} is {text!r}.", hint=f"Zoho searches for {SHORTEST_WORD} characters or more.", field=kind
            )
        await self._allowed(module, kind)
        return Plan("search", text, parameter=kind)

    async def _allowed(self, module: str, kind: str) -> None:
        """Refuse what would tell whether a denied field holds the text: Zoho looks into every field of the kind."""
        looked_into = LOOKED_INTO if kind == "word" else {kind}
        if any(one.type in looked_into for one in await self._schema.catalogue.hidden(module)):
            raise NotAllowedError(
                f"A search by {kind} looks into fields of {module} that the settings deny.",
                hint="Use filters on the fields that may be read.",
                field=kind,
            )

    async def _of_tree(self, module: str, tree: Asked, now: float) -> Plan:
        return planned(await self._binder.bound(module, tree, now))

    async def _of_condition(self, module: str, text: str) -> Plan:
        try:
            tree = parse_where(text)
        except InvalidInputError as error:
            raise InvalidInputError(error.message, hint=error.hint, field="criteria", code="INVALID_QUERY") from None
        if (count := sum(1 for _ in leaves(tree))) >= MOST_CONDITIONS:
            raise InvalidInputError(
                f"{count} conditions are too many: COQL takes {MOST_CONDITIONS}, and one of them is for paging.",
                hint="Use fewer conditions.",
                field="criteria",
                code="LIMIT_EXCEEDED",
            )
        return Plan("coql", render(await self._names.where(module, tree)))


def _lasts(test: Condition) -> bool:
    """Whether a condition means the same for as long as its module's metadata do: it names no time and no record."""
    return test.kind not in {"time", "lookup"} and "." not in test.field.api_name


def _fitting(plan: Plan, kind: str) -> Plan:
    """Return the plan.

    Raises:
        InvalidInputError: no URL holds what the search interface is to be asked.
    """
    if plan.via == "search" and (length := plan.in_url) > LONGEST_IN_URL:
        raise InvalidInputError(
            f"{kind} takes {length:,} characters of a URL, and Zoho's search is asked with {LONGEST_IN_URL:,} at most.",
            hint="Search for a shorter text, or with fewer conditions.",
            field=kind,
            code="LIMIT_EXCEEDED",
        )
    return plan
