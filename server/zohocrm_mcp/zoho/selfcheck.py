"""Does the installed SDK still work the way our session needs? Asked once a process, before the first call.

The session leans on details that the SDK does not promise. A release that moves one of them must be seen at the start
and by name, not as a lost time-out or a token in the wrong place a month later.
"""

from __future__ import annotations

import json
from typing import Any

from urllib3 import HTTPResponse
from zohocrmsdk.src.com.zoho.api.authenticator import OAuthToken
from zohocrmsdk.src.com.zoho.crm.api.util.constants import Constants

from zohocrm_mcp.connections.keeper import Held
from zohocrm_mcp.errors import ZohoConfigError
from zohocrm_mcp.models import Call
from zohocrm_mcp.zoho.session import Hosts, SdkSession
from zohocrm_mcp.zoho.transport import Transport

_HOST = "https://sdk.selfcheck.invalid"
_TIMEOUT = (1.5, 2.5)
_BODY = {"data": [{"Name": "é"}]}


class _Recorder:
    """Answers every request from memory and keeps what came."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, Any]]] = []

    def urlopen(self, method: str, url: str, **how: Any) -> HTTPResponse:
        self.seen.append((method, url, how))
        return HTTPResponse(json.dumps(_BODY).encode(), {"Content-Type": "application/json;charset=UTF-8"}, 207)


class _Keeper:
    def current(self, _connection: str) -> Held:
        return Held("selfcheck", 1, 0.0, 0.0)


def run() -> None:
    """Send one call of each verb through the SDK to a recorder.

    Raises:
        ZohoConfigError: naming what is no longer as it was.
    """
    recorder, transport = _Recorder(), Transport(_TIMEOUT)
    transport.pool = recorder  # type: ignore[assignment]  # it is asked for nothing but urlopen
    session = SdkSession("selfcheck", Hosts(_HOST, f"{_HOST}/token", _HOST), _Keeper(), transport)  # type: ignore[arg-type]
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        body = _BODY if method in {"POST", "PUT", "PATCH"} else None
        reply = session.request(Call(method, "/crm/v8/http", {"a": "b c"}, body))  # type: ignore[arg-type]
        problem = _problem(recorder, method, body)
        if problem or reply.status != 207 or json.loads(reply.content) != _BODY:  # noqa: PLR2004 -- what the recorder says
            raise _moved(problem or f"the answer of a {method} does not come through")


def _problem(recorder: _Recorder, method: str, body: object) -> str:
    if not recorder.seen:
        return f"a {method} does not go through the pooled transport"
    sent, url, how = recorder.seen.pop()
    if how["headers"].get("Authorization") != f"{Constants.OAUTH_HEADER_PREFIX}selfcheck":
        return f"the token store is not asked for a {method}"
    if (sent, url) != (method, f"{_HOST}/crm/v8/http?a=b+c"):
        return f"a {method} goes to {url}"
    if (how["timeout"].connect_timeout, how["timeout"].read_timeout) != _TIMEOUT:
        return f"a {method} has no time-out"
    if body is not None and json.loads(how["body"]) != body:
        return f"the body of a {method} is changed"
    return ""


def _moved(what: str) -> ZohoConfigError:
    return ZohoConfigError(
        f"The installed zohocrmsdk8-0 {Constants.SDK_VERSION} does not fit: {what} ({OAuthToken.__module__}).",
        hint="Install a version that zohocrm-mcp allows: pip install 'zohocrmsdk8-0>=7.0,<8'.",
    )
