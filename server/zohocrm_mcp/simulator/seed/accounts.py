"""Generated accounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from zohocrm_mcp.simulator.metadata import accounts as names
from zohocrm_mcp.simulator.metadata.ids import org_id
from zohocrm_mcp.simulator.seed import words
from zohocrm_mcp.simulator.seed.base import Base
from zohocrm_mcp.simulator.seed.mix import (
    Column,
    choose,
    days,
    magnitudes,
    mix,
    numbers,
    salt_of,
    sometimes,
    subset,
    weighted,
)

Salt = Callable[[str], int]
FIRST_ACCOUNT = 100_000_000_002
STATUS_SHARES = {"Active": 11, "Inactive": 3, "Prospect": 3, "Churned": 2, "On Hold": 1}
INDUSTRY_SHARES = {name: 6 if name == "Technology" else 1 for name in names.INDUSTRIES}
SITES = ("Headquarters", "Branch", "Plant", "Warehouse")


def company_name(salt: int) -> Column:
    """Names that never repeat: every combination once, then the same with a number."""
    first, second, forms = words.FIRST_PARTS, words.SECOND_PARTS, words.COMPANY_FORMS
    total = len(first) * len(second) * len(forms)

    def name(index: int) -> str:
        turn, place = divmod(index, total)
        place = (place * 7919 + salt) % total
        place, form = divmod(place, len(forms))
        a, b = divmod(place, len(second))
        number = f" {turn + 1}" if turn else ""
        return f"{first[a]} {second[b]}{number} {forms[form]}"

    return name


def slug(name: str) -> str:
    return "".join(letter for letter in name.lower().rpartition(" ")[0] if letter.isalnum())


def account_base(seed: int, count: int, users: Sequence[int]) -> Base:
    base = Base(count, org_id(FIRST_ACCOUNT), salt=salt_of(seed, "Accounts"))

    def salt(field: str) -> int:
        return salt_of(seed, f"Accounts.{field}")

    name = company_name(salt("Account_Name"))
    base.columns |= _standard(name, salt, users, base) | _address_columns(seed) | _custom(salt, users)
    base.children["Parent_Account"] = lambda parent: _children(base, parent)
    base.columns["Last_Activity_Time"] = base.columns["Modified_Time"]
    return base


def _standard(name: Column, salt: Salt, users: Sequence[int], base: Base) -> dict[str, Column]:
    return {
        "Owner": choose(users, salt("Owner")),
        "Created_By": choose(users, salt("Creator")),
        "Modified_By": choose(users, salt("Owner")),
        "Account_Name": name,
        "Account_Site": sometimes(choose(SITES, salt("Account_Site")), 30, salt("Phone")),
        "Account_Number": lambda index: mix(index, salt("SIC_Code")) if index % 4 == 0 else 0,
        "Account_Type": weighted({"Customer": 5, "Prospect": 3, "Partner": 1, "Vendor": 1}, salt("Account_Type"), 2),
        "Industry": weighted(INDUSTRY_SHARES, salt("Industry")),
        "Annual_Revenue": magnitudes(200_000, 400_000_000, salt("Annual_Revenue")),
        "Rating": weighted({"Active": 3, "Acquired": 1, "Market Failed": 1}, salt("Rating"), 5),
        "Phone": phone(salt("Phone")),
        "Website": lambda index: f"https://www.{slug(str(name(index)))}.example",
        "Ticker_Symbol": sometimes(lambda index: str(name(index))[:4].upper().strip(), 20, salt("Ticker_Symbol")),
        "Ownership": choose(names.OWNERSHIPS, salt("Ownership")),
        "Employees": numbers(5, 9_000, salt("Employees")),
        "SIC_Code": numbers(1000, 8999, salt("SIC_Code")),
        "Description": sometimes(choose(words.NOTE_TEXTS, salt("Description")), 40, salt("Owner")),
        "Parent_Account": lambda index: base.id_of(index - index % 10) if index % 10 in _DAUGHTERS else None,
    }


_DAUGHTERS = (7, 8)


def _children(base: Base, parent: int) -> list[int]:
    index = base.index_of(parent)
    if index is None or index % 10:
        return []
    return [index + offset for offset in _DAUGHTERS if index + offset < base.count]


def _custom(salt: Salt, users: Sequence[int]) -> dict[str, Column]:
    return {
        "Account_Status": weighted(STATUS_SHARES, salt("Account_Status")),
        "Health_Score": sometimes(numbers(5, 100, salt("Health_Score")), 92, salt("Phone")),
        "Last_Engagement_Date": sometimes(days(-400, 0, salt("Last_Engagement_Date")), 90, salt("Rating")),
        "Product_Interests": subset(names.INTERESTS, salt("Product_Interests")),
        "Sales_Region": choose(list(names.REGIONS), salt("Sales_Region")),
        "External_Id": lambda index: f"EXT-{index + 1:07d}",
        "Discount": sometimes(numbers(0, 30, salt("Discount")), 50, salt("Industry")),
        "Newsletter": choose((True, False, False), salt("Newsletter")),
        "Success_Manager": sometimes(choose(users, salt("Success_Manager")), 60, salt("Discount")),
        "Contracts": sometimes(_contracts(salt("Contracts")), 35, salt("Contracts")),
    }


def _contracts(salt: int) -> Column:
    product, start = choose(names.INTERESTS, salt), days(-700, -10, salt)

    def rows(index: int) -> object:
        return [
            {
                "id": org_id(900_000_000_000 + index * 4 + line),
                "Product": product(index + line * 101),
                "Quantity": 1 + mix(index, salt + line) % 40,
                "List_Price": float(20 + mix(index, salt - line) % 400),
                "Starts_On": start(index + line),
            }
            for line in range(1 + mix(index, salt) % 3)
        ]

    return rows


def phone(salt: int) -> Column:
    def number(index: int) -> str:
        digits = mix(index, salt)
        return f"+1 {200 + digits % 700}-555-{digits // 700 % 10_000:04d}"

    return number


def _address_columns(seed: int) -> dict[str, Column]:
    return address_columns("Billing", seed) | address_columns("Shipping", seed)


def address_columns(prefix: str, seed: int) -> dict[str, Column]:
    """Street, city, state, code and country that belong together."""
    salt = salt_of(seed, "City")

    def part(place: int) -> Column:
        return lambda index: words.CITIES[mix(index, salt) % len(words.CITIES)][place] or None

    def street(index: int) -> str:
        return f"{1 + mix(index, salt) % 250} {words.STREETS[mix(index, salt + 1) % len(words.STREETS)]} Street"

    places = {"City": part(0), "State": part(1), "Code": part(2), "Country": part(3), "Street": street}
    return {f"{prefix}_{name}": column for name, column in places.items()}
