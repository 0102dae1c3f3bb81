"""Counts, sums and groups, by counting and by COQL."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from evaluations.answers import nothing_changed, says, says_number
from evaluations.crm import Crm
from evaluations.session import Session
from evaluations.task import Tasks
from evaluations.tasks.searching import INDIA, equals

task = Tasks()
CLOSED = ("Closed Won", "Closed Lost")


@task("How many accounts do we have?")
async def how_many(use: Session) -> str:
    return f"{(await use('count_records'))['count']} accounts"


@task.checked(how_many)
def _(answer: str, crm: Crm) -> None:
    says_number(answer, len(crm.rows("Accounts")))


@task("How many active accounts do we have in India?")
async def active_in_india(use: Session) -> str:
    where = [equals("Account_Status", "Active"), equals("Billing_Country", "India")]
    return str((await use("count_records", filters=where))["count"])


@task.checked(active_in_india)
def _(answer: str, crm: Crm) -> None:
    fits = crm.accounts(lambda one: one["Account_Status"] == "Active" and one["Billing_Country"] == "India")
    says_number(answer, len(fits))
    nothing_changed(crm)


@task("How many of our contacts are at companies in technology?")
async def contacts_in_technology(use: Session) -> str:
    where = [equals("Account_Name.Industry", "Technology")]
    return str((await use("count_records", module="Contacts", filters=where))["count"])


@task.checked(contacts_in_technology)
def _(answer: str, crm: Crm) -> None:
    technology = {one["id"] for one in crm.accounts(lambda one: one["Industry"] == "Technology")}
    says_number(answer, sum(1 for one in crm.rows("Contacts") if one.get("Account_Name") in technology))


@task("How many accounts did we add to the CRM in 2024?")
async def added_in_2024(use: Session) -> str:
    year = [{"field": "Created_Time", "op": "between", "value": ["2024-01-01", "2024-12-31"]}]
    return str((await use("count_records", filters=year))["count"])


@task.checked(added_in_2024)
def _(answer: str, crm: Crm) -> None:
    fits = crm.accounts(lambda one: datetime.fromtimestamp(one["Created_Time"], INDIA).year == 2024)
    says_number(answer, len(fits))


@task("How many accounts do we have in each industry?")
async def by_industry(use: Session) -> str:
    query = "select Industry, COUNT(id) as 'accounts' from Accounts where id is not null group by Industry"
    rows = (await use("query_records", select_query=query))["records"]
    return "\n".join(f"{row['Industry']}: {row['accounts']}" for row in rows)


@task.checked(by_industry)
def _(answer: str, crm: Crm) -> None:
    for industry, count in Counter(one["Industry"] for one in crm.rows("Accounts")).items():
        (line,) = [line for line in answer.splitlines() if industry in line] or [""]
        says_number(line, count)


@task("What are all our open deals worth together?")
async def pipeline(use: Session) -> str:
    query = "select SUM(Amount) as 'total' from Deals where Stage not in ('Closed Won', 'Closed Lost')"
    return f"{(await use('query_records', select_query=query))['records'][0]['total']:,}"


@task.checked(pipeline)
def _(answer: str, crm: Crm) -> None:
    says_number(answer, sum(one["Amount"] for one in crm.rows("Deals") if one["Stage"] not in CLOSED))


@task("Which is our largest deal that is still open, with which account, and what is it worth?")
async def largest_deal(use: Session) -> str:
    query = (
        "select Deal_Name, Account_Name.Account_Name, Amount from Deals "
        "where Stage not in ('Closed Won', 'Closed Lost') order by Amount desc limit 1"
    )
    (deal,) = (await use("query_records", select_query=query))["records"]
    return f"{deal['Deal_Name']} with {deal['Account_Name.Account_Name']}: {deal['Amount']}"


@task.checked(largest_deal)
def _(answer: str, crm: Crm) -> None:
    deal = max((one for one in crm.rows("Deals") if one["Stage"] not in CLOSED), key=lambda one: float(one["Amount"]))
    says(answer, deal["Deal_Name"], crm.row("Accounts", deal["Account_Name"])["Account_Name"])
    says_number(answer, deal["Amount"])
