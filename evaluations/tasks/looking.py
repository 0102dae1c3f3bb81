"""One account from all sides, what hangs on it, and what the CRM itself is like."""

from __future__ import annotations

from evaluations.answers import names_exactly, nothing_changed, says, says_not, says_number
from evaluations.crm import Crm, Row
from evaluations.session import Session, names
from evaluations.task import Tasks

task = Tasks()
FJORD = "Fjord Media Co"


def on_account(crm: Crm, module: str, field: str, name: str = FJORD) -> list[Row]:
    account = crm.account(name)["id"]
    return [row for row in crm.rows(module) if row.get(field) == account]


@task("Brief me on Fjord Media Co: how healthy is it, whom do we know there, which deals and tasks are open?")
async def brief(use: Session) -> str:
    seen = await use("account_overview", account_id=await use.account_id(FJORD))
    deals, people = names(seen["deals"], "Deal_Name"), names(seen["contacts"], "Full_Name")
    return f"Health {seen['record']['Health_Score']}. {people}. {deals}. {names(seen['activities'], 'Subject')}"


@task.checked(brief)
def _(answer: str, crm: Crm) -> None:
    says_number(answer, crm.account(FJORD)["Health_Score"])
    says(answer, *[one["Full_Name"] for one in on_account(crm, "Contacts", "Account_Name")])
    open_deals = [one for one in on_account(crm, "Deals", "Account_Name") if not one["Stage"].startswith("Closed")]
    says(answer, *[one["Deal_Name"] for one in open_deals])
    says(answer, *[one["Subject"] for one in on_account(crm, "Tasks", "What_Id") if one["Status"] != "Completed"])
    nothing_changed(crm)


@task("Which deals have we ever had with Solstice Software Group, and at which stage are they?")
async def deals_of_one(use: Session) -> str:
    account = await use.account_id("Solstice Software Group")
    found = await use("get_related_records", module="Accounts", record_id=account, related_list="Deals")
    return "\n".join(f"{one['Deal_Name']}: {one['Stage']}" for one in found["records"]) or "None."


@task.checked(deals_of_one)
def _(answer: str, crm: Crm) -> None:
    for deal in on_account(crm, "Deals", "Account_Name", "Solstice Software Group"):
        says(answer, deal["Deal_Name"], deal["Stage"])


@task("What do our notes on Fjord Media Co say?")
async def read_notes(use: Session) -> str:
    account = await use.account_id(FJORD)
    found = await use("get_related_records", module="Accounts", record_id=account, related_list="Notes")
    return "\n".join(f"{one['Note_Title']}: {one['Note_Content']}" for one in found["records"])


@task.checked(read_notes)
def _(answer: str, crm: Crm) -> None:
    says(answer, *[one["Note_Content"] for one in on_account(crm, "Notes", "Parent_Id")])


@task("Which phone number do we have for Meridian Motors LLC?")
async def phone_number(use: Session) -> str:
    where = [{"field": "Account_Name", "op": "equals", "value": "Meridian Motors LLC"}]
    found = await use("search_accounts", filters=where, fields=["Phone"])
    return str(found["records"][0]["Phone"])


@task.checked(phone_number)
def _(answer: str, crm: Crm) -> None:
    says(answer, crm.account("Meridian Motors LLC")["Phone"])


@task("Which values can the status of an account have?")
async def statuses(use: Session) -> str:
    described = await use("describe_module", module="Accounts", fields=["Account_Status"])
    return ", ".join(described["fields"][0]["picklist"])


@task.checked(statuses)
def _(answer: str, _crm: Crm) -> None:
    says(answer, "Active", "Inactive", "Prospect", "Churned", "On Hold")
    says_not(answer, "Market Failed")


@task("What must I know at least to add an account to the CRM?")
async def required(use: Session) -> str:
    return ", ".join((await use.read_json("crm://accounts/schema"))["required"])


@task.checked(required)
def _(answer: str, _crm: Crm) -> None:
    if "account name" not in answer.lower():
        says(answer, "Account_Name")
    says_not(answer, "Annual_Revenue", "Annual Revenue")


@task("How long may the name of an account be?")
async def longest_name(use: Session) -> str:
    field = await use.read_json("crm://modules/Accounts/fields/Account_Name")
    return f"{field['max_length']} characters"


@task.checked(longest_name)
def _(answer: str, _crm: Crm) -> None:
    says_number(answer, 200)


@task("Have we got any modules of our own in the CRM?")
async def own_modules(use: Session) -> str:
    return ", ".join(one["label"] for one in (await use("list_modules"))["modules"] if one["custom"])


@task.checked(own_modules)
def _(answer: str, _crm: Crm) -> None:
    says(answer, "Project")
    says_not(answer, "Contact")


@task("How may I compare dates in a search? I would like to say 'the last 30 days'.")
async def date_words(use: Session) -> str:
    guide = await use.read("crm://guides/search")
    return next(line for line in guide.splitlines() if "last_30_days" in line and line.startswith("-"))


@task.checked(date_words)
def _(answer: str, _crm: Crm) -> None:
    says(answer, "last_30_days")


@task("How many API credits does our organisation get a day?", steady=False)
async def daily_credits(use: Session) -> str:
    return str((await use.read_json("crm://limits"))["credits"]["per_day"])


@task.checked(daily_credits)
def _(answer: str, crm: Crm) -> None:
    says_number(answer, crm.credits_a_day)


@task("Is the connection to Zoho all right, and as whom are you working there?", steady=False)
async def connection(use: Session) -> str:
    health = await use("check_health")
    return f"{health['status']}. {'. '.join(check['detail'] for check in health['checks'].values())}"


@task.checked(connection)
def _(answer: str, crm: Crm) -> None:
    says(answer, crm.signed_in)


@task("What is the account with the id 5437896100000000704 called, and in which city is it?")
async def by_id(use: Session) -> str:
    found = await use("get_account", account_id="5437896100000000704", fields=["Account_Name", "Billing_City"])
    return f"{found['record']['Account_Name']} in {found['record']['Billing_City']}"


@task.checked(by_id)
def _(answer: str, crm: Crm) -> None:
    account = crm.row("Accounts", "5437896100000000704")
    says(answer, account["Account_Name"], account["Billing_City"])


@task("Which three of our accounts were changed last?")
async def changed_last(use: Session) -> str:
    page = await use("get_accounts", sort_by="Modified_Time", sort_order="desc", limit=3, fields=["Account_Name"])
    return names(page["records"])


@task.checked(changed_last)
def _(answer: str, crm: Crm) -> None:
    newest = sorted(crm.rows("Accounts"), key=lambda one: -one["Modified_Time"])[:3]
    names_exactly(answer, crm, newest)


@task("What is the deal 5437896400000000631 worth, and when shall it close?")
async def deal_by_id(use: Session) -> str:
    fields = ["Amount", "Closing_Date"]
    found = await use("get_record", module="Deals", record_id="5437896400000000631", fields=fields)
    return f"{found['record']['Amount']}, on {found['record']['Closing_Date']}"


@task.checked(deal_by_id)
def _(answer: str, crm: Crm) -> None:
    deal = crm.row("Deals", "5437896400000000631")
    says_number(answer, deal["Amount"])
    year, _month, date = deal["Closing_Date"].split("-")
    says(answer, year, str(int(date)))
