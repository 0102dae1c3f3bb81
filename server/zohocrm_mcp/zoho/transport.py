"""One pooled HTTP transport under the SDK.

The SDK calls ``requests.get(…)`` and friends: a new connection each time, no time-out on writes and token calls, and
the proxy, netrc and CA variables of the environment. Two of its modules reach ``requests`` by a global name; there a
facade takes its place that sends the calls of *our* sessions through a pool and leaves everybody else's alone. The pool
is that of urllib3, on which requests stands: what requests does around it, for cookies and redirections, is not wanted.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, PoolManager, Timeout
from zohocrmsdk.src.com.zoho.api.authenticator import oauth_token
from zohocrmsdk.src.com.zoho.crm.api.initializer import Initializer
from zohocrmsdk.src.com.zoho.crm.api.util import api_http_connector

from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.endpoint import trust
from zohocrm_mcp.errors import ZohoConfigError
from zohocrm_mcp.zoho.connecting import POOLS

HOOKED = (api_http_connector, oauth_token)
POOL_SIZE = 32
_HEADERS = dict(requests.utils.default_headers())

Seconds = tuple[float, float]
"""To connect, and between two pieces of an answer."""


@dataclass(frozen=True)
class WireResponse:
    """An answer, under the names by which the SDK knows ``requests.Response``."""

    status_code: int
    headers: HTTPHeaderDict
    content: bytes


class Transport:
    """A connection pool with time-outs. Takes nothing from the environment, keeps no cookies, follows nowhere."""

    def __init__(self, timeout: Seconds, trusted: ssl.SSLContext | None = None, proxy: str = "") -> None:
        self._timeout = timeout
        self.pool: PoolManager = (
            HTTPAdapter(pool_maxsize=POOL_SIZE).proxy_manager_for(proxy, ssl_context=trusted, proxy_ssl_context=trusted)
            if proxy
            else PoolManager(maxsize=POOL_SIZE, ssl_context=trusted)
        )
        self.pool.pool_classes_by_scheme = POOLS

    @classmethod
    def of(cls, settings: Settings) -> Transport:
        return cls((settings.connect_timeout, settings.read_timeout), trust(settings), settings.proxy)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        data: bytes | None = None,
        timeout: Seconds | None = None,
    ) -> WireResponse:
        """Send one request, once.

        Raises:
            HTTPError: of urllib3; there is no answer, or no whole one. Of these, NotSentError: nothing has gone out.
        """
        connect, read = timeout or self._timeout
        answer = self.pool.urlopen(
            method,
            f"{url}?{urlencode(params)}" if params else url,
            body=data,
            headers={**_HEADERS, **headers},
            timeout=Timeout(connect=connect, read=read),
            retries=False,
            redirect=False,
        )
        return WireResponse(answer.status, answer.headers, answer.data)

    def close(self) -> None:
        self.pool.clear()


class Facade:
    """Stands where the SDK expects the module ``requests``."""

    def __getattr__(self, name: str) -> Any:
        return getattr(requests, name)

    def get(self, url: str, **given: Any) -> Any:
        return self._send("GET", url, given)

    def post(self, url: str, **given: Any) -> Any:
        return self._send("POST", url, given)

    def put(self, url: str, **given: Any) -> Any:
        return self._send("PUT", url, given)

    def patch(self, url: str, **given: Any) -> Any:
        return self._send("PATCH", url, given)

    def delete(self, url: str, **given: Any) -> Any:
        return self._send("DELETE", url, given)

    @staticmethod
    def _send(method: str, url: str, given: dict[str, Any]) -> Any:
        transport = getattr(Initializer.get_initializer(), "transport", None)
        if transport is None:
            return requests.request(method, url, **given)  # noqa: S113 -- not our call: its own time-out is in ``given``
        meant = {name: value for name, value in given.items() if name not in {"proxies", "allow_redirects"}}
        return transport.request(method, url, **meant)


def install() -> None:
    """Put the facade under the SDK, once a process.

    Raises:
        ZohoConfigError: the SDK no longer reaches ``requests`` the way the facade needs.
    """
    for module in HOOKED:
        found = getattr(module, "requests", None)
        if isinstance(found, Facade):
            continue
        if found is not requests:
            raise ZohoConfigError(
                f"The installed zohocrmsdk8-0 has moved its HTTP calls ({module.__name__} has no global 'requests').",
                hint="Install a version that zohocrm-mcp allows: pip install 'zohocrmsdk8-0>=7.0,<8'.",
            )
        module.requests = Facade()
