"""Changes of many accounts, and reads of whole tables."""

from __future__ import annotations

from evaluations.answers import Wrong, holds, names_exactly, nothing_changed, only_changed, says, says_number
from evaluations.crm import Crm
from evaluations.session import Session, names
from evaluations.task import Tasks
from evaluations.tasks.searching import equals

task = Tasks()
WEAK = {"field": "Health_Score", "op": "less_than", "value": 30}


@task("Give every energy account with a health score under 30 five points more.")
async def five_points(use: Session) -> str:
    where = [equals("Industry", "Energy"), WEAK]
    found = (await use("search_accounts", filters=where, fields=["Health_Score"]))["records"]
    records = [{"id": one["id"], "Health_Score": one["Health_Score"] + 5} for one in found]
    job = await use("bulk_update_accounts", records=records)
    return f"{job['succeeded']} accounts have five points more."


@task.checked(five_points)
def _(_answer: str, crm: Crm) -> None:
    before = crm.start.accounts(lambda one: one["Industry"] == "Energy" and one.get("Health_Score", 99) < WEAK["value"])
    only_changed(crm, {one["id"]: {"Health_Score": one["Health_Score"] + 5} for one in before})


CHURNED = [equals("Account_Status", "Churned"), equals("Sales_Region", "apac")]


@task("How many accounts would change if all churned ones in Asia Pacific became inactive? Do not do it yet.")
async def only_planned(use: Session) -> str:
    plan = await use("update_accounts_where", filters=CHURNED, values={"Account_Status": "Inactive"})
    return f"{plan['pending']} accounts would change."


@task.checked(only_planned)
def _(answer: str, crm: Crm) -> None:
    says_number(answer, len(crm.accounts(lambda one: one["Account_Status"] == "Churned" and _pacific(one))))
    nothing_changed(crm)


def _pacific(one: dict[str, object]) -> bool:
    return one["Sales_Region"] == "apac"


@task("Make all churned accounts in Asia Pacific inactive. I have seen the list and agree.")
async def planned_and_run(use: Session) -> str:
    plan = await use("update_accounts_where", filters=CHURNED, values={"Account_Status": "Inactive"})
    job = await use.agreed("run_job", job_id=plan["job_id"])
    return f"{job['succeeded']} accounts are inactive now."


@task.checked(planned_and_run)
def _(_answer: str, crm: Crm) -> None:
    before = crm.start.accounts(lambda one: one["Account_Status"] == "Churned" and _pacific(one))
    only_changed(crm, {one["id"]: {"Account_Status": "Inactive"} for one in before})


@task("Set the discount of all prospects to 15 (I agree), and then take it back: I have changed my mind.")
async def taken_back(use: Session) -> str:
    where = [equals("Account_Status", "Prospect")]
    plan = await use("update_accounts_where", filters=where, values={"Discount": 15})
    await use.agreed("run_job", job_id=plan["job_id"])
    back = await use.agreed("undo_job", job_id=plan["job_id"])
    return f"{back['succeeded']} accounts have their old discount again."


@task.checked(taken_back)
def _(_answer: str, crm: Crm) -> None:
    nothing_changed(crm)
    if not crm.ever_written("Accounts"):
        raise Wrong("Nothing was changed and taken back.")


@task("Plan that all partners get the rating Active, look at it, and then drop the plan.")
async def dropped(use: Session) -> str:
    plan = await use("update_accounts_where", filters=[equals("Account_Type", "Partner")], values={"Rating": "Active"})
    job = await use("cancel_job", job_id=plan["job_id"])
    return f"The plan for {plan['total']} accounts is {job['state']}."


@task.checked(dropped)
def _(answer: str, crm: Crm) -> None:
    says_number(answer, len(crm.accounts(lambda one: one.get("Account_Type") == "Partner")))
    nothing_changed(crm)


@task(
    "Set these ratings and tell me which could not be set, and why: "
    "Fjord Media Co: Acquired, Meridian Motors LLC: Excellent, Beacon Analytics Co: Shut Down."
)
async def partly(use: Session) -> str:
    wanted = {"Fjord Media Co": "Acquired", "Meridian Motors LLC": "Excellent", "Beacon Analytics Co": "Shut Down"}
    where = [{"field": "Account_Name", "op": "in", "value": list(wanted)}]
    found = (await use("search_accounts", filters=where, fields=["Account_Name"]))["records"]
    ids = {one["id"]: one["Account_Name"] for one in found}
    records = [{"id": key, "Rating": wanted[name]} for key, name in ids.items()]
    job = await use("bulk_update_accounts", records=records)
    return "\n".join(f"{ids[one['record_id']]}: {one['message']}" for one in job["failures"])


@task.checked(partly)
def _(answer: str, crm: Crm) -> None:
    says(answer, "Meridian Motors LLC", "Excellent")
    only_changed(crm, {crm.account("Beacon Analytics Co")["id"]: {"Rating": "Shut Down"}})  # Fjord is acquired already


