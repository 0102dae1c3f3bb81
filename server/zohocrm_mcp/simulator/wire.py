"""A call and its answer, and the refusals in the shapes Zoho sends."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zohocrm_mcp.simulator.sources import known

if TYPE_CHECKING:
    from zohocrm_mcp.simulator.oauth.tokens import AccessToken
    from zohocrm_mcp.simulator.state import State

JSON_TYPE = "application/json;charset=UTF-8"
Json = dict[str, Any]


@dataclass(slots=True)
class Answer:
    """What goes back: ``body`` is sent as JSON, or as it is when it is bytes; None sends no body at all."""

    body: object = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = JSON_TYPE

    def payload(self) -> bytes:
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        text = json.dumps(self.body, ensure_ascii=False, separators=(",", ":"))
        return (text if self.status < 400 else text + "\n").encode()  # noqa: PLR2004


NOTHING = Answer(status=204)


class Refusal(Exception):  # noqa: N818
    """An error answer; raised anywhere below a handler. Flat unless ``wrapped`` in ``data``."""

    def __init__(
        self, code: str, message: str, details: Json | None = None, *, status: int = 400, wrapped: bool = False
    ) -> None:
        super().__init__(code)
        self.item = failure(code, message, details)
        self.status = status
        self.wrapped = wrapped

    def answer(self) -> Answer:
        return Answer({"data": [self.item]} if self.wrapped else self.item, self.status)


def failure(code: str, message: str, details: Json | None = None) -> Json:
    return {"code": code, "details": details or {}, "message": message, "status": "error"}


def success(message: str, details: Json, **more: object) -> Json:
    return {"code": "SUCCESS", **more, "details": details, "message": message, "status": "success"}


@dataclass(slots=True)
class Call:
    """One request on its way through a handler. Header names are lower case."""

    state: State
    method: str
    path: str
    params: dict[str, str]
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    token: AccessToken | None = None
    _parsed: Json | None = None

    @known("live: a body that is missing or no object is INVALID_DATA with expected_data_type", 2026)
    def json(self) -> Json:
        """The body as a JSON object, whatever its Content-Type says."""
        if self._parsed is None:
            try:
                parsed = json.loads(self.body)
            except ValueError:
                parsed = None
            if not isinstance(parsed, dict):
                raise Refusal("INVALID_DATA", "body", {"expected_data_type": "jsonobject"})
            self._parsed = parsed
        return self._parsed

    @property
    def zone(self) -> str:
        """The offset (``+05:30``) of the user whose token this is."""
        return self.state.users.offset_of(self.user_id)

    @property
    def user_id(self) -> int:
        return self.token.user_id if self.token else self.state.users.current.id

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number from the query."""
        text = self.query.get(name, "")
        if not text:
            return default
        if not text.isdecimal() or not least <= int(text) <= most:
            raise Refusal("INVALID_DATA", "invalid data", {"param_name": name, "expected_data_type": "integer"})
        return int(text)
