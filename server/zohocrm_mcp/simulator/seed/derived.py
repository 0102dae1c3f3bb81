"""Fields that are computed from others: names, formulas."""

from __future__ import annotations

from zohocrm_mcp.simulator.store.table import Derived


def _full_name(first: object, last: object) -> str:
    return " ".join(str(part) for part in (first, last) if part)


def _ratio(revenue: object, employees: object) -> float | None:
    if not isinstance(revenue, int | float) or not isinstance(employees, int) or not employees:
        return None
    return round(revenue / employees, 2)


def _label(name: object, industry: object) -> str:
    return f"{name} ({industry or 'no industry'})"


def _share(amount: object, percent: object) -> float | None:
    if not isinstance(amount, int | float) or not isinstance(percent, int | float):
        return None
    return round(amount * percent / 100, 2)


PERSON: Derived = {"Full_Name": (("First_Name", "Last_Name"), _full_name)}
DERIVED: dict[str, Derived] = {
    "Accounts": {
        "Revenue_per_Employee": (("Annual_Revenue", "Employees"), _ratio),
        "Account_Label": (("Account_Name", "Industry"), _label),
    },
    "Leads": PERSON,
    "Contacts": PERSON,
    "Deals": {
        "Expected_Revenue": (("Amount", "Probability"), _share),
        "Weighted_Amount": (("Amount", "Probability"), _share),
    },
}
