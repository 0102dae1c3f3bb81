"""Which of Zoho's interfaces answers a condition, and how it is written there. Pure.

COQL is exact, knows a record at once and pages to the end, so it is asked wherever it can answer. The search interface
is asked for what COQL cannot: multi-line text, and encrypted fields. What neither answers exactly by itself is checked
once more on each record (``rechecks``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal
from urllib.parse import quote

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import Record
from zohocrm_mcp.services.conditions import coql, criteria, recheck
from zohocrm_mcp.services.conditions.tree import Condition, Meant, leaves
from zohocrm_mcp.services.names import shown

Via = Literal["search", "coql"]
LONGEST_IN_URL = 6_000
"""Octets of what the search interface is asked: all servers are to take 8,000 of a URL (RFC 9110, section 4.1), and
fields and paging need some of them. Zoho states no number."""


@dataclass(frozen=True)
class Plan:
    """``text`` is a COQL condition, or what the search interface takes as ``parameter``.

    ``tree`` is what was asked, for interfaces that have a grammar of their own.
    """

    via: Via
    text: str
    rechecks: tuple[Condition, ...] = ()
    parameter: str = "criteria"
    tree: Meant | None = None

    @cached_property
    def alternative(self) -> Plan | None:
        """How to ask the search interface the same, for when Zoho will not take it in COQL."""
        return _spare(self.tree) if self.via == "coql" and self.tree is not None else None

    @property
    def in_url(self) -> int:
        """Octets of ``text`` in a URL, which is where the search interface takes it."""
        return len(quote(self.text, safe=""))

    def holds(self, record: Record) -> bool:
        """Whether a record that Zoho found is one that was asked for."""
        return all(recheck.holds(test, record.get(test.field.api_name)) for test in self.rechecks)


def planned(tree: Meant) -> Plan:
    """Return how to ask for ``tree``.

    Raises:
        InvalidInputError: too many conditions, or a mixture that no interface answers.
    """
    if all(coql.queryable(test) for test in leaves(tree)):
        return Plan("coql", coql.condition(tree), recheck.of_coql(tree), tree=tree)
    return _by_search(tree)


def _spare(tree: Meant) -> Plan | None:
    try:
        found = _by_search(tree)
    except InvalidInputError:
        return None
    return found if found.in_url <= LONGEST_IN_URL else None


def _by_search(tree: Meant) -> Plan:
    by_search = recheck.for_search(tree)
    awkward = next((test for test in leaves(by_search) if not criteria.searchable(test)), None)
    if awkward:
        raise _mixture(tree, awkward)
    _few(by_search)
    return Plan("search", criteria.render(by_search), recheck.of_search(by_search))


def _mixture(tree: Meant, awkward: Condition) -> InvalidInputError:
    blocking = next((test for test in leaves(tree) if not coql.queryable(test)), awkward)
    together = "" if blocking == awkward else f" together with {awkward.op} on {shown(awkward.field)}"
    return InvalidInputError(
        f"Zoho cannot search by {blocking.op} on {shown(blocking.field)}{together}.",
        hint="Search by something else, and look at this field in the records found.",
        field=blocking.field.api_name,
        code="INVALID_QUERY",
    )


def _few(tree: Meant) -> None:
    if (count := sum(1 for _ in leaves(tree))) > criteria.MOST_CONDITIONS:
        raise InvalidInputError(
            f"{count} conditions are more than the {criteria.MOST_CONDITIONS} that Zoho's search takes.",
            hint="Use fewer conditions; in with a list counts as one.",
            code="INVALID_QUERY",
        )
