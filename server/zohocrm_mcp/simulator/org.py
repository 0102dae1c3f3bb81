"""The organisation itself."""

from __future__ import annotations

from dataclasses import dataclass

from zohocrm_mcp.simulator.metadata.ids import org_id


@dataclass(slots=True)
class Org:
    """Company, ids and currency. ``zgid`` is what the upload header ``X-CRM-ORG`` wants."""

    id: int = org_id(480_000)
    zgid: str = "690004321"
    company_name: str = "Northwind Supply"
    kind: str = "production"
    currency: str = "USD"
    currency_symbol: str = "$"
