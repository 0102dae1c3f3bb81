"""What a simulator is told at its start, and the switches that may be turned while it runs."""

from __future__ import annotations

from dataclasses import dataclass

from zohocrm_mcp.simulator.oauth.datacentres import DATA_CENTRES
from zohocrm_mcp.simulator.sources import guessed, known


@known("Zoho CRM v8 docs, API limits")
@dataclass(frozen=True, slots=True)
class Edition:
    """Limits of a Zoho CRM edition: credits per rolling 24 h, calls at once per organisation."""

    credits: int
    per_user: int
    most: int | None
    concurrency: int

    def credits_per_day(self, users: int) -> int:
        total = self.credits + self.per_user * users
        return total if self.most is None else min(total, self.most)


EDITIONS = {
    "free": Edition(5_000, 0, 5_000, 5),
    "standard": Edition(50_000, 250, 100_000, 10),
    "professional": Edition(50_000, 500, 3_000_000, 15),
    "enterprise": Edition(50_000, 1_000, 5_000_000, 20),
    "ultimate": Edition(50_000, 2_000, None, 25),
}


@guessed("unknown field names in a write are ignored unless strict_unknown_fields")
@guessed("a pick list takes new values, as documented for v7, unless strict_picklists")
@known("live v8: a create without a field that its layout makes mandatory is refused", 2026)
@known("Zoho CRM v8 docs, status codes: 207 for a mixed outcome (partial_failure_status)")
@guessed("Bearer is refused unless accept_bearer")
@dataclass(slots=True)
class Settings:
    """Start values and switches; ``/_simulator/settings`` changes them while it runs."""

    accounts: int = 250
    seed: int = 1
    profile: str = "enterprise"
    latency_ms: float = 0
    datacentre: str = "us"
    zoho_domains: bool = False
    credits_per_day: int | None = None
    concurrency: int | None = None
    heavy_concurrency: int = 10
    enforce_limits: bool = True
    strict_unknown_fields: bool = False
    strict_picklists: bool = False
    layout_mandatory: bool = True
    partial_failure_status: int = 207
    accept_bearer: bool = False
    index_lag_seconds: float = 0
    bulk_job_seconds: float = 0.3
    bulk_read_rows: int = 200_000
    log_bodies: bool = True
    log_size: int = 20_000

    def __post_init__(self) -> None:
        if self.profile not in EDITIONS:
            raise ValueError(f"profile must be one of {', '.join(EDITIONS)}, not {self.profile!r}")
        if self.datacentre not in DATA_CENTRES:
            raise ValueError(f"datacentre must be one of {', '.join(DATA_CENTRES)}, not {self.datacentre!r}")

    @property
    def edition(self) -> Edition:
        return EDITIONS[self.profile]
