"""The checks behind ``doctor`` and ``check_health``: each looks at one thing, and says what it saw or raises."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

import anyio.to_thread

from zohocrm_mcp.access.keys import open_keys
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections import scopes
from zohocrm_mcp.connections.certificates import days_left
from zohocrm_mcp.connections.finding import home_elsewhere
from zohocrm_mcp.connections.keyring import load_keyring
from zohocrm_mcp.connections.listing import listed
from zohocrm_mcp.connections.names import login_command
from zohocrm_mcp.connections.refusals import ELSEWHERE, Refusal
from zohocrm_mcp.connections.store import token_store
from zohocrm_mcp.db import migrate, owner
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import (
    InvalidInputError,
    NotAllowedError,
    UnavailableError,
    ZohoAuthError,
    ZohoConfigError,
    ZohoDatabaseError,
    ZohoError,
)
from zohocrm_mcp.models import Answer
from zohocrm_mcp.services.authentication.identity import identity_of
from zohocrm_mcp.services.health.clocks import skew
from zohocrm_mcp.services.health.limits import LimitsReport, report
from zohocrm_mcp.services.schema.service import SchemaService
from zohocrm_mcp.zoho.api import CrmApi
from zohocrm_mcp.zoho.opening import Opened, open_gateway

LEAST_DAYS = 14
MOST_SKEW_SECONDS = 60.0


class Probes:
    """One round of checks over one connection; ``close`` when it is done."""

    def __init__(self, settings: Settings, database: Database, connection: str, opened: Opened | None) -> None:
        self._settings, self._database, self._connection = settings, database, connection
        self._given, self._opened = opened, opened
        self._organisation = Answer(204, None)
        self._skew: float | None = None

    def close(self) -> None:
        """Close what this round has opened."""
        if self._opened and not self._given:
            self._opened.close()

    async def configuration(self) -> str:
        settings = self._settings
        where = f"{settings.environment} in {settings.data_centre.name} ({settings.region})"
        may = "reads only" if settings.read_only else "reads and writes"
        return f"{where}, {may}; toolsets {', '.join(settings.toolsets)}; data directory {settings.data_dir}."

    async def database(self) -> str:
        return await anyio.to_thread.run_sync(self._look_at_database)

    async def migrations(self) -> str:
        steps = await anyio.to_thread.run_sync(self._steps)
        pending = [f"{step.number:03d}_{step.name}" for step in steps if step.applied_at is None]
        if pending:
            raise ZohoDatabaseError(f"Not applied yet: {', '.join(pending)}.", hint="Run `zohocrm-mcp migrate`.")
        return f"All {len(steps)} are applied."

    async def key_ring(self) -> str:
        return await anyio.to_thread.run_sync(self._look_at_keys)

    async def certificates(self) -> str:
        hosts = {url.netloc for url in map(urlsplit, await self._urls()) if url.scheme == "https"}
        if not hosts or self._settings.proxy:
            return (
                "Calls go through a proxy: not looked at." if hosts else "Plain HTTP on this machine: there are none."
            )
        return "; ".join([await self._certificate(host) for host in sorted(hosts)]) + "."

    async def token_validity(self) -> str:
        opened = await self.opened()
        try:
            await anyio.to_thread.run_sync(opened.keeper.current, self._connection)
        except ZohoAuthError as error:
            raise await anyio.to_thread.run_sync(self._better, opened, error) from error
        minutes = await anyio.to_thread.run_sync(self._minutes_left)
        return f"The access token of {self._connection!r} is good for {minutes} minutes, and renewed before they end."

    async def api_access(self) -> str:
        opened = await self.opened()
        before = datetime.now(UTC)
        self._organisation = await CrmApi(opened.gateway).org()
        after = datetime.now(UTC)
        self._skew = skew(before, after, self._organisation.headers.get("date", ""))
        return f"{urlsplit(opened.row.api_url).netloc} answered in {(after - before).total_seconds() * 1000:.0f} ms."

    async def signed_in(self) -> str:
        user = await CrmApi((await self.opened()).gateway).users("CurrentUser")
        return str(identity_of(self._organisation, user))

    async def scopes(self) -> str:
        opened = await self.opened()
        held = await anyio.to_thread.run_sync(opened.keeper.current, self._connection)
        if not held.scopes:
            return await _try_scopes(CrmApi(opened.gateway))
        wanted = scopes.needed(self._settings)
        lacking = scopes.missing(held.scopes, wanted)
        if lacking:
            raise NotAllowedError(
                f"The sign-in lacks {', '.join(lacking)}.",
                hint=f"Run `{login_command(self._connection)}` to ask for them, or serve fewer toolsets.",
            )
        return f"All {len(wanted)} that the served toolsets need."

    async def api_limits(self) -> str:
        return str(await self.limits())

    async def clock(self) -> str:
        if self._skew is None:
            return "Zoho's answer carries no date to compare with."
        if abs(self._skew) > MOST_SKEW_SECONDS:
            raise ZohoConfigError(
                f"This machine's clock is {abs(self._skew):.0f} s {'ahead of' if self._skew > 0 else 'behind'} Zoho's.",
                hint="Let it be set over the network (`timedatectl set-ntp true`).",
            )
        return f"Within {max(1.0, abs(self._skew)):.0f} s of Zoho's."

    async def issuer(self) -> str:
        keys = open_keys(self._settings)
        try:
            count = await keys.renew()
        except UnavailableError as error:
            raise UnavailableError(
                error.message, hint="Check ZOHO_MCP_HTTP_ISSUER, and that this machine reaches it."
            ) from error
        finally:
            await keys.close()
        return f"{self._settings.http_issuer} answers, with {count} keys to check tokens by."

    async def denied_fields(self) -> str:
        schema = SchemaService(CrmApi((await self.opened()).gateway))
        for word in self._settings.fields_deny:
            module, _, field = word.partition(".")
            try:
                await schema.names(module, [field])
            except InvalidInputError as error:
                raise ZohoConfigError(
                    f"ZOHO_MCP_FIELDS_DENY names {word}, which keeps nothing away: {error.message}",
                    hint="Correct the name; everything else on the list is kept away.",
                    variable="ZOHO_MCP_FIELDS_DENY",
                ) from error
        return f"{', '.join(self._settings.fields_deny)}: kept away."

    async def limits(self) -> LimitsReport:
        finder = (await self.opened()).finder
        return await report(self._database, await anyio.to_thread.run_sync(finder.find))

    async def opened(self) -> Opened:
        """Return the gateway, opened when there is none yet."""
        if self._opened is None:
            self._opened = await anyio.to_thread.run_sync(
                open_gateway, self._settings, self._database, self._connection
            )
        return self._opened

    async def _urls(self) -> tuple[str, ...]:
        """Where calls go; where nobody is signed in, where they would go."""
        try:
            row = (await self.opened()).row
        except ZohoError:
            return self._settings.crm_url, self._settings.token_url, self._settings.content_url
        return row.api_url, row.token_url, row.upload_url

    def _steps(self) -> list[migrate.MigrationRow]:
        """Return the migrations. An empty database gets its tables here, as it would at the first start."""
        steps = migrate.status(self._database)
        if any(step.applied_at for step in steps):
            return steps
        owner.bring_up(self._settings, self._database)
        return migrate.status(self._database)

    def _look_at_database(self) -> str:
        with self._database.connection() as db:
            kind = "embedded" if self._settings.embedded else f"at {db.info.host}"
            return f"PostgreSQL {db.info.server_version // 10000}, {kind}."

    def _look_at_keys(self) -> str:
        ring = load_keyring(self._settings)
        with token_store(self._database) as db:
            used = {row.key_id for row in listed(db)}
        for one in used:
            ring.require(one)
        older = " Older keys are in use: `zohocrm-mcp keys rotate` moves on." if used - {ring.newest} else ""
        return f"{len(ring.keys)} from {ring.source}; everything stored opens.{older}"

    async def _certificate(self, host: str) -> str:
        days = await anyio.to_thread.run_sync(days_left, self._settings, host)
        if days < LEAST_DAYS:
            raise UnavailableError(
                f"The certificate of {host} ends in {days} days.", hint="Renew it, or ask whoever runs that host to."
            )
        return f"{host} for {days} days"

    def _minutes_left(self) -> int:
        with token_store(self._database) as db:
            return next((row.token_seconds for row in listed(db, self._connection)), 0) // 60

    def _better(self, opened: Opened, error: ZohoAuthError) -> Exception:
        """Name the data centre that knows the sign-in, where the one that was asked does not."""
        region = home_elsewhere(self._settings, opened.row, str(error.details.get("code")))
        return Refusal(f"{ELSEWHERE}{region}", 0.0).error(self._connection) if region else error


async def _try_scopes(api: CrmApi) -> str:
    """Zoho has not told the scopes: make the cheapest call for each that is easily forgotten."""
    await api.search("Accounts", word="zz", per_page=1)
    await api.coql("select id from Accounts where id is not null limit 1")
    await api.modules()
    return "Zoho has not told them; search, COQL and settings were tried and are allowed."
