"""Before a handler runs: is the token good, does it hold the scopes, are there credits and a free place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from zohocrm_mcp.simulator.oauth.scopes import holds
from zohocrm_mcp.simulator.routes import Route
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.state import State
from zohocrm_mcp.simulator.wire import Call, Refusal


@contextmanager
def admit(state: State, call: Call, route: Route | None) -> Iterator[None]:
    """Let a call in while the block runs, or refuse it."""
    if route is None or not route.signed_in:
        yield
        return
    authenticate(state, call)
    check_scopes(call, route)
    with state.limits.slot(heavy=route.heavy(call)):
        state.limits.charge(route.credits(call))
        yield


@known("live: no token is AUTHENTICATION_FAILURE", 2026)
@known("Zoho CRM v8 docs: a wrong, revoked or expired token is INVALID_TOKEN")
def authenticate(state: State, call: Call) -> None:
    scheme, _, value = call.headers.get("authorization", "").partition(" ")
    schemes = ("zoho-oauthtoken", "bearer") if state.settings.accept_bearer else ("zoho-oauthtoken",)
    if scheme.lower() not in schemes or not value:
        raise Refusal("AUTHENTICATION_FAILURE", "Authentication failed", status=401)
    call.token = state.tokens.usable(value.strip())
    if call.token is None:
        raise Refusal("INVALID_TOKEN", "invalid oauth token", status=401)


@known("Zoho CRM v8 docs: OAUTH_SCOPE_MISMATCH (401)")
@guessed("scopes are checked before the module name")
def check_scopes(call: Call, route: Route) -> None:
    granted = call.token.scopes if call.token else ()
    for scope in route.scopes:
        needed = scope.format(module=call.params.get("module", "").lower(), related=call.params.get("related", ""))
        if not holds(granted, needed):
            raise Refusal("OAUTH_SCOPE_MISMATCH", "Unauthorized", status=401)