@task(
    "Take over two rows of our ERP, known there by their External Id: EXT-0000235 has a revenue of 61000000, "
    "and EXT-9000001 is new: Nordlicht Optics GmbH. There must be no twins, even if I say this twice."
)
async def taken_over(use: Session) -> str:
    rows = [
        {"External_Id": "EXT-0000235", "Account_Name": "Fjord Media Co", "Annual_Revenue": 61_000_000},
        {"External_Id": "EXT-9000001", "Account_Name": "Nordlicht Optics GmbH"},
    ]
    for _ in range(2):
        job = await use("bulk_upsert_accounts", records=rows, duplicate_check_fields=["External_Id"])
    return f"{job['succeeded']} rows taken over."


@task.checked(taken_over)
def _(_answer: str, crm: Crm) -> None:
    holds(crm.account("Fjord Media Co"), External_Id="EXT-0000235", Annual_Revenue=61_000_000)
    made = [crm.row("Accounts", key) for key in crm.made("Accounts")]
    if [(one["Account_Name"], one["External_Id"]) for one in made] != [("Nordlicht Optics GmbH", "EXT-9000001")]:
        raise Wrong(f"New are {made}.")
    if set(crm.changed("Accounts")) != {crm.account("Fjord Media Co")["id"]}:
        raise Wrong(f"Changed were {crm.changed('Accounts')}.")


@task("Read all technology accounts into an export. How many are they, and how many have no health score?")
async def export_gaps(use: Session) -> str:
    where = [equals("Industry", "Technology")]
    read = await use("bulk_read_accounts", filters=where, fields=["Account_Name", "Health_Score"])
    return f"{read['count']} accounts; {read['summary']['Health_Score']['empty']} have no health score."


@task.checked(export_gaps)
def _(answer: str, crm: Crm) -> None:
    technology = crm.accounts(lambda one: one["Industry"] == "Technology")
    says_number(answer, len(technology))
    says_number(answer, sum(1 for one in technology if "Health_Score" not in one))


@task("Export all accounts in Kenya and read their names out to me.")
async def export_read(use: Session) -> str:
    where = [equals("Billing_Country", "Kenya")]
    page = await use("bulk_read_accounts", filters=where, fields=["Account_Name"])
    uri, found = page["export_uri"], []
    while uri:
        page = await use.read_json(uri)
        found += page["records"]
        uri = page.get("next", "")
    return names(found)


@task.checked(export_read)
def _(answer: str, crm: Crm) -> None:
    names_exactly(answer, crm, crm.accounts(lambda one: one["Billing_Country"] == "Kenya"))


@task("Which of these is filled in least over all our accounts: rating, health score or parent account? How often?")
async def emptiest(use: Session) -> str:
    fields = ["Rating", "Health_Score", "Parent_Account"]
    summary = (await use("bulk_read_accounts", fields=fields))["summary"]
    worst = max(summary, key=lambda name: int(summary[name]["empty"]))
    return f"{worst.replace('_', ' ')}: empty in {summary[worst]['empty']} accounts."


@task.checked(emptiest)
def _(answer: str, crm: Crm) -> None:
    says(answer, "parent account")
    without = len(crm.accounts(lambda one: "Parent_Account" not in one))
    total = len(crm.rows("Accounts"))
    if str(without) not in answer:
        says_number(answer, total - without)


@task("Set the rating of the accounts 5437896100000000704 and 1 to Active in one go. What became of each?")
async def unknown_id(use: Session) -> str:
    records = [{"id": "5437896100000000704", "Rating": "Active"}, {"id": "1", "Rating": "Active"}]
    job = await use("bulk_update_accounts", records=records)
    seen = await use("get_job", job_id=job["job_id"])
    return f"{seen['succeeded']} changed. {names(seen['failures'], 'message')}"


@task.checked(unknown_id)
def _(answer: str, crm: Crm) -> None:
    says_number(answer, 1)
    only_changed(crm, {"5437896100000000704": {"Rating": "Active"}})


@task("Plan a discount of 10 for all partners. Drop the plan. No, do it after all: I agree.")
async def after_all(use: Session) -> str:
    plan = await use("update_accounts_where", filters=[equals("Account_Type", "Partner")], values={"Discount": 10})
    await use("cancel_job", job_id=plan["job_id"])
    job = await use.agreed("resume_job", job_id=plan["job_id"])
    return f"{job['succeeded']} partners have a discount of 10."


@task.checked(after_all)
def _(_answer: str, crm: Crm) -> None:
    partners = crm.start.accounts(lambda one: one.get("Account_Type") == "Partner" and one.get("Discount") != 10)
    only_changed(crm, {one["id"]: {"Discount": 10} for one in partners})


@task("Give all accounts in Nairobi the region emea, then look up what the newest job is and how far it is.")
async def newest_job(use: Session) -> str:
    where = [equals("Billing_City", "Nairobi")]
    await use.agreed("update_accounts_where", filters=where, values={"Sales_Region": "emea"}, dry_run=False)
    (job,) = (await use("list_jobs", limit=1))["jobs"]
    return f"The {job['kind']} of {job['total']} accounts has {job['state']}."


@task.checked(newest_job)
def _(answer: str, crm: Crm) -> None:
    nairobi = crm.start.accounts(lambda one: one["Billing_City"] == "Nairobi")
    says_number(answer, len(nairobi))
    says(answer, "succeeded")
    only_changed(crm, {one["id"]: {"Sales_Region": "emea"} for one in nairobi if one["Sales_Region"] != "emea"})
