"""The SDK's own request handler with JSON as payload.

Its typed path costs a hundred times more for a page of records and loses data silently (an unparsable date empties the
page, a formula of type string becomes None, an unknown field is sent as null); its session does neither.
"""

from __future__ import annotations

import json
from typing import Any

from zohocrmsdk.src.com.zoho.crm.api.initializer import Initializer
from zohocrmsdk.src.com.zoho.crm.api.parameter_map import ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.util.common_api_handler import CommonAPIHandler

from zohocrm_mcp.models import Call
from zohocrm_mcp.zoho.transport import WireResponse


class _PassThrough:
    """A converter that converts nothing. The three methods are those that the handler calls."""

    @staticmethod
    def form_request(body: Any, _class: str, _instance: None, _detail: None) -> Any:
        return body

    @staticmethod
    def append_to_request(_connector: Any, body: Any) -> bytes:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()

    @staticmethod
    def get_wrapped_response(response: WireResponse, _class: str) -> list[WireResponse]:
        return [response]


class JsonHandler(CommonAPIHandler):  # type: ignore[misc]  # the SDK ships no types
    """One call: the SDK adds the host, the token and its headers; the body goes and comes as it is."""

    def __init__(self, call: Call) -> None:
        super().__init__()
        self.set_http_method(call.method)
        self.set_api_path(call.path)
        self.get_api_headers().update(call.headers)
        parameters = ParameterMap()
        parameters.request_parameters = dict(call.params)
        self.set_param(parameters)
        if call.body is not None:
            self.set_content_type("application/json")
            self.set_request(call.body)

    def get_api_headers(self) -> dict[str, str]:
        return self._CommonAPIHandler__header.request_headers  # type: ignore[no-any-return]

    def get_converter_class_instance(self, _encode_type: str) -> _PassThrough:
        return _PassThrough()

    def set_api_url(self, connector: Any) -> None:
        """Host and path, nothing else: the SDK would take a path that contains "http" for a whole URL."""
        connector.url = Initializer.get_initializer().environment.url + self.get_api_path()
