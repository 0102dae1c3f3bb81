"""Leads and Contacts."""

from __future__ import annotations

from zohocrm_mcp.simulator.metadata.accounts import INDUSTRIES
from zohocrm_mcp.simulator.metadata.common import Module, RelatedList, address, audit_fields, owner
from zohocrm_mcp.simulator.metadata.field import Field, lookup, make, picklist, system, text

SALUTATIONS = ["Mr.", "Mrs.", "Ms.", "Dr.", "Prof."]
LEAD_SOURCES = [
    "Advertisement",
    "Cold Call",
    "Employee Referral",
    "External Referral",
    "Online Store",
    "Partner",
    "Public Relations",
    "Seminar Partner",
    "Trade Show",
    "Web Research",
]
LEAD_STATUSES = ["Attempted to Contact", "Contact in Future", "Contacted", "Lost Lead", "Not Contacted", "Qualified"]


def person_fields(label: str) -> list[Field]:
    return [
        owner(label),
        picklist("Salutation", SALUTATIONS, length=25),
        text("First_Name", length=40, ui_type=27),
        text("Last_Name", length=80, ui_type=127, mandatory=True),
        system("text", "Full_Name"),
        make("email", "Email"),
        make("phone", "Phone"),
        make("phone", "Mobile"),
        picklist("Lead_Source", LEAD_SOURCES),
        make("boolean", "Email_Opt_Out"),
        make("textarea", "Description"),
    ]


def leads() -> Module:
    own = [
        text("Company", length=200, mandatory=True),
        text("Designation", "Title", 100),
        picklist("Lead_Status", LEAD_STATUSES),
        picklist("Industry", INDUSTRIES),
        make("currency", "Annual_Revenue", decimals=2),
    ]
    related = [
        RelatedList("Notes", "Notes", "Notes", "Parent_Id"),
        RelatedList("Tasks", "Open Tasks", "Tasks", "What_Id"),
    ]
    return Module(
        "Leads",
        "Lead",
        "Leads",
        2175,
        "Leads",
        "Full_Name",
        [*person_fields("Lead"), *own, *audit_fields("Lead")],
        related,
        duplicate_field="Email",
        layout_suffix=91055,
    )


def contacts() -> Module:
    own = [
        lookup("Account_Name", "Accounts", ui_type=4, related_name="Contacts"),
        text("Title", length=100),
        text("Department", length=50),
        make("date", "Date_of_Birth"),
        lookup("Reporting_To", "Contacts"),
        *address("Mailing"),
    ]
    related = [
        RelatedList("Notes", "Notes", "Notes", "Parent_Id"),
        RelatedList("Deals", "Deals", "Deals", "Contact_Name"),
        RelatedList("Tasks", "Open Tasks", "Tasks", "Who_Id"),
    ]
    return Module(
        "Contacts",
        "Contact",
        "Contacts",
        2179,
        "Contacts",
        "Full_Name",
        [*person_fields("Contact"), *own, *audit_fields("Contact")],
        related,
        duplicate_field="Email",
        layout_suffix=91033,
    )
