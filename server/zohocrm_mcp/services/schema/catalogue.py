"""Modules and their metadata, as Zoho tells them: loaded when first needed, kept for a while, read again when wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from zohocrm_mcp.errors import InvalidInputError, NotAllowedError, NotFoundError
from zohocrm_mcp.models import Answer, FieldInfo, ModuleInfo, Record
from zohocrm_mcp.services.cache import AgedCache
from zohocrm_mcp.services.names import fold, resolve
from zohocrm_mcp.services.schema.metadata import Layout, Metadata, active, denied, field_info, module_info, naming
from zohocrm_mcp.zoho.api import CrmApi

T = TypeVar("T")
TTL = 300.0
USABLE = frozenset({"default", "custom", "linking"})
ID = FieldInfo(api_name="id", label="Id", type="bigint", read_only=True, creatable=False, updatable=False)


class Catalogue:
    """``fields_deny`` are ``Module.Field``, by API name or label: for the product those fields do not exist."""

    def __init__(
        self, api: CrmApi, *, ttl: float = TTL, deny: Sequence[str] = (), clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._api = api
        self._deny = tuple(deny)
        self._hidden: dict[str, dict[str, FieldInfo]] = {}
        self._points_at: dict[str, dict[str, str]] = {}
        self._modules: AgedCache[str, dict[str, ModuleInfo]] = AgedCache(self._load_modules, ttl=ttl, clock=clock)
        self._metadata: AgedCache[str, Metadata] = AgedCache(self._load, ttl=ttl, clock=clock)
        self._layouts: AgedCache[str, tuple[Layout, ...]] = AgedCache(self._load_layouts, ttl=ttl, clock=clock)

    async def modules(self) -> list[ModuleInfo]:
        return list((await self._modules.get("")).values())

    async def module(self, name: str) -> ModuleInfo:
        """Return the module of that API name, singular or plural label, in any case.

        Raises:
            InvalidInputError: there is none, not even in the newest metadata; the nearest are told.
        """
        try:
            return _module(name, await self._modules.get(""))
        except InvalidInputError:
            if not self._modules.drop(""):
                raise
        return _module(name, await self._modules.get(""))

    async def metadata(self, module: str) -> Metadata:
        """Return what is known of the module of that API name or label."""
        return await self._metadata.get((await self.module(module)).api_name)

    async def layouts(self, module: str) -> tuple[Layout, ...]:
        """Return the active layouts of a module (API name); only writing needs them."""
        return await self._layouts.get(module)

    async def judged(self, module: str, judge: Callable[[Metadata], T]) -> T:
        """Return what ``judge`` makes of the metadata, once more of the newest when old metadata may be the reason.

        Raises:
            InvalidInputError: what ``judge`` raised.
        """
        meta = await self.metadata(module)
        try:
            return judge(meta)
        except InvalidInputError as error:
            if not (error.details.get("outdated") and self.refresh(meta.module)):
                raise
        newest = await self.metadata(meta.module)
        try:
            return judge(newest)
        except InvalidInputError as error:
            error.details.pop("outdated", None)  # so that nobody looks a second time
            raise

    def refresh(self, module: str) -> bool:
        """Forget the metadata of a module (API name); False when that was done a moment ago and would help nothing."""
        self._layouts.drop(module)
        return self._metadata.drop(module)

    @property
    def denies(self) -> bool:
        return bool(self._deny)

    def is_denied(self, module: str, field: str) -> bool:
        """Whether the settings deny the field of that API name."""
        return field in self._hidden.get(module, ()) or fold(field) in denied(module, self._deny)

    def visible(self, module: str, record: Record) -> Record:
        """Return ``record`` without the fields that the settings deny, and without names that such a field gives."""
        if not self._deny:
            return record
        shown = {key: value for key, value in record.items() if not self.is_denied(module, key)}
        for name, target in self._points_at.get(module, {}).items():
            value = shown.get(name)
            if isinstance(value, dict) and any(self.is_denied(target, one) for one in naming(target)):
                shown[name] = {key: part for key, part in value.items() if key != "name"}
        return shown

    async def shown(self, module: str, records: Sequence[Record]) -> list[Record]:
        """Return stored records as ``visible`` shows them; the metadata is loaded where it matters."""
        if self._deny:
            await self._metadata.get(module)
        return [self.visible(module, record) for record in records]

    async def hidden(self, module: str) -> Sequence[FieldInfo]:
        """Return the fields of a module (API name) that the settings deny."""
        await self._metadata.get(module)
        return tuple(self._hidden[module].values())

    async def denied_names(self) -> frozenset[str]:
        """Return the folded API names of all fields that the settings deny, and what the settings call them."""
        owners = {fold(word.partition(".")[0]) for word in self._deny}
        modules = [one.api_name for one in await self.modules() if fold(one.api_name) in owners] if owners else []
        found = {fold(one.api_name) for module in modules for one in await self.hidden(module)}
        return frozenset(found | {fold(word.partition(".")[2]) for word in self._deny})

    async def _load_modules(self, _: str) -> dict[str, ModuleInfo]:
        rows = rows_of(await self._api.modules(), "modules")
        usable = [row for row in rows if row.get("api_supported") and row.get("generated_type", "default") in USABLE]
        infos = [module_info(row) for row in usable]
        return {one.api_name: one for one in infos}

    async def _load(self, module: str) -> Metadata:
        rows = rows_of(await self._api.fields(module), "fields")
        infos = [field_info(row, module) for row in rows]
        if not any(one.api_name == "id" for one in infos):
            infos.append(ID)
        hidden = denied(module, self._deny)
        visible = [one for one in infos if not hidden & {fold(one.api_name), fold(one.label)}]
        self._hidden[module] = {one.api_name: one for one in infos if one not in visible}
        self._points_at[module] = {one.api_name: one.lookup_module for one in visible if one.lookup_module}
        return Metadata(module, {one.api_name: one for one in visible})

    async def _load_layouts(self, module: str) -> tuple[Layout, ...]:
        try:
            return active(rows_of(await self._api.layouts(module), "layouts"))
        except (NotAllowedError, NotFoundError, InvalidInputError) as error:
            import structlog

            structlog.get_logger(__name__).warning("layouts_not_readable", module=module, reason=error.message)
            return ()


def rows_of(answer: Answer, key: str) -> list[dict[str, Any]]:
    """Return the objects under ``key`` of an envelope, none for 204."""
    rows = answer.body.get(key) if isinstance(answer.body, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _module(name: str, known: Mapping[str, ModuleInfo]) -> ModuleInfo:
    if name in known:
        return known[name]
    plurals = [one.model_copy(update={"label": one.plural_label}) for one in known.values()]
    return known[resolve(name, [*plurals, *known.values()])]
