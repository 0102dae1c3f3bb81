"""Adding, changing and removing single records."""

from __future__ import annotations

from evaluations.answers import Wrong, made_one, nothing_changed, only_changed, says
from evaluations.crm import Crm
from evaluations.session import Session
from evaluations.task import Tasks

task = Tasks()
FJORD = "Fjord Media Co"


@task("Add Nordlicht Optics GmbH as a prospect: a healthcare company in Hamburg, Germany, with 45 employees.")
async def new_account(use: Session) -> str:
    values = {"Account_Name": "Nordlicht Optics GmbH", "Account_Status": "Prospect", "Industry": "Healthcare"}
    place = {"Billing_City": "Hamburg", "Billing_Country": "Germany", "Employees": 45}
    made = await use("create_account", values=values | place)
    return f"Added under the id {made['record_id']}."


@task.checked(new_account)
def _(_answer: str, crm: Crm) -> None:
    values = {"Account_Name": "Nordlicht Optics GmbH", "Account_Status": "Prospect", "Industry": "Healthcare"}
    made_one(crm, "Accounts", **values, Billing_City="Hamburg", Billing_Country="Germany", Employees=45)


@task("Make sure that Evergreen Holdings AG is in the CRM; add it only if it is not.")
async def no_twin(use: Session) -> str:
    return f"It is there already: {await use.account_id('Evergreen Holdings AG')}."


@task.checked(no_twin)
def _(answer: str, crm: Crm) -> None:
    says(answer, "there")
    nothing_changed(crm)


@task("Fjord Media Co: account status active, health score 85, last engagement on 18 October 2025.")
async def by_labels(use: Session) -> str:
    values = {"Account Status": "Active", "Health Score": 85, "Last Engagement Date": "2025-10-18"}
    changed = (await use("update_account", account_id=await use.account_id(FJORD), values=values))["changed"]
    return f"Changed: {', '.join(changed)}."


@task.checked(by_labels)
def _(_answer: str, crm: Crm) -> None:
    wanted = {"Health_Score": 85, "Last_Engagement_Date": "2025-10-18"}
    only_changed(crm, {crm.account(FJORD)["id"]: wanted})  # it is active already


@task("Put Fjord Media Co 'onhold'.")
async def wrong_value(use: Session) -> str:
    account = await use.account_id(FJORD)
    refused = await use.attempt("update_account", account_id=account, values={"Account_Status": "onhold"})
    nearest = refused["error"]["message"].rpartition("Did you mean '")[2].partition("'")[0]
    await use("update_account", account_id=account, values={"Account_Status": nearest})
    return f"Fjord Media Co is {nearest}."


@task.checked(wrong_value)
def _(_answer: str, crm: Crm) -> None:
    only_changed(crm, {crm.account(FJORD)["id"]: {"Account_Status": "On Hold"}})


@task("Set the tier of Fjord Media Co to gold, if there is such a field; tell me if not.")
async def no_such_field(use: Session) -> str:
    refused = await use.attempt("update_account", account_id=await use.account_id(FJORD), values={"Tier": "Gold"})
    return f"Not done: {refused['error']['message']}"


@task.checked(no_such_field)
def _(answer: str, crm: Crm) -> None:
    says(answer, "tier")
    nothing_changed(crm)


@task("The rating of Fjord Media Co is wrong: remove it.")
async def emptied(use: Session) -> str:
    await use("update_account", account_id=await use.account_id(FJORD), values={"Rating": None})
    return "It has no rating any more."


@task.checked(emptied)
def _(_answer: str, crm: Crm) -> None:
    only_changed(crm, {crm.account(FJORD)["id"]: {"Rating": None}})


@task("Fjord Media Co belongs to Walnut Industries Co now: make that its parent account.")
async def parent(use: Session) -> str:
    values = {"Parent_Account": "Walnut Industries Co"}
    await use("update_account", account_id=await use.account_id(FJORD), values=values)
    return "Done."


@task.checked(parent)
def _(_answer: str, crm: Crm) -> None:
    only_changed(crm, {crm.account(FJORD)["id"]: {"Parent_Account": crm.account("Walnut Industries Co")["id"]}})


@task("Hand Fjord Media Co over to Grace Mwangi.")
async def handed_over(use: Session) -> str:
    await use("update_account", account_id=await use.account_id(FJORD), values={"Owner": "Grace Mwangi"})
    return "Grace Mwangi owns it now."


