"""Generated deals, products and projects."""

from __future__ import annotations

from collections.abc import Sequence

from zohocrm_mcp.simulator.metadata.ids import org_id
from zohocrm_mcp.simulator.metadata.people import LEAD_SOURCES
from zohocrm_mcp.simulator.metadata.sales import PROJECT_STATUSES, STAGES
from zohocrm_mcp.simulator.seed.base import Base
from zohocrm_mcp.simulator.seed.mix import Column, choose, days, magnitudes, numbers, salt_of
from zohocrm_mcp.simulator.seed.spread import Spread

FIRST_DEAL = 400_000_000_001
FIRST_PRODUCT = 500_000_000_004
FIRST_PROJECT = 600_000_000_005
DEALS_PER_ACCOUNT = (1, 0, 2, 0, 1, 3, 0, 1, 0, 1)
PROJECTS_PER_ACCOUNT = (0, 0, 1, 0, 0, 2, 0, 0)
PRODUCTS = ("CRM Seats", "Analytics Add-on", "Support Plan", "Training Day", "Integration Pack", "Barcode Scanner")
DEAL_KINDS = ("Renewal", "New seats", "Pilot", "Upgrade", "Support plan")


def owned(users: Sequence[int], salt: int) -> dict[str, Column]:
    owner = choose(users, salt)
    return {"Owner": owner, "Created_By": owner, "Modified_By": owner}


def deal_base(seed: int, accounts: Base, contacts: Spread, contact_ids: Base, users: Sequence[int]) -> Base:
    spread = Spread(accounts, DEALS_PER_ACCOUNT)
    base = Base(spread.count, org_id(FIRST_DEAL), salt=salt_of(seed, "Deals"))
    stage = choose(list(STAGES), salt_of(seed, "Deals.Stage"))
    amount = magnitudes(2_000, 900_000, salt_of(seed, "Deals.Amount"), step=100)
    kind = choose(DEAL_KINDS, salt_of(seed, "Deals.Deal_Name"))
    company = accounts.columns["Account_Name"]

    def contact(index: int) -> int | None:
        people = list(contacts.children(spread.parent_id(index)))
        return contact_ids.id_of(people[0]) if people else None

    base.columns |= owned(users, salt_of(seed, "Deals.Owner")) | {
        "Deal_Name": lambda index: f"{company(spread.parent_index(index))}: {kind(index)}",
        "Account_Name": spread.parent_id,
        "Contact_Name": contact,
        "Stage": stage,
        "Probability": lambda index: STAGES[str(stage(index))],
        "Amount": amount,
        "Closing_Date": days(-200, 120, salt_of(seed, "Deals.Closing_Date")),
        "Lead_Source": choose(LEAD_SOURCES, salt_of(seed, "Deals.Lead_Source")),
        "Type": choose(("Existing Business", "New Business"), salt_of(seed, "Deals.Type")),
    }
    base.children["Account_Name"] = spread.children
    return base


def product_base(seed: int, users: Sequence[int]) -> Base:
    base = Base(len(PRODUCTS), org_id(FIRST_PRODUCT), salt=salt_of(seed, "Products"))
    base.columns |= owned(users, salt_of(seed, "Products.Owner")) | {
        "Product_Name": lambda index: PRODUCTS[index],
        "Product_Code": lambda index: f"P-{index + 1:03d}",
        "Product_Active": lambda _: True,
        "Product_Category": choose(("Software", "Services"), salt_of(seed, "Products.Category")),
        "Unit_Price": lambda index: float(40 + index * 35),
    }
    return base


def project_base(seed: int, accounts: Base, users: Sequence[int]) -> Base:
    spread = Spread(accounts, PROJECTS_PER_ACCOUNT)
    base = Base(spread.count, org_id(FIRST_PROJECT), salt=salt_of(seed, "Projects"))
    company = accounts.columns["Account_Name"]
    base.columns |= owned(users, salt_of(seed, "Projects.Owner")) | {
        "Name": lambda index: f"Roll-out at {company(spread.parent_index(index))}",
        "Account": spread.parent_id,
        "Status": choose(PROJECT_STATUSES, salt_of(seed, "Projects.Status")),
        "Start_Date": days(-300, 90, salt_of(seed, "Projects.Start_Date")),
        "Hours": numbers(8, 400, salt_of(seed, "Projects.Hours")),
        "Project_Number": lambda index: f"PRJ-{index + 1:05d}",
    }
    base.children["Account"] = spread.children
    return base
