"""POST /oauth/v2/token, with its revocation and introspection."""

from __future__ import annotations

import base64
from collections.abc import Callable
from urllib.parse import parse_qsl

from zohocrm_mcp.simulator.oauth.scopes import parse, well_formed
from zohocrm_mcp.simulator.oauth.tokens import ACCESS_SECONDS, AccessToken, Client, OAuthError, Throttled
from zohocrm_mcp.simulator.routes import route
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.uploads import parts_of
from zohocrm_mcp.simulator.wire import Answer, Call, Json

Form = dict[str, str]
Grant = Callable[[Call, Form], Json]


@route("POST", "/oauth/v2/token", signed_in=False)
@known("live: errors of the token endpoint come with HTTP 200", 2026)
@guessed("a missing parameter is invalid_request, an unknown grant type unsupported_grant_type")
def token(call: Call) -> Answer:
    return answered(call, lambda form: GRANTS.get(form.get("grant_type", ""), _unknown)(call, form))


def answered(call: Call, grant: Callable[[Form], Json]) -> Answer:
    """The answer of a grant, or its error in the shape of the token endpoint."""
    try:
        return Answer(grant(form_of(call)))
    except Throttled:
        return throttled()
    except OAuthError as error:
        return Answer({"error": error.code})


@known("Zoho accounts docs: client_secret_basic, client_secret_post, and parameters in the query on older pages")
@known("Zoho's Node.js SDK sends the token call as multipart form data", 2026)
def form_of(call: Call) -> Form:
    """Parameters from the form body (multipart too), the query, or HTTP basic authentication."""
    parts = {part.name: part.content.decode("utf-8", "replace") for part in parts_of(call)}
    body = parts or dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
    return {**_basic(call), **call.query, **body}


def _basic(call: Call) -> Form:
    scheme, _, text = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        client_id, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except ValueError:
        return {}
    return {"client_id": client_id, "client_secret": secret}


@known("live: the throttle answers 400 Access Denied", 2026)
def throttled() -> Answer:
    description = "You have made too many requests continuously. Please try again after some time."
    return Answer({"error_description": description, "error": "Access Denied", "status": "failure"}, 400)


@known("live: invalid_client, invalid_client_secret", 2026)
@guessed("a public client (PKCE) may leave its secret out")
def client_of(call: Call, form: Form) -> Client:
    client = call.state.clients.get(form.get("client_id", ""))
    if not client:
        raise OAuthError("invalid_client")
    if form.get("client_secret") != client.secret and (client.kind != "public" or "client_secret" in form):
        raise OAuthError("invalid_client_secret")
    return client


@known("Zoho accounts docs: answer of the token endpoint; no refresh_token on a refresh")
def answer_of(call: Call, access: AccessToken, refresh: str | None = None) -> Json:
    answer: Json = {"access_token": access.value}
    if refresh:
        answer["refresh_token"] = refresh
    answer |= {"scope": " ".join(access.scopes), "api_domain": call.state.api_domain(), "token_type": "Bearer"}
    return {**answer, "expires_in": ACCESS_SECONDS}


@known("live: an unknown or revoked refresh token is invalid_code", 2026)
def _refresh(call: Call, form: Form) -> Json:
    client = client_of(call, form)
    grant = call.state.tokens.refresh.get(form.get("refresh_token", ""))
    if not grant or grant.client_id != client.id:
        raise OAuthError("invalid_code")
    return answer_of(call, call.state.tokens.issue(grant))


@known("Zoho accounts docs: exchange of a code")
def _code(call: Call, form: Form) -> Json:
    access, refresh = call.state.codes.redeem(client_of(call, form), form)
    return answer_of(call, access, refresh.value if refresh else None)


@known("Zoho accounts docs, client credentials: soid=ZohoCRM.{zgid}; missing_org_info without it")
@guessed("client credentials act for the administrator; another organisation is invalid_org_info")
def _credentials(call: Call, form: Form) -> Json:
    client = client_of(call, form)
    if not form.get("soid"):
        raise OAuthError("missing_org_info")
    if form["soid"] != f"ZohoCRM.{call.state.org.zgid}":
        raise OAuthError("invalid_org_info")
    scopes = parse(form.get("scope", ""))
    if not well_formed(scopes):
        raise OAuthError("invalid_scope")
    return answer_of(call, call.state.tokens.issue_alone(client.id, call.state.users.current.id, scopes))


def _unknown(_: Call, form: Form) -> Json:
    raise OAuthError("unsupported_grant_type" if form.get("grant_type") else "invalid_request")


GRANTS: dict[str, Grant] = {
    "refresh_token": _refresh,
    "authorization_code": _code,
    "client_credentials": _credentials,
}


@route("POST", "/oauth/v2/token/revoke", signed_in=False)
@known("Zoho accounts docs: revoke answers status success")
@guessed("revoking an unknown token answers 200 with invalid_code")
def revoke(call: Call) -> Answer:
    if call.state.tokens.revoke(form_of(call).get("token", "")):
        return Answer({"status": "success"})
    return Answer({"error": "invalid_code"})


@route("POST", "/oauth/v2/introspect", signed_in=False)
@known("live: the discovery document names introspection with client_secret_basic", 2026)
@guessed("the introspection answer is that of RFC 7662")
def introspect(call: Call) -> Answer:
    def told(form: Form) -> Json:
        client_of(call, form)
        access = call.state.tokens.usable(form.get("token", ""))
        if not access:
            return {"active": False}
        shown = {"active": True, "scope": " ".join(access.scopes), "client_id": access.client_id}
        return {**shown, "token_type": "Bearer", "exp": int(access.expires), "sub": str(access.user_id)}

    return answered(call, told)
