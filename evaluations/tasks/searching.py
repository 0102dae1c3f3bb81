"""Finding accounts: by conditions, words, numbers, dates, owners, lookups."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from evaluations.answers import in_order, names_exactly, nothing_changed, says
from evaluations.crm import Crm
from evaluations.session import Session, names
from evaluations.task import Tasks

task = Tasks()
INDIA = timezone(timedelta(hours=5, minutes=30))
"""The time zone of the user who is signed in."""


def equals(field: str, value: object) -> dict[str, object]:
    return {"field": field, "op": "equals", "value": value}


@task("Which technology accounts in Berlin have had no activity since June 2026?")
async def silent_technology(use: Session) -> str:
    silent = {"field": "Last_Activity_Time", "op": "less_than", "value": "2026-06-01"}
    filters = [equals("Industry", "Technology"), equals("Billing_City", "Berlin"), silent]
    return names((await use("search_accounts", filters=filters, fields=["Account_Name"]))["records"])


@task.checked(silent_technology)
def _(answer: str, crm: Crm) -> None:
    june = datetime(2026, 6, 1, tzinfo=INDIA).timestamp()
    fits = crm.accounts(
        lambda one: (
            one["Industry"] == "Technology" and one["Billing_City"] == "Berlin" and one["Last_Activity_Time"] < june
        )
    )
    names_exactly(answer, crm, fits)
    nothing_changed(crm)


@task("Name our five retail accounts with the highest revenue, the largest first.")
async def largest_retailers(use: Session) -> str:
    found = await use(
        "search_accounts",
        filters=[equals("Industry", "Retail")],
        sort_by="Annual_Revenue",
        sort_order="desc",
        limit=5,
        fields=["Account_Name", "Annual_Revenue"],
    )
    return names(found["records"])


@task.checked(largest_retailers)
def _(answer: str, crm: Crm) -> None:
    retail = crm.accounts(lambda one: one["Industry"] == "Retail")
    best = sorted(retail, key=lambda one: -one["Annual_Revenue"])[:5]
    names_exactly(answer, crm, best)
    in_order(answer, *[one["Account_Name"] for one in best])


@task("Which accounts have Robotics in their name?")
async def robotics(use: Session) -> str:
    where = [{"field": "Account Name", "op": "contains", "value": "Robotics"}]
    return names((await use("search_accounts", filters=where, fields=["Account Name"]))["records"])


@task.checked(robotics)
def _(answer: str, crm: Crm) -> None:
    names_exactly(answer, crm, crm.accounts(lambda one: "Robotics" in one["Account_Name"]))


@task("Search the whole CRM for the word Walnut: which accounts come up?")
async def word(use: Session) -> str:
    return names((await use("search_accounts", word="Walnut", fields=["Account_Name"]))["records"])


@task.checked(word)
def _(answer: str, crm: Crm) -> None:
    says(answer, *[one["Account_Name"] for one in crm.accounts(lambda one: "Walnut" in one["Account_Name"])])


@task("Somebody called from +1 806-555-5650. Which account is that?")
async def caller(use: Session) -> str:
    return names((await use("search_accounts", phone="+1 806-555-5650", fields=["Account_Name"]))["records"])


@task.checked(caller)
def _(answer: str, crm: Crm) -> None:
    names_exactly(answer, crm, crm.accounts(lambda one: one.get("Phone") == "+1 806-555-5650"))


@task("For which company does hana.roy.351@fjordmedia.example work?")
async def employer(use: Session) -> str:
    found = await use("search_records", module="Contacts", email="hana.roy.351@fjordmedia.example")
    return str(found["records"][0]["Account_Name"]["name"])


@task.checked(employer)
def _(answer: str, crm: Crm) -> None:
    names_exactly(answer, crm, [crm.account("Fjord Media Co")])


@task("Which accounts are interested in both CRM and Training?")
async def interests(use: Session) -> str:
    both = [{"field": "Product_Interests", "op": "contains", "value": ["CRM", "Training"]}]
    return names((await use("search_accounts", filters=both, fields=["Account_Name"]))["records"])


@task.checked(interests)
def _(answer: str, crm: Crm) -> None:
    names_exactly(answer, crm, crm.accounts(lambda one: {"CRM", "Training"} <= set(one.get("Product_Interests", []))))


@task("Which energy accounts have no rating yet?")
async def unrated(use: Session) -> str:
    where = [equals("Industry", "Energy"), {"field": "Rating", "op": "is_empty"}]
    return names((await use("search_accounts", filters=where, fields=["Account_Name"]))["records"])


@task.checked(unrated)
def _(answer: str, crm: Crm) -> None:
    names_exactly(answer, crm, crm.accounts(lambda one: one["Industry"] == "Energy" and "Rating" not in one))


@task("Which accounts that are on hold does Meera Iyer own?")
async def on_hold_of_meera(use: Session) -> str:
    where = [equals("Owner", "Meera Iyer"), equals("Account_Status", "On Hold")]
    return names((await use("search_accounts", filters=where, fields=["Account_Name"]))["records"]) or "None."


@task.checked(on_hold_of_meera)
def _(answer: str, crm: Crm) -> None:
    meera = crm.user("Meera Iyer")
    names_exactly(answer, crm, crm.accounts(lambda one: one["Owner"] == meera and one["Account_Status"] == "On Hold"))


@task("Run this search as it is: ((Industry:equals:Education)and(Account_Status:equals:Active)). Who is found?")
async def own_criteria(use: Session) -> str:
    criteria = "((Industry:equals:Education)and(Account_Status:equals:Active))"
    return names((await use("search_accounts", criteria=criteria, fields=["Account_Name"]))["records"])


@task.checked(own_criteria)
def _(answer: str, crm: Crm) -> None:
    active = crm.accounts(lambda one: one["Industry"] == "Education" and one["Account_Status"] == "Active")
    names_exactly(answer, crm, active)


@task("List the names of all our technology accounts, without leaving one out.")
async def all_of_technology(use: Session) -> str:
    asked = {"filters": [equals("Industry", "Technology")], "fields": ["Account_Name"]}
    page = await use("search_accounts", **asked)
    found = page["records"]
    while page["more_records"]:
        page = await use("search_accounts", **asked, cursor=page["next_cursor"])
        found += page["records"]
    return names(found)


@task.checked(all_of_technology)
def _(answer: str, crm: Crm) -> None:
    names_exactly(answer, crm, crm.accounts(lambda one: one["Industry"] == "Technology"))


@task("Which accounts are subsidiaries of Evergreen Holdings AG?")
async def subsidiaries(use: Session) -> str:
    where = [equals("Parent_Account", "Evergreen Holdings AG")]
    return names((await use("search_accounts", filters=where, fields=["Account_Name"]))["records"])


@task.checked(subsidiaries)
def _(answer: str, crm: Crm) -> None:
    parent = crm.account("Evergreen Holdings AG")
    rest = answer.replace("Evergreen Holdings AG", "")
    names_exactly(rest, crm, crm.accounts(lambda one: one.get("Parent_Account") == parent["id"]))


@task("I have just spoken with Fjord Media Co. Keep that in the CRM, and tell me whom we have spoken with this week.")
async def spoken_this_week(use: Session) -> str:
    account, today = await use.account_id("Fjord Media Co"), datetime.now(INDIA).date()
    await use("update_account", account_id=account, values={"Last_Engagement_Date": today.isoformat()})
    where = [{"field": "Last_Engagement_Date", "op": "equals", "value": "this_week"}]
    return names((await use("search_accounts", filters=where, fields=["Account_Name"]))["records"])


@task.checked(spoken_this_week)
def _(answer: str, crm: Crm) -> None:
    today = datetime.now(UTC).date()
    near = {(today + timedelta(days=days)).isoformat() for days in (-1, 0, 1)}
    changed = crm.changed("Accounts")
    fjord = crm.account("Fjord Media Co")
    says(answer, "Fjord Media Co")
    if set(changed) != {fjord["id"]} or fjord["Last_Engagement_Date"] not in near:
        says(answer, f"an engagement of {today} with Fjord Media Co in the CRM")
