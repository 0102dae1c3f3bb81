"""Everything one simulator holds: the organisation, its records, tokens, limits, faults and log."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from zohocrm_mcp.simulator.bulk.jobs import Jobs
from zohocrm_mcp.simulator.bulk.tokens import BulkTokens
from zohocrm_mcp.simulator.clock import Clock
from zohocrm_mcp.simulator.faults import Faults
from zohocrm_mcp.simulator.limits import Limits
from zohocrm_mcp.simulator.log import Counters, RequestLog
from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.metadata.ids import org_id
from zohocrm_mcp.simulator.metadata.schema import Schema
from zohocrm_mcp.simulator.oauth.codes import Codes
from zohocrm_mcp.simulator.oauth.datacentres import DATA_CENTRES
from zohocrm_mcp.simulator.oauth.devices import Devices
from zohocrm_mcp.simulator.oauth.scopes import ALL_SCOPES
from zohocrm_mcp.simulator.oauth.tokens import Client, Tokens
from zohocrm_mcp.simulator.org import Org
from zohocrm_mcp.simulator.records.mass import MassJob
from zohocrm_mcp.simulator.records.tokens import PageTokens
from zohocrm_mcp.simulator.seed.tables import tables
from zohocrm_mcp.simulator.settings import Settings
from zohocrm_mcp.simulator.sources import known
from zohocrm_mcp.simulator.store.conditions import Reader
from zohocrm_mcp.simulator.store.paths import follow
from zohocrm_mcp.simulator.store.reference import Reference
from zohocrm_mcp.simulator.store.shadows import Shadows
from zohocrm_mcp.simulator.tags import Tags
from zohocrm_mcp.simulator.users import Users

REDIRECT_URI = "http://127.0.0.1:8085/callback"
FIRST_NEW_ID = 950_000_000_000


class State:
    """One organisation behind one accounts server; ``api_url`` is set when the server listens."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.initial = settings, replace(settings)
        self.api_url = ""
        self.clock = Clock()
        self.faults = Faults()
        self.counters = Counters()
        self.log = RequestLog(settings.log_size)
        self.users = Users()
        self.limits = Limits(settings, self.clock, len(self.users.active), self.counters)
        self.jobs = Jobs(self.clock, settings)
        self.reset_data()
        self.reset_tokens()

    def reset_data(self) -> None:
        """The organisation as it was at the start."""
        self.org, self.schema, self.tags = Org(), Schema(), Tags()
        self.schema_changes: list[tuple[str, dict[str, Any]]] = []
        self.tables = tables(self.settings.seed, self.settings.accounts, [user.id for user in self.users.active])
        self.page_tokens = PageTokens(self.clock)
        self.shadows = Shadows(self.clock, self.settings)
        self.jobs.close()
        self.jobs, self.bulk_tokens = Jobs(self.clock, self.settings), BulkTokens()
        self.downloads: list[float] = []
        self.mass_jobs: dict[int, MassJob] = {}
        self.files: dict[int, bytes] = {}
        self.photos: dict[Reference, bytes] = {}
        self.last_id = FIRST_NEW_ID

    def reset_tokens(self) -> None:
        """A fresh accounts server with one client, one refresh token and one access token."""
        digest = hashlib.sha256(f"client/{self.settings.seed}".encode()).hexdigest()
        self.client = Client(f"1000.{digest[:30].upper()}", digest[:42], redirect_uris=[REDIRECT_URI])
        self.clients = {self.client.id: self.client}
        self.tokens = Tokens(self.clock, self.settings.seed)
        self.refresh_token = self.tokens.grant(self.client.id, self.users.current.id, ALL_SCOPES)
        self.access_token = self.tokens.issue(self.refresh_token, counted=False)
        self.codes = Codes(self.clock, self.tokens)
        self.devices = Devices(self.clock, self.tokens)

    @known("Zoho accounts docs: the redirect names location and accounts-server, the token answer api_domain")
    def location(self) -> tuple[str, str]:
        """The data centre's short name and its accounts server: this simulator unless ``zoho_domains``."""
        centre = DATA_CENTRES[self.settings.datacentre]
        return centre.location, centre.accounts if self.settings.zoho_domains else self.api_url

    def api_domain(self) -> str:
        return DATA_CENTRES[self.settings.datacentre].api if self.settings.zoho_domains else self.api_url

    def path_reader(self, module: Module) -> Callable[[str], Reader]:
        """Readers of a module's fields by name, following dotted lookups."""
        return lambda path: follow(self, module, path.split("."))

    def remember(self, module: str, record_id: int, *, existed: bool) -> None:
        """Keep what a search still sees of a record that is about to change."""
        self.shadows.keep(module, self.tables[module], record_id, existed=existed)

    def new_id(self) -> int:
        self.last_id += 1
        return org_id(self.last_id)
