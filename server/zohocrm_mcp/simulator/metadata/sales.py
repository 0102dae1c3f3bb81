"""Deals, Products, and the custom module Projects."""

from __future__ import annotations

from zohocrm_mcp.simulator.metadata.common import Module, RelatedList, audit_fields, owner
from zohocrm_mcp.simulator.metadata.field import formula, lookup, make, picklist, system, text
from zohocrm_mcp.simulator.metadata.people import LEAD_SOURCES

STAGES = {
    "Qualification": 10,
    "Needs Analysis": 20,
    "Value Proposition": 40,
    "Identify Decision Makers": 60,
    "Proposal/Price Quote": 75,
    "Negotiation/Review": 90,
    "Closed Won": 100,
    "Closed Lost": 0,
}
PROJECT_STATUSES = ["Planned", "Running", "Done", "Stopped"]


def deals() -> Module:
    fields = [
        owner("Deal"),
        text("Deal_Name", length=120, mandatory=True),
        lookup("Account_Name", "Accounts", ui_type=4, related_name="Deals"),
        lookup("Contact_Name", "Contacts"),
        picklist("Stage", list(STAGES), mandatory=True),
        make("currency", "Amount", decimals=2),
        make("date", "Closing_Date"),
        make("integer", "Probability", "Probability (%)"),
        make("currency", "Expected_Revenue", decimals=2),
        picklist("Lead_Source", LEAD_SOURCES, layout_mandatory=True),
        picklist("Type", ["Existing Business", "New Business"]),
        text("Next_Step", length=100),
        make("textarea", "Description"),
        formula("Weighted_Amount", "Weighted Amount", "currency", "double"),
        *audit_fields("Deal"),
    ]
    related = [
        RelatedList("Notes", "Notes", "Notes", "Parent_Id"),
        RelatedList("Attachments", "Attachments", "Attachments", "Parent_Id"),
        RelatedList("Tasks", "Open Tasks", "Tasks", "What_Id"),
    ]
    return Module(
        "Deals",
        "Deal",
        "Deals",
        2181,
        "Potentials",
        "Deal_Name",
        fields,
        related,
        duplicate_field="Deal_Name",
        layout_suffix=91023,
    )


def products() -> Module:
    fields = [
        owner("Product"),
        text("Product_Name", length=200, mandatory=True),
        text("Product_Code", length=40, unique=True),
        make("boolean", "Product_Active"),
        picklist("Product_Category", ["Hardware", "Software", "CRM Applications", "Services"]),
        make("currency", "Unit_Price", decimals=2),
        make("textarea", "Description"),
        *audit_fields("Product"),
    ]
    return Module(
        "Products",
        "Product",
        "Products",
        2191,
        "Products",
        "Product_Name",
        fields,
        duplicate_field="Product_Name",
        layout_suffix=91019,
    )


def projects() -> Module:
    fields = [
        owner("Project"),
        text("Name", "Project Name", 120, mandatory=True),
        lookup("Account", "Accounts", custom=True, related_name="Projects"),
        picklist("Status", PROJECT_STATUSES, custom=True),
        make("date", "Start_Date", custom=True),
        make("double", "Hours", decimals=2, custom=True),
        system("autonumber", "Project_Number", custom=True),
        *audit_fields("Project"),
    ]
    return Module(
        "Projects",
        "Project",
        "Projects",
        480_001,
        "CustomModule1",
        "Name",
        fields,
        [RelatedList("Notes", "Notes", "Notes", "Parent_Id")],
        generated_type="custom",
        duplicate_field="Name",
        layout_suffix=480_101,
    )
