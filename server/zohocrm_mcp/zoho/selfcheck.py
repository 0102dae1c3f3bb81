"""Does the installed SDK still work the way our session needs? Asked once a process, before the first call.

The session leans on details that the SDK does not promise. A release that moves one of them must be seen at the start
and by name, not as a lost time-out or a token in the wrong place a month later.
"""

from __future__ import annotations

import io
import json
from typing import Any, cast

import requests
from requests.adapters import BaseAdapter
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


class _Recorder(BaseAdapter):
    """Answers every request from memory and keeps what came."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[requests.PreparedRequest, dict[str, Any]]] = []

    def send(self, request: requests.PreparedRequest, **how: Any) -> requests.Response:  # type: ignore[override]
        self.seen.append((request, how))
        response = requests.Response()
        response.status_code, response.request, response.url = 207, request, str(request.url)
        response.headers["Content-Type"] = "application/json;charset=UTF-8"
        response.raw = io.BytesIO(json.dumps(_BODY).encode())
        return response

    def close(self) -> None:
        self.seen.clear()


class _Keeper:
    def current(self, _connection: str) -> Held:
        return Held("selfcheck", 1, 0.0, 0.0)


def run() -> None:
    """Send one call of each verb through the SDK to a recorder.

    Raises:
        ZohoConfigError: naming what is no longer as it was.
    """
    recorder, transport = _Recorder(), Transport(_TIMEOUT)
    transport.session.mount(_HOST, recorder)
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
    request, how = recorder.seen.pop()
    if request.headers.get("Authorization") != f"{Constants.OAUTH_HEADER_PREFIX}selfcheck":
        return f"the token store is not asked for a {method}"
    if (request.method, request.url) != (method, f"{_HOST}/crm/v8/http?a=b+c"):
        return f"a {method} goes to {request.url}"
    if how.get("timeout") != _TIMEOUT:
        return f"a {method} has no time-out"
    if body is not None and json.loads(cast("bytes", request.body)) != body:
        return f"the body of a {method} is changed"
    return ""


def _moved(what: str) -> ZohoConfigError:
    return ZohoConfigError(
        f"The installed zohocrmsdk8-0 {Constants.SDK_VERSION} does not fit: {what} ({OAuthToken.__module__}).",
        hint="Install a version that zohocrm-mcp allows: pip install 'zohocrmsdk8-0>=7.0,<8'.",
    )
