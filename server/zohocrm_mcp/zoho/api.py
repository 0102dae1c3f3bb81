"""Zoho CRM v8 as one method per endpoint. Paths and parameters only; the rules are in the services.

Every method answers an ``Answer``; flat errors of Zoho are raised by the gateway as errors of ours. Write methods
return the envelope with one item a record, in the order sent, whatever the HTTP status was (200, 201, 207, 400).
Source of the shapes: Zoho CRM v8 developer documentation and the specification in zoho/crm-oas.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol
from urllib.parse import quote

from pydantic import JsonValue

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import Answer, Call, Method, Record

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}\Z")
_ID = re.compile(r"[0-9]{1,20}\Z")


class Gateway(Protocol):
    """The one seam to Zoho: a call out, an answer or one of our errors back."""

    async def call(self, call: Call) -> Answer: ...


def api_name(name: str) -> str:
    """Return ``name`` when it can be part of a path: ASCII letters, digits, underscores.

    Raises:
        InvalidInputError: for anything else, so that no argument can reach another endpoint.
    """
    if not _NAME.match(name):
        raise InvalidInputError(f"{name!r} is no API name.", hint="list_modules shows the modules' API names.")
    return name


def record_id(value: str) -> str:
    """Return ``value`` when it is a record id: up to 20 ASCII digits.

    Raises:
        InvalidInputError: for anything else.
    """
    if not _ID.match(value):
        raise InvalidInputError(f"{value!r} is no record id.", hint="A record id is a string of digits.")
    return value


def _params(**given: object) -> dict[str, str]:
    return {key: str(value) for key, value in given.items() if value not in {None, ""}}


class CrmApi:
    """The endpoints that the product uses."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway

    async def get(self, path: str, **params: object) -> Answer:
        return await self.gateway.call(Call("GET", path, _params(**params)))

    async def list_records(self, module: str, fields: Sequence[str], **params: object) -> Answer:
        """``params``: per_page, page, page_token, sort_by, sort_order, ids, cvid."""
        return await self.get(f"/crm/v8/{api_name(module)}", fields=",".join(fields), **params)

    async def get_record(self, module: str, record: str, fields: Sequence[str] = ()) -> Answer:
        path = f"/crm/v8/{api_name(module)}/{record_id(record)}"
        return await self.get(path, fields=",".join(fields))

    async def search(self, module: str, **params: object) -> Answer:
        """``params``: one of criteria, word, email, phone; fields, page, per_page, sort_by, sort_order."""
        return await self.get(f"/crm/v8/{api_name(module)}/search", **params)

    async def count(self, module: str, **params: object) -> Answer:
        """``params``: none, or one of criteria, word, email, phone, cvid. The body is ``{"count": n}``."""
        return await self.get(f"/crm/v8/{api_name(module)}/actions/count", **params)

    async def coql(self, select_query: str) -> Answer:
        return await self.gateway.call(Call("POST", "/crm/v8/coql", body={"select_query": select_query}))

    async def create(self, module: str, records: Sequence[Record]) -> Answer:
        return await self._write("POST", f"/crm/v8/{api_name(module)}", records)

    async def update(self, module: str, record: str, values: Record) -> Answer:
        return await self._write("PUT", f"/crm/v8/{api_name(module)}/{record_id(record)}", [values])

    async def update_many(self, module: str, records: Sequence[Record]) -> Answer:
        """At most 100 records, each with its ``id``."""
        return await self._write("PUT", f"/crm/v8/{api_name(module)}", records)

    async def upsert(self, module: str, records: Sequence[Record], duplicate_check_fields: Sequence[str]) -> Answer:
        """At most 100 records; the duplicate-check fields find what an earlier, unanswered call has created."""
        path = f"/crm/v8/{api_name(module)}/upsert"
        checks: list[JsonValue] = list(duplicate_check_fields)
        return await self._write("POST", path, records, {"duplicate_check_fields": checks})

    async def delete(self, module: str, record: str) -> Answer:
        return await self.gateway.call(Call("DELETE", f"/crm/v8/{api_name(module)}/{record_id(record)}", safe=False))

    async def delete_many(self, module: str, records: Sequence[str]) -> Answer:
        """At most 100 ids."""
        ids = ",".join(record_id(record) for record in records)
        return await self.gateway.call(Call("DELETE", f"/crm/v8/{api_name(module)}", {"ids": ids}, safe=False))

    async def related(self, module: str, record: str, related_list: str, **params: object) -> Answer:
        """``params``: fields (mandatory at Zoho), per_page, page, page_token, sort_by, sort_order."""
        path = f"/crm/v8/{api_name(module)}/{record_id(record)}/{quote(api_name(related_list))}"
        return await self.get(path, **params)

    async def modules(self) -> Answer:
        return await self.get("/crm/v8/settings/modules")

    async def fields(self, module: str) -> Answer:
        return await self.get("/crm/v8/settings/fields", module=api_name(module))

    async def layouts(self, module: str) -> Answer:
        return await self.get("/crm/v8/settings/layouts", module=api_name(module))

    async def related_lists(self, module: str) -> Answer:
        return await self.get("/crm/v8/settings/related_lists", module=api_name(module))

    async def users(self, kind: str = "AllUsers", **params: object) -> Answer:
        """``kind``: AllUsers, ActiveUsers, CurrentUser …; ``params``: page, per_page."""
        return await self.get("/crm/v8/users", type=kind, **params)

    async def org(self) -> Answer:
        return await self.get("/crm/v8/org")

    async def _write(self, method: Method, path: str, records: Sequence[Record], extra: Record | None = None) -> Answer:
        rows: list[JsonValue] = list(records)
        return await self.gateway.call(Call(method, path, body={"data": rows, **(extra or {})}, safe=False))
