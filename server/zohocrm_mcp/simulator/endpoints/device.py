"""/oauth/v3/device: the device flow."""

from __future__ import annotations

from zohocrm_mcp.simulator.endpoints.token import Form, answer_of, answered, client_of, form_of
from zohocrm_mcp.simulator.oauth.devices import INTERVAL_SECONDS, LIFE_SECONDS
from zohocrm_mcp.simulator.oauth.pages import page
from zohocrm_mcp.simulator.oauth.scopes import parse, well_formed
from zohocrm_mcp.simulator.oauth.tokens import OAuthError
from zohocrm_mcp.simulator.routes import route
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.wire import Answer, Call, Json

VERIFY = "/oauth/v3/device"
_FORM = """<form method="post" action="/oauth/v3/device">
<label>Code <input name="user_code" value=""></label>
<button type="submit" name="decision" value="accept">Accept</button>
<button type="submit" name="decision" value="reject">Reject</button></form>"""


@route("POST", "/oauth/v3/device/code", signed_in=False)
@known("Zoho accounts docs, device flow: user_code, device_code, verification_url, expires_in, interval")
@guessed("times are in seconds; the client needs no secret here")
def start(call: Call) -> Answer:
    def begun(form: Form) -> Json:
        scopes = parse(form.get("scope", ""))
        if form.get("client_id") not in call.state.clients:
            raise OAuthError("invalid_client")
        if not well_formed(scopes):
            raise OAuthError("invalid_scope")
        request = call.state.devices.start(form["client_id"], scopes)
        return {
            "user_code": request.user_code,
            "device_code": request.device_code,
            "verification_url": f"{call.state.api_url}{VERIFY}",
            "expires_in": LIFE_SECONDS,
            "interval": INTERVAL_SECONDS,
        }

    return answered(call, begun)


@route("POST", "/oauth/v3/device/token", signed_in=False)
@known("Zoho accounts docs, device flow: polling")
@guessed("errors while polling come with HTTP 200")
def poll(call: Call) -> Answer:
    def polled(form: Form) -> Json:
        client = client_of(call, form)
        access, refresh = call.state.devices.poll(client.id, form.get("code", ""))
        return answer_of(call, access, refresh.value)

    return answered(call, polled)


@route("GET", VERIFY, signed_in=False)
@guessed("look of the verification page")
def show(_: Call) -> Answer:
    return page("Zoho CRM simulator: connect a device", _FORM)


@route("POST", VERIFY, signed_in=False)
@guessed("look of the verification page")
def decide(call: Call) -> Answer:
    form = form_of(call)
    user = call.state.users.current.id
    found = call.state.devices.decide(form.get("user_code", ""), user, accept=form.get("decision") == "accept")
    return page("Done" if found else "No device waits under this code", "")
