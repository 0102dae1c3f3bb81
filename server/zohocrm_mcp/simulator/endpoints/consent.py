"""/oauth/v2/auth: the consent page, and the redirect that follows."""

from __future__ import annotations

from urllib.parse import urlencode

from zohocrm_mcp.simulator.endpoints.token import form_of
from zohocrm_mcp.simulator.oauth.codes import WEB_SECONDS
from zohocrm_mcp.simulator.oauth.pages import consent_page, error_page
from zohocrm_mcp.simulator.oauth.scopes import parse, well_formed
from zohocrm_mcp.simulator.oauth.tokens import Throttled
from zohocrm_mcp.simulator.routes import route
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.wire import Answer, Call

ASKED = (
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "access_type",
    "prompt",
    "state",
    "code_challenge",
    "code_challenge_method",
)


@route("GET", "/oauth/v2/auth", signed_in=False)
@known("Zoho accounts docs: parameters of the authorization request")
@guessed("a wrong client, redirect or scope is an error page (400) instead of a redirect")
def ask(call: Call) -> Answer:
    form = {name: call.query[name] for name in ASKED if name in call.query}
    refused = _fault(call, form)
    if refused:
        return error_page(*refused)
    return consent_page(form["client_id"], parse(form["scope"]), form, call.state.users.active)


@route("POST", "/oauth/v2/auth", signed_in=False)
@known("Zoho accounts docs: the redirect carries state, code, location and accounts-server")
@guessed("a refusal redirects with error=access_denied; so does the eleventh code in ten minutes")
def decide(call: Call) -> Answer:
    form = form_of(call)
    refused = _fault(call, form)
    if refused:
        return error_page(*refused)
    back = {"state": form["state"]} if "state" in form else {}
    if form.get("decision") != "accept":
        return _redirect(form["redirect_uri"], {**back, "error": "access_denied"})
    try:
        code = _code(call, form)
    except Throttled:
        return _redirect(form["redirect_uri"], {**back, "error": "access_denied"})
    location, accounts = call.state.location()
    return _redirect(form["redirect_uri"], {**back, "code": code, "location": location, "accounts-server": accounts})


def _fault(call: Call, form: dict[str, str]) -> tuple[str, str] | None:
    """What keeps the page from being shown: error code and sentence."""
    client = call.state.clients.get(form.get("client_id", ""))
    if not client or client.kind == "self":
        return "invalid_client", "Client id passed does not exist."
    if form.get("redirect_uri") not in client.redirect_uris:
        return "invalid_redirect_uri", "Redirect URI passed does not match with the one configured."
    if form.get("response_type") != "code":
        return "invalid_response_type", "Response type must be code."
    if not well_formed(parse(form.get("scope", ""))):
        return "invalid_scope", "Scope does not exist."
    if client.kind == "public" and not form.get("code_challenge"):
        return "invalid_request", "A code challenge is required."
    return None


def _code(call: Call, form: dict[str, str]) -> str:
    chosen = form.get("user_id", "")
    users = call.state.users
    user_id = int(chosen) if chosen.isdecimal() and int(chosen) in users.by_id else users.current.id
    code = call.state.codes.make(
        call.state.clients[form["client_id"]],
        user_id,
        parse(form["scope"]),
        WEB_SECONDS,
        redirect_uri=form["redirect_uri"],
        offline=form.get("access_type") == "offline",
        consented=form.get("prompt") == "consent",
        challenge=form.get("code_challenge"),
        method=form.get("code_challenge_method", "plain"),
    )
    return code.value


def _redirect(uri: str, parameters: dict[str, str]) -> Answer:
    mark = "&" if "?" in uri else "?"
    return Answer(status=302, headers={"Location": f"{uri}{mark}{urlencode(parameters)}"})
