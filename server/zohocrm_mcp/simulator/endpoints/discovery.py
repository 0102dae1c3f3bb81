"""What the accounts server says of itself."""

from __future__ import annotations

from zohocrm_mcp.simulator.oauth.datacentres import DATA_CENTRES
from zohocrm_mcp.simulator.routes import route
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.wire import Answer, Call


@route("GET", "/oauth/serverinfo", signed_in=False)
@known("live: the discovery document points at it as dc_info", 2026)
@guessed("shape of the answer")
def server_info(_: Call) -> Answer:
    locations = {name: centre.accounts for name, centre in DATA_CENTRES.items()}
    return Answer({"result": "success", "locations": locations})


@route("GET", "/.well-known/openid-configuration", signed_in=False)
@known("live: OpenID discovery document", 2026)
def discovery(call: Call) -> Answer:
    root = call.state.api_url
    return Answer(
        {
            "issuer": root,
            "authorization_endpoint": f"{root}/oauth/v2/auth",
            "token_endpoint": f"{root}/oauth/v2/token",
            "revocation_endpoint": f"{root}/oauth/v2/token/revoke",
            "introspection_endpoint": f"{root}/oauth/v2/introspect",
            "device_authorization_endpoint": f"{root}/oauth/v3/device/code",
            "dc_info": f"{root}/oauth/serverinfo",
            "grant_types_supported": ["authorization_code", "refresh_token", "device_code", "client_credentials"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "code_challenge_methods_supported": ["plain", "S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }
    )
