"""What a search finds: by criteria, e-mail, phone or word."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.search.conditions import condition_of
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store.conditions import Condition, Some, Test, compiled
from zohocrm_mcp.simulator.store.predicates import SINGLE
from zohocrm_mcp.simulator.store.shadows import Shadows
from zohocrm_mcp.simulator.store.sorting import sortable
from zohocrm_mcp.simulator.wire import Call, Refusal

PARAMETERS = ("criteria", "email", "phone", "word")
WORDS = frozenset({"text", "email", "phone", "website", "textarea", "picklist", "autonumber"})
SHORTEST_WORD = 2


@known("Zoho CRM docs, Search Records: criteria before email before phone before word")
def condition(call: Call, module: Module) -> Condition | None:
    """The condition of the first search parameter given; None without any."""
    name = next((each for each in PARAMETERS if call.query.get(each)), None)
    if name is None:
        return None
    text = call.query[name]
    if name == "criteria":
        return condition_of(call, module, text)
    return _anywhere(module, name, text.strip())


@known("Zoho CRM docs: a word has two letters at least; phone= also finds numbers that only contain it")
@guessed("a word is found in all text, e-mail, phone, website and pick list fields, anywhere in the value")
def _anywhere(module: Module, name: str, text: str) -> Condition:
    if len(text) < SHORTEST_WORD:
        raise Refusal("INVALID_DATA", "invalid data", {"param_name": name, "minimum_length": SHORTEST_WORD})
    kinds = WORDS if name == "word" else {name}
    fields = [field.api_name for field in module.fields if field.data_type in kinds and field.api_name != "Tag"]
    operator = "equal" if name == "email" else "contains"
    holds = SINGLE[operator](text.casefold())
    return Some(tuple(Test(field, operator, text.casefold(), holds, "anywhere ") for field in fields))


def found(call: Call, module: Module, wanted: Condition) -> Iterator[int]:
    """Ids in ascending order, as the index has them."""
    table, reader = call.state.tables[module.api_name], call.state.path_reader(module)
    shadows = call.state.shadows.of(module.api_name)
    matches = table.matching(wanted, reader)
    if not shadows:
        return matches
    old = {
        record_id
        for record_id, values in shadows.items()
        if values is not None
        and record_id in table
        and compiled(wanted, Shadows.reader(table, values, reader))(record_id)
    }
    return iter(sorted(old | {each for each in matches if each not in shadows}))


def sort_key(call: Call, module: Module, name: str) -> Callable[[int], tuple[bool, object]]:
    read = call.state.path_reader(module)(name)
    return lambda record_id: sortable(read(record_id))
