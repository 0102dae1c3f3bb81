"""Is everything as it should be? One question after the other; each failed one says what to do.

``doctor`` and ``check_health`` ask the same questions.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import anyio.to_thread

from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.names import DEFAULT
from zohocrm_mcp.connections.store import database_of
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import ZohoConfigError, ZohoError
from zohocrm_mcp.models import Check, Health
from zohocrm_mcp.services.health.limits import LimitsReport
from zohocrm_mcp.services.health.probes import Probes
from zohocrm_mcp.zoho.opening import Opened

Probe = Callable[[], Awaitable[str]]
"""Answers with a detail for people, or raises one of our errors."""


@dataclass(frozen=True)
class Question:
    """A check by its name. It is not asked where one of ``needs`` has failed: the answer would only repeat that."""

    name: str
    ask: Probe
    needs: tuple[str, ...] = ()


class HealthService:
    """Checks one connection. ``opened`` is its gateway where there is one already; else it is opened for the check."""

    def __init__(
        self, settings: Settings, database: Database, connection: str = DEFAULT, opened: Opened | None = None
    ) -> None:
        self._settings, self._database, self._connection, self._opened = settings, database, connection, opened

    async def check(self) -> Health:
        """Ask everything; a failure is an answer, and nothing is raised."""
        probes = self._probes()
        try:
            return await examine([*questions(probes), *_of_settings(self._settings, probes)])
        finally:
            await anyio.to_thread.run_sync(probes.close)

    async def limits(self) -> LimitsReport:
        """Return what Zoho allows this organisation, and how much of it is left.

        Raises:
            ZohoError: Zoho or the database does not say.
        """
        probes = self._probes()
        try:
            return await probes.limits()
        finally:
            await anyio.to_thread.run_sync(probes.close)

    def _probes(self) -> Probes:
        return Probes(self._settings, self._database, self._connection, self._opened)


async def examined(settings: Settings, connection: str = DEFAULT) -> Health:
    """Check a connection through a database of its own, which is closed again.

    Raises:
        ZohoConfigError: the settings name no database.
    """
    database = database_of(settings)
    try:
        return await HealthService(settings, database, connection).check()
    finally:
        await anyio.to_thread.run_sync(database.close)


def questions(probes: Probes) -> list[Question]:
    """Return the questions, in the order in which they are asked."""
    stored, signed_in = ("database", "migrations"), ("token_validity",)
    return [
        Question("configuration", probes.configuration),
        Question("database", probes.database),
        Question("migrations", probes.migrations, ("database",)),
        Question("key_ring", probes.key_ring, stored),
        Question("certificates", probes.certificates),
        Question("token_validity", probes.token_validity, (*stored, "key_ring")),
        Question("api_access", probes.api_access, signed_in),
        Question("signed_in", probes.signed_in, ("api_access",)),
        Question("scopes", probes.scopes, signed_in),
        Question("api_limits", probes.api_limits, ("api_access",)),
        Question("clock", probes.clock, ("api_access",)),
    ]


def _of_settings(settings: Settings, probes: Probes) -> list[Question]:
    """Return the questions that only some settings raise."""
    denied = [Question("denied_fields", probes.denied_fields, ("api_access",))] if settings.fields_deny else []
    callers = [Question("issuer", probes.issuer)] if settings.http_issuer else []
    return [*denied, *callers]


def misconfigured(error: ZohoConfigError) -> Health:
    """Return what there is to say where the settings cannot even be read."""
    checks = {"configuration": Check(status="error", detail=error.message, hint=error.hint)}
    for name in ("database", "api_access", "token_validity"):
        checks[name] = _not_asked("configuration")
    return _health(checks)


async def examine(asked: Sequence[Question]) -> Health:
    """Ask every question, in order, and report all of them: one failure does not hide the next."""
    checks: dict[str, Check] = {}
    for question in asked:
        failed = [name for name in question.needs if checks[name].status == "error"]
        checks[question.name] = _not_asked(failed[0]) if failed else await _ask(question.ask)
    return _health(checks)


async def _ask(probe: Probe) -> Check:
    try:
        return Check(status="ok", detail=await probe())
    except ZohoError as error:
        return Check(status="error", detail=error.message, hint=error.hint)


def _not_asked(failed: str) -> Check:
    return Check(status="error", detail=f"Not checked, because of {failed}.", hint=f"Do what {failed} says first.")


def _health(checks: dict[str, Check]) -> Health:
    healthy = all(check.status == "ok" for check in checks.values())
    return Health(
        status="healthy" if healthy else "unhealthy",
        timestamp=datetime.now(UTC).isoformat(timespec="seconds"),
        checks=checks,
    )
