"""One pooled HTTP transport under the SDK.

The SDK calls ``requests.get(…)`` and friends: a new connection each time, no time-out on writes and token calls, and
the proxy, netrc and CA variables of the environment. Two of its modules reach ``requests`` by a global name; there a
facade takes its place that sends the calls of *our* sessions through a pool and leaves everybody else's alone.
"""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry
from zohocrmsdk.src.com.zoho.api.authenticator import oauth_token
from zohocrmsdk.src.com.zoho.crm.api.initializer import Initializer
from zohocrmsdk.src.com.zoho.crm.api.util import api_http_connector

from zohocrm_mcp.config import Settings
from zohocrm_mcp.errors import ZohoConfigError

HOOKED = (api_http_connector, oauth_token)
POOL_SIZE = 32
BLOCK = 1 << 20
"""Bytes of an answer that are read at a time."""

Timeout = tuple[float, float]


class Transport:
    """A connection pool with time-outs. Takes nothing from the environment and keeps no cookies."""

    def __init__(self, timeout: Timeout, *, verify: bool | str = True, proxy: str = "") -> None:
        self._timeout = timeout
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = self._verify = verify
        self.session.proxies = {"http": proxy, "https": proxy} if proxy else {}
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = HTTPAdapter(pool_connections=4, pool_maxsize=POOL_SIZE, max_retries=Retry(0, read=False))
        self.session.mount("https://", adapter)
        self.session.mount("http://", adapter)

    @classmethod
    def of(cls, settings: Settings) -> Transport:
        verify = True if settings.ca_bundle is None else str(settings.ca_bundle)
        return cls((settings.connect_timeout, settings.read_timeout), verify=verify, proxy=settings.proxy)

    def request(self, method: str, url: str, **given: Any) -> requests.Response:
        given["timeout"] = given.get("timeout") or self._timeout
        given["proxies"] = given.get("proxies") or self.session.proxies
        if given.pop("allow_redirects", True):
            return self.session.request(method, url, **given)
        return self._request(method, url, **given)

    def _request(
        self, method: str, url: str, *, timeout: Timeout, proxies: dict[str, str], headers: Any = None, **body: Any
    ) -> requests.Response:
        """Send without a session's care for settings, cookies and redirects, which costs a tenth of a call."""
        prepared = requests.PreparedRequest()
        prepared.prepare(method, url, headers={**self.session.headers, **(headers or {})}, **body)
        adapter = self.session.get_adapter(url)
        response = adapter.send(prepared, timeout=timeout, verify=self._verify, proxies=proxies)
        response._content = b"".join(response.iter_content(BLOCK))  # noqa: SLF001 -- by itself it reads 10 KB at a time
        return response

    def close(self) -> None:
        self.session.close()


class Facade:
    """Stands where the SDK expects the module ``requests``."""

    def __getattr__(self, name: str) -> Any:
        return getattr(requests, name)

    def get(self, url: str, **given: Any) -> requests.Response:
        return self._send("GET", url, given)

    def post(self, url: str, **given: Any) -> requests.Response:
        return self._send("POST", url, given)

    def put(self, url: str, **given: Any) -> requests.Response:
        return self._send("PUT", url, given)

    def patch(self, url: str, **given: Any) -> requests.Response:
        return self._send("PATCH", url, given)

    def delete(self, url: str, **given: Any) -> requests.Response:
        return self._send("DELETE", url, given)

    @staticmethod
    def _send(method: str, url: str, given: dict[str, Any]) -> requests.Response:
        transport = getattr(Initializer.get_initializer(), "transport", None)
        if transport is None:
            return requests.request(method, url, **given)  # noqa: S113 -- not our call: its own time-out is in ``given``
        return transport.request(method, url, **given)  # type: ignore[no-any-return]


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
