"""The schema service: what modules and fields there are, what they are called, and what may be written to them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import FieldInfo, ModuleInfo, ModuleSchema, Record
from zohocrm_mcp.services.authentication.me import Me
from zohocrm_mcp.services.names import resolve
from zohocrm_mcp.services.schema import defaults
from zohocrm_mcp.services.schema.catalogue import TTL, Catalogue
from zohocrm_mcp.services.schema.lookups import USERS, Lookups
from zohocrm_mcp.services.schema.metadata import Metadata, field_name
from zohocrm_mcp.services.schema.writing import Values, Writing
from zohocrm_mcp.zoho.api import CrmApi

USER_FIELDS = ("id", "first_name", "last_name", "full_name", "email", "status", "phone", "mobile", "role", "profile")

ALONE = frozenset({"subform", "multiselectlookup", "multiuserlookup"})
"""Types that come only with a single record (Zoho CRM v8 docs, Get Records)."""


class SchemaService:
    """Live metadata, kept for ``ttl_seconds`` and read again when it proves wrong.

    ``fields_deny`` are ``Module.Field``, by API name or label: for the product those fields do not exist.
    """

    def __init__(
        self,
        api: CrmApi,
        *,
        ttl_seconds: float = TTL,
        fields_deny: Sequence[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.catalogue = Catalogue(api, ttl=ttl_seconds, deny=fields_deny, clock=clock)
        self.me = Me(api)
        self.lookups = Lookups(api, self.name_field)
        self._writing = Writing(self.catalogue, self.lookups, self.me)

    async def modules(self) -> list[ModuleInfo]:
        """Return the modules that records can be read from."""
        return list(await self.catalogue.modules())

    async def module(self, name: str) -> ModuleInfo:
        """Return the module of that API name, singular or plural label, in any case.

        Raises:
            InvalidInputError: there is none; the nearest are told.
        """
        return await self.catalogue.module(name)

    async def fields(self, module: str) -> dict[str, FieldInfo]:
        """Return the fields of a module by API name, in Zoho's order."""
        return dict((await self.catalogue.metadata(module)).fields)

    async def describe(self, module: str, fields: Sequence[str] = ()) -> ModuleSchema:
        """Return what a model needs to know before it reads or writes; ``fields`` narrows it."""
        wanted = await self.names(module, fields)
        meta = await self.catalogue.metadata(module)
        required = await self._writing.required(meta)
        marked = {name: info.model_copy(update={"required": name in required}) for name, info in meta.fields.items()}
        if wanted:
            return ModuleSchema(module=meta.module, fields=[marked[name] for name in wanted])
        return ModuleSchema(
            module=meta.module,
            fields=list(marked.values()),
            required=sorted(required),
            duplicate_check=[name for name, info in marked.items() if info.duplicate_check],
            example=defaults.example(Metadata(meta.module, marked)),
        )

    async def names(self, module: str, given: Sequence[str]) -> list[str]:
        """Return the API names that ``given`` (API names or labels, any case) mean, in order, each once.

        Raises:
            InvalidInputError: one is unknown (the nearest are told) or stands for several fields.
        """
        return await self.catalogue.judged(
            module, lambda meta: list(dict.fromkeys(field_name(one, meta) for one in given))
        )

    async def field(self, module: str, given: str) -> FieldInfo:
        """Return one field; ``Account_Name.Industry`` is a field of the record that a lookup points at."""
        head, dot, tail = given.partition(".")
        info = await self.catalogue.judged(module, lambda meta: meta.fields[field_name(head, meta)])
        if not dot:
            return info
        target = await self._behind(info, tail, module)
        return target.model_copy(update={"api_name": f"{info.api_name}.{target.api_name}"})

    async def _behind(self, lookup: FieldInfo, tail: str, module: str) -> FieldInfo:
        if lookup.lookup_module == USERS:
            return self._user_field(tail)
        if lookup.type == "lookup" and lookup.lookup_module:
            return await self.field(lookup.lookup_module, tail)
        raise InvalidInputError(
            f"{lookup.api_name} on {module} is no lookup, so there is no {lookup.api_name}.{tail}.",
            hint="Only a lookup has fields behind it, such as Account_Name.Industry on Contacts.",
            field=f"{lookup.api_name}.{tail}",
            code="INVALID_DATA",
        )

    def _user_field(self, name: str) -> FieldInfo:
        visible = [one for one in USER_FIELDS if not self.catalogue.is_denied(USERS, one)]
        known = {one: FieldInfo(api_name=one, label=one, type="text", read_only=True) for one in visible}
        return known[resolve(name, known.values(), module=USERS)]

    async def default_fields(self, module: str) -> list[str]:
        """Return the API names of a set made for reading; the id comes with every record."""
        return list(defaults.default_fields(await self.catalogue.metadata(module)))

    async def page_fields(self, module: str, given: Sequence[str]) -> list[str]:
        """Return the API names to read for a page: those given, or else the default ones.

        Raises:
            InvalidInputError: a name is wrong, or is of a field that Zoho shows only with a single record.
        """
        known = (await self.catalogue.metadata(module)).fields
        infos = [known.get(one) or await self.field(module, one) for one in given]
        alone = next((one for one in infos if one.type in ALONE), None)
        if alone:
            raise InvalidInputError(
                f"{alone.api_name} is of type {alone.type}: Zoho shows it only when a record is read alone.",
                hint="Leave it out here and read the record by its id.",
                field=alone.api_name,
                code="INVALID_DATA",
            )
        return list(dict.fromkeys(one.api_name for one in infos)) or await self.default_fields(module)

    async def check_values(self, module: str, values: Values, *, creating: bool) -> Record:
        """Return ``values`` by API name in the form that Zoho wants: ready to be sent.

        Names and labels are resolved, lookups found by name or e-mail address, a date-time without offset taken in
        the user's time zone, numbers accepted as strings, null and ``""`` clear a field. An ``id`` is kept when
        updating.

        Raises:
            InvalidInputError: everything that is wrong; ``details`` hold ``field`` and Zoho's ``code`` of the first.
        """
        return await self._writing.check(module, values, creating=creating)

    async def check_many(
        self, module: str, records: Sequence[Values], *, creating: bool
    ) -> list[Record | InvalidInputError]:
        """Return for each record what ``check_values`` returns or raises, finding lookups with few calls."""
        return await self._writing.check_many(module, records, creating=creating)

    def refresh(self, module: str) -> bool:
        """Forget the metadata of a module (API name) because Zoho contradicted it; at most once in 30 seconds."""
        return self.catalogue.refresh(module)

    @property
    def denies(self) -> bool:
        """Whether the settings deny any field."""
        return self.catalogue.denies

    def visible(self, module: str, record: Record) -> Record:
        """Return ``record`` without the fields that the settings deny."""
        return self.catalogue.visible(module, record)

    async def name_field(self, module: str) -> str:
        """Return the API name of the field whose value names a record of ``module``."""
        info = (await self.catalogue.metadata(module)).name_field
        if info:
            return info.api_name
        raise InvalidInputError(
            f"Records of {module} cannot be found by name here.", hint="Give the id of the record.", code="INVALID_DATA"
        )
