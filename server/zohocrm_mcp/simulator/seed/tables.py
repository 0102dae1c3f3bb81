"""All modules filled with generated records."""

from __future__ import annotations

from collections.abc import Sequence

from zohocrm_mcp.simulator.metadata.ids import org_id
from zohocrm_mcp.simulator.seed import activities, people, sales
from zohocrm_mcp.simulator.seed.accounts import account_base
from zohocrm_mcp.simulator.seed.base import Base
from zohocrm_mcp.simulator.seed.derived import DERIVED
from zohocrm_mcp.simulator.store.table import Table

FIRST_ATTACHMENT = 740_000_000_001


def tables(seed: int, count: int, users: Sequence[int]) -> dict[str, Table]:
    """A table for each module, around so many accounts."""
    accounts = account_base(seed, count, users)
    contacts, contact_spread = people.contact_base(seed, accounts, users)
    bases = {
        "Leads": people.lead_base(seed, max(count // 5, 1), users),
        "Contacts": contacts,
        "Accounts": accounts,
        "Deals": sales.deal_base(seed, accounts, contact_spread, contacts, users),
        "Products": sales.product_base(seed, users),
        "Projects": sales.project_base(seed, accounts, users),
        "Attachments": Base(0, org_id(FIRST_ATTACHMENT)),
    }
    bases |= {module: activities.activity_base(module, seed, accounts, users) for module in activities.PATTERNS}
    return {module: Table(base, DERIVED.get(module)) for module, base in bases.items()}
