"""A release of the SDK that moves what the session leans on is noticed at the start, by name."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import requests
from zohocrmsdk.src.com.zoho.crm.api.util import api_http_connector
from zohocrmsdk.src.com.zoho.crm.api.util.api_http_connector import APIHTTPConnector
from zohocrmsdk.src.com.zoho.crm.api.util.common_api_handler import CommonAPIHandler

from zohocrm_mcp.errors import ZohoConfigError
from zohocrm_mcp.zoho import selfcheck, transport


def test_the_installed_sdk_fits() -> None:
    selfcheck.run()


def test_an_sdk_that_reaches_requests_by_another_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(api_http_connector, "requests")
    with pytest.raises(ZohoConfigError, match="has moved its HTTP calls"):
        transport.install()


def test_a_library_that_stands_in_for_requests_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_http_connector, "requests", SimpleNamespace(get=requests.get))
    with pytest.raises(ZohoConfigError, match="has moved its HTTP calls"):
        transport.install()


def test_an_sdk_with_a_time_out_of_its_own_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = transport.Transport.request

    def impatient(self: transport.Transport, method: str, url: str, **given: Any) -> transport.WireResponse:
        return plain(self, method, url, **{**given, "timeout": (99.0, 99.0)})

    monkeypatch.setattr(transport.Transport, "request", impatient)
    with pytest.raises(ZohoConfigError, match="has no time-out"):
        selfcheck.run()


def test_an_sdk_that_changes_the_path_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = APIHTTPConnector.fire_request

    def astray(self: Any, converter: Any) -> Any:
        self.url = self.url.replace("v8", "v9")
        return plain(self, converter)

    monkeypatch.setattr(APIHTTPConnector, "fire_request", astray)
    with pytest.raises(ZohoConfigError, match="goes to"):
        selfcheck.run()


def test_an_sdk_that_does_not_send_the_token_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = APIHTTPConnector.fire_request

    def anonymous(self: Any, converter: Any) -> Any:
        self.headers.pop("Authorization")
        return plain(self, converter)

    monkeypatch.setattr(APIHTTPConnector, "fire_request", anonymous)
    with pytest.raises(ZohoConfigError, match="token store is not asked"):
        selfcheck.run()


def test_an_sdk_that_changes_the_body_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = APIHTTPConnector.fire_request

    def changed(self: Any, converter: Any) -> Any:
        if self.request_body is not None:
            self.request_body = {"data": []}
        return plain(self, converter)

    monkeypatch.setattr(APIHTTPConnector, "fire_request", changed)
    with pytest.raises(ZohoConfigError, match="the body of a POST is changed"):
        selfcheck.run()


def test_an_sdk_that_answers_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CommonAPIHandler, "api_call", lambda *_: None)
    with pytest.raises(Exception, match="no answer and no reason"):
        selfcheck.run()
