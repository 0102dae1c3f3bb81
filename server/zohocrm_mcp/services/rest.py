"""The fall-back tier: any path of the CRM API, with the same sign-in, limits and errors as every other call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from zohocrm_mcp.errors import InvalidInputError, NotAllowedError
from zohocrm_mcp.models import Call, Method, RestAnswer
from zohocrm_mcp.services.names import fold
from zohocrm_mcp.services.schema.catalogue import Catalogue
from zohocrm_mcp.zoho.api import Gateway

ROOT = "/crm/v8/"
_PATH = re.compile(r"/crm/v8/[A-Za-z0-9_]+(?:/[A-Za-z0-9_.-]+)*\Z")
_WHEREVER = frozenset({"word", "email", "phone"})
"""Searches that name no field, and look into every one that fits (Zoho CRM v8 docs, Search Records)."""
_QUERIES = re.compile(r"/crm/v8/(coql|__composite_requests)\b", re.IGNORECASE)


class RestService:
    """While fields are denied, no answer shows one and no call names one, whatever the module."""

    def __init__(self, gateway: Gateway, catalogue: Catalogue, *, read_only: bool = False) -> None:
        self._gateway, self._catalogue, self._read_only = gateway, catalogue, read_only

    async def request(
        self, method: Method, path: str, params: Mapping[str, str] | None, body: JsonValue = None
    ) -> RestAnswer:
        """Send one call and return what Zoho said.

        Raises:
            InvalidInputError: the path is not one of the API.
            NotAllowedError: a write on a read-only server, or a field that the settings deny.
        """
        denied = await self.check(method, path, params, body)
        answer = await self._gateway.call(Call(method, path, dict(params or {}), body, safe=method == "GET"))
        return RestAnswer(status=answer.status, body=_visible(answer.body, denied))

    async def check(
        self, method: Method, path: str, params: Mapping[str, str] | None, body: JsonValue = None
    ) -> frozenset[str]:
        """Raise what ``request`` would raise before it sends anything; return the names that nothing may show."""
        if not _PATH.match(path) or ".." in path:
            raise InvalidInputError(
                f"{path!r} is no path of the API.",
                hint=f"It starts with {ROOT}; what follows a question mark goes into params.",
                field="path",
            )
        if method != "GET" and self._read_only:
            raise NotAllowedError("This server only reads.", hint="An operator can start it without read-only.")
        denied = await self._catalogue.denied_names()
        if denied:
            _unnamed(path, params or {}, body, denied)
        return denied


def _unnamed(path: str, params: Mapping[str, str], body: JsonValue, denied: frozenset[str]) -> None:
    if _QUERIES.match(path) or not _WHEREVER.isdisjoint(params):
        raise NotAllowedError(
            "Queries and searches by word, email or phone are not sent this way while fields are denied.",
            hint="Use query_records or search_records.",
        )
    for word in re.findall(r"\w+", " ".join([*params, *params.values(), *_named(body)])):
        if fold(word) in denied:
            raise NotAllowedError(f"The field {word} is denied by the settings.", field=word)


def _named(body: JsonValue) -> Iterator[str]:
    """The keys of a body, and values that may name a field: those that are no prose."""
    if isinstance(body, dict):
        yield from body
        body = list(body.values())
    if isinstance(body, list):
        for each in body:
            yield from _named(each)
    elif isinstance(body, str) and (":" in body or not re.search(r"\s", body.strip())):
        yield body


def _visible(body: JsonValue, denied: frozenset[str]) -> JsonValue:
    """Leave out denied fields, and what tells of one by its API name, such as metadata and histories."""
    if isinstance(body, dict):
        return {key: _visible(value, denied) for key, value in body.items() if fold(key) not in denied}
    if isinstance(body, list):
        return [_visible(each, denied) for each in body if not _tells_of(each, denied)]
    return body


def _tells_of(each: JsonValue, denied: frozenset[str]) -> bool:
    return isinstance(each, dict) and fold(str(each.get("api_name") or "")) in denied
