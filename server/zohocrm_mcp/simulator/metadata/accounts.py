"""The Accounts module: the standard fields, and the custom ones of this organisation."""

from __future__ import annotations

from zohocrm_mcp.simulator.metadata.common import Module, RelatedList, address, audit_fields, owner
from zohocrm_mcp.simulator.metadata.field import Field, formula, lookup, make, picklist, system, text
from zohocrm_mcp.simulator.sources import guessed, known

ACCOUNT_TYPES = [
    "Analyst",
    "Competitor",
    "Customer",
    "Distributor",
    "Integrator",
    "Investor",
    "Other",
    "Partner",
    "Press",
    "Prospect",
    "Reseller",
    "Supplier",
    "Vendor",
]
INDUSTRIES = [
    "Technology",
    "Financial Services",
    "Manufacturing",
    "Consulting",
    "Education",
    "Real Estate",
    "Communications",
    "Healthcare",
    "Retail",
    "Energy",
    "Government",
    "Transportation",
]
OWNERSHIPS = ["Other", "Private", "Public", "Subsidiary", "Partnership", "Government"]
RATINGS = ["Acquired", "Active", "Market Failed", "Project Cancelled", "Shut Down"]
STATUSES = ["Active", "Inactive", "Prospect", "Churned", "On Hold"]
REGIONS = {"amer": "Americas", "emea": "Europe, Middle East and Africa", "apac": "Asia Pacific"}
INTERESTS = ["CRM", "Analytics", "Support", "Integration", "Training"]


@known("live Accounts record and Leads field answer", 2026)
@guessed("the full Industry list of a newer organisation; lengths of Account_Number and Ticker_Symbol")
def standard_fields() -> list[Field]:
    return [
        owner("Account"),
        text("Account_Name", length=200, mandatory=True),
        text("Account_Site", length=100),
        lookup("Parent_Account", "Accounts", ui_type=4, related_name="Child_Accounts"),
        make("bigint", "Account_Number", length=19),
        picklist("Account_Type", ACCOUNT_TYPES),
        picklist("Industry", INDUSTRIES),
        make("currency", "Annual_Revenue", decimals=2),
        picklist("Rating", RATINGS),
        make("phone", "Phone"),
        text("Fax", length=30, ui_type=35),
        make("website", "Website"),
        text("Ticker_Symbol", length=30),
        picklist("Ownership", OWNERSHIPS),
        make("integer", "Employees"),
        make("integer", "SIC_Code", "SIC Code"),
        *address("Billing"),
        *address("Shipping"),
        make("textarea", "Description"),
        system("profileimage", "Record_Image", "Account Image"),
    ]


def custom_fields() -> list[Field]:
    contract = (
        text("Product", length=120),
        make("integer", "Quantity"),
        make("currency", "List_Price", decimals=2),
        make("date", "Starts_On", "Starts On"),
    )
    return [
        picklist("Account_Status", STATUSES, custom=True, layout_mandatory=False),
        make("integer", "Health_Score", custom=True),
        make("date", "Last_Engagement_Date", custom=True),
        make(
            "multiselectpicklist",
            "Product_Interests",
            values=[(value, value) for value in INTERESTS],
            custom=True,
        ),
        picklist("Sales_Region", REGIONS, custom=True),
        text("External_Id", "External Id", 50, unique=True, custom=True),
        formula("Revenue_per_Employee", "Revenue per Employee", "currency", "double"),
        formula("Account_Label", "Account Label", "string", "string"),
        make("percent", "Discount", custom=True),
        make("boolean", "Newsletter", custom=True),
        make("userlookup", "Success_Manager", custom=True),
        make("subform", "Contracts", columns=contract, custom=True),
    ]


@guessed("API name of the list of child accounts")
def related_lists() -> list[RelatedList]:
    return [
        RelatedList("Notes", "Notes", "Notes", "Parent_Id"),
        RelatedList("Attachments", "Attachments", "Attachments", "Parent_Id"),
        RelatedList("Deals", "Deals", "Deals", "Account_Name"),
        RelatedList("Contacts", "Contacts", "Contacts", "Account_Name"),
        RelatedList("Tasks", "Open Tasks", "Tasks", "What_Id"),
        RelatedList("Events", "Meetings", "Events", "What_Id"),
        RelatedList("Calls", "Calls", "Calls", "What_Id"),
        RelatedList("Child_Accounts", "Member Accounts", "Accounts", "Parent_Account"),
        RelatedList("Projects", "Projects", "Projects", "Account"),
    ]


def accounts() -> Module:
    return Module(
        "Accounts",
        "Account",
        "Accounts",
        2177,
        "Accounts",
        "Account_Name",
        [*standard_fields(), *custom_fields(), *audit_fields("Account")],
        related_lists(),
        duplicate_field="Account_Name",
        layout_suffix=91029,
    )
