"""/_simulator: everything a test in the same process can do, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from zohocrm_mcp.simulator.control import Control
from zohocrm_mcp.simulator.oauth.tokens import Throttled
from zohocrm_mcp.simulator.routes import all_routes, route
from zohocrm_mcp.simulator.sources import behaviours
from zohocrm_mcp.simulator.wire import Answer, Call, Json, Refusal


def _admin(method: str, path: str) -> Callable[[Callable[[Call], object]], Callable[[Call], object]]:
    """A route of the admin endpoint; what the handler returns is the answer's JSON, a wrong argument a 400."""

    def add(handler: Callable[[Call], object]) -> Callable[[Call], object]:
        def answer(call: Call) -> Answer:
            try:
                body = handler(call)
            except (TypeError, ValueError, KeyError, Throttled) as error:
                raise Refusal("INVALID_DATA", f"{type(error).__name__}: {error}") from error
            return Answer({"status": "success"} if body is None else body)

        route(method, f"/_simulator/{path}".rstrip("/"), signed_in=False)(answer)
        return handler

    return add


def _given(call: Call) -> Json:
    return call.json() if call.body.strip() else {}


@_admin("GET", "")
def overview(call: Call) -> object:
    state = call.state
    records = {name: len(table) for name, table in state.tables.items()}
    told = {"api_url": state.api_url, "records": records, "settings": asdict(state.settings), "now": state.clock.now()}
    calls = sorted(route.name for route in all_routes() if route.template.startswith("/_simulator"))
    return {**told, "calls": calls}


@_admin("GET", "requests")
def requests(call: Call) -> object:
    """The log; ``route`` narrows it, ``after`` leaves out so many of the oldest."""
    entries = call.state.log.all()[int(call.query.get("after", 0)) :]
    wanted = call.query.get("route")
    return {"requests": [entry.shown() for entry in entries if wanted in (None, entry.route)]}


@_admin("DELETE", "requests")
def clear_requests(call: Call) -> None:
    call.state.log.clear()


@_admin("GET", "counters")
def counters(call: Call) -> object:
    return call.state.counters.shown()


@_admin("DELETE", "counters")
def clear_counters(call: Call) -> None:
    call.state.counters.reset()


@_admin("GET", "faults")
def faults(call: Call) -> object:
    return {"faults": [fault.shown() for fault in call.state.faults.scripts]}


@_admin("POST", "faults")
def add_fault(call: Call) -> object:
    return call.state.faults.add(**_given(call)).shown()


@_admin("DELETE", "faults")
def clear_faults(call: Call) -> None:
    call.state.faults.clear()


@_admin("GET", "settings")
def settings(call: Call) -> object:
    return asdict(call.state.settings)


@_admin("PATCH", "settings")
def switch(call: Call) -> object:
    return Control(call.state).switch(**_given(call))


@_admin("POST", "clock")
def advance(call: Call) -> object:
    call.state.clock.advance(float(_given(call)["advance"]))
    return {"now": call.state.clock.now()}


@_admin("POST", "credits")
def use_credits(call: Call) -> object:
    """Use up credits, as other applications of the organisation do."""
    call.state.limits.charge(int(_given(call)["use"]))
    return {"used": call.state.limits.used, "total": call.state.limits.total}


@_admin("DELETE", "credits")
def give_credits_back(call: Call) -> None:
    call.state.limits.reset()


@_admin("GET", "state")
def export_state(call: Call) -> object:
    return Control(call.state).export_state()


@_admin("PUT", "state")
def import_state(call: Call) -> None:
    Control(call.state).import_state(_given(call))


@_admin("POST", "reset")
def reset(call: Call) -> None:
    Control(call.state).reset()


@_admin("GET", "behaviours")
def list_behaviours(call: Call) -> object:
    kind: Any = call.query.get("kind")
    return {"behaviours": [asdict(behaviour) for behaviour in behaviours(kind)]}


_OPERATIONS = (
    "revoke_tokens",
    "expire_access_tokens",
    "register_client",
    "allow_redirect",
    "self_client_code",
    "grant",
    "org",
    "add_field",
    "change_field",
    "remove_field",
    "put",
)
"""Methods of ``Control``, each under its own name: POST with its arguments as a JSON object."""


def _operation(name: str) -> None:
    def operate(call: Call) -> object:
        result = getattr(Control(call.state), name)(**_given(call))
        return {"result": result} if isinstance(result, str) else result

    _admin("POST", name)(operate)


for _name in _OPERATIONS:
    _operation(_name)
