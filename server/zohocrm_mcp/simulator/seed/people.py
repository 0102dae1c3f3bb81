"""Generated leads and contacts."""

from __future__ import annotations

from collections.abc import Sequence

from zohocrm_mcp.simulator.metadata import people as names
from zohocrm_mcp.simulator.metadata.accounts import INDUSTRIES
from zohocrm_mcp.simulator.metadata.ids import org_id
from zohocrm_mcp.simulator.seed import words
from zohocrm_mcp.simulator.seed.accounts import address_columns, company_name, phone, slug
from zohocrm_mcp.simulator.seed.base import Base
from zohocrm_mcp.simulator.seed.mix import Column, choose, days, magnitudes, salt_of, sometimes
from zohocrm_mcp.simulator.seed.spread import Spread

FIRST_LEAD = 300_000_000_003
FIRST_CONTACT = 200_000_000_002
CONTACTS_PER_ACCOUNT = (1, 2, 0, 3, 1, 1, 4, 0, 2, 1)


def _person(seed: int, module: str, company: Column, users: Sequence[int]) -> dict[str, Column]:
    first = choose(words.FIRST_NAMES, salt_of(seed, f"{module}.First_Name"))
    last = choose(words.LAST_NAMES, salt_of(seed, f"{module}.Last_Name"))
    owner = choose(users, salt_of(seed, f"{module}.Owner"))

    def email(index: int) -> str:
        return f"{first(index)}.{last(index)}.{index}@{slug(str(company(index)))}.example".lower()

    return {
        "Owner": owner,
        "Created_By": owner,
        "Modified_By": owner,
        "First_Name": first,
        "Last_Name": last,
        "Email": email,
        "Salutation": choose(names.SALUTATIONS, salt_of(seed, f"{module}.Salutation")),
        "Phone": phone(salt_of(seed, f"{module}.Phone")),
        "Mobile": sometimes(phone(salt_of(seed, f"{module}.Mobile")), 50, 3),
        "Lead_Source": choose(names.LEAD_SOURCES, salt_of(seed, f"{module}.Lead_Source")),
        "Email_Opt_Out": choose((False, False, True), salt_of(seed, f"{module}.Email_Opt_Out")),
    }


def lead_base(seed: int, count: int, users: Sequence[int]) -> Base:
    base = Base(count, org_id(FIRST_LEAD), salt=salt_of(seed, "Leads"))
    company = company_name(salt_of(seed, "Leads.Company"))
    base.columns |= _person(seed, "Leads", company, users) | {
        "Company": company,
        "Designation": choose(words.TITLES, salt_of(seed, "Leads.Designation")),
        "Lead_Status": choose(names.LEAD_STATUSES, salt_of(seed, "Leads.Lead_Status")),
        "Industry": choose(INDUSTRIES, salt_of(seed, "Leads.Industry")),
        "Annual_Revenue": magnitudes(50_000, 20_000_000, salt_of(seed, "Leads.Annual_Revenue")),
    }
    return base


def contact_base(seed: int, accounts: Base, users: Sequence[int]) -> tuple[Base, Spread]:
    spread = Spread(accounts, CONTACTS_PER_ACCOUNT)
    base = Base(spread.count, org_id(FIRST_CONTACT), salt=salt_of(seed, "Contacts"))
    name = accounts.columns["Account_Name"]
    base.columns |= _person(seed, "Contacts", lambda index: name(spread.parent_index(index)), users)
    base.columns |= address_columns("Mailing", seed) | {
        "Account_Name": spread.parent_id,
        "Title": choose(words.TITLES, salt_of(seed, "Contacts.Title")),
        "Department": choose(words.DEPARTMENTS, salt_of(seed, "Contacts.Department")),
        "Date_of_Birth": sometimes(days(-22_000, -9_000, salt_of(seed, "Contacts.Date_of_Birth")), 30, 5),
    }
    base.children["Account_Name"] = spread.children
    return base, spread