@task.checked(handed_over)
def _(_answer: str, crm: Crm) -> None:
    only_changed(crm, {crm.account(FJORD)["id"]: {"Owner": crm.user("Grace Mwangi")}})


@task("Leave a note on Fjord Media Co, titled Renewal: They decide in January.")
async def note(use: Session) -> str:
    about = {"module": "Accounts", "record_id": await use.account_id(FJORD)}
    await use("add_note", **about, title="Renewal", content="They decide in January.")
    return "The note is there."


@task.checked(note)
def _(_answer: str, crm: Crm) -> None:
    account = crm.account(FJORD)["id"]
    made_one(crm, "Notes", Note_Title="Renewal", Note_Content="They decide in January.", Parent_Id=account)


@task("Jonas Weber (jonas.weber@fjordmedia.example) is new at Fjord Media Co. Add him to our contacts.")
async def new_contact(use: Session) -> str:
    person = {"First_Name": "Jonas", "Last_Name": "Weber", "Email": "jonas.weber@fjordmedia.example"}
    await use("create_record", module="Contacts", values={**person, "Account_Name": FJORD})
    return "Jonas Weber is a contact of Fjord Media Co."


@task.checked(new_contact)
def _(_answer: str, crm: Crm) -> None:
    person = {"First_Name": "Jonas", "Last_Name": "Weber", "Email": "jonas.weber@fjordmedia.example"}
    made_one(crm, "Contacts", **person, Account_Name=crm.account(FJORD)["id"])


@task("We have won the deal 'Fjord Media Co: New seats'. Keep that.")
async def won(use: Session) -> str:
    where = [{"field": "Deal_Name", "op": "equals", "value": "Fjord Media Co: New seats"}]
    found = await use("search_records", module="Deals", filters=where, fields=["Stage"])
    await use("update_record", module="Deals", record_id=found["records"][0]["id"], values={"Stage": "Closed Won"})
    return "The deal is won."


@task.checked(won)
def _(_answer: str, crm: Crm) -> None:
    (deal,) = [one for one in crm.rows("Deals") if one["Deal_Name"] == "Fjord Media Co: New seats"]
    if deal["Stage"] != "Closed Won" or set(crm.changed("Deals")) != {deal["id"]}:
        raise Wrong(f"The deal is at {deal['Stage']}, and changed were {sorted(crm.changed('Deals'))}.")


@task("Delete the account Granite Diagnostics Inc. Yes, I am sure.")
async def deleted(use: Session) -> str:
    await use.agreed("delete_account", account_id=await use.account_id("Granite Diagnostics Inc"))
    return "It is in the recycle bin."


@task.checked(deleted)
def _(_answer: str, crm: Crm) -> None:
    account = crm.start.account("Granite Diagnostics Inc")["id"]
    if crm.gone("Accounts") != {account}:
        raise Wrong(f"Deleted were {sorted(crm.gone('Accounts')) or 'none'}, wanted {account}.")


@task("What would happen if I deleted Granite Diagnostics Inc? Only tell me, do not do it.")
async def not_deleted(use: Session) -> str:
    asked = await use("delete_account", account_id=await use.account_id("Granite Diagnostics Inc"))
    return str(asked["preview"])


@task.checked(not_deleted)
def _(answer: str, crm: Crm) -> None:
    says(answer, "Granite Diagnostics Inc", "recycle bin")
    nothing_changed(crm)


@task("Hana Roy has left Fjord Media Co: delete that contact. I have thought about it.")
async def contact_deleted(use: Session) -> str:
    where = [{"field": "Email", "op": "equals", "value": "hana.roy.351@fjordmedia.example"}]
    found = await use("search_records", module="Contacts", filters=where, fields=["Full_Name"])
    await use.agreed("delete_record", module="Contacts", record_id=found["records"][0]["id"])
    return "The contact is in the recycle bin."


@task.checked(contact_deleted)
def _(_answer: str, crm: Crm) -> None:
    left = {one["id"] for one in crm.start.rows("Contacts") if one.get("Email") == "hana.roy.351@fjordmedia.example"}
    if crm.gone("Contacts") != left or crm.gone("Accounts"):
        raise Wrong(f"Deleted were {sorted(crm.gone('Contacts')) or 'none'}, wanted {sorted(left)}.")
