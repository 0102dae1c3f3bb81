"""The apps in a real browser, with the official bridge as their host and ``serve --demo`` behind it: what they do."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from support.apps import COLUMNS, focused, needs_browser
from support.stage import Stage

pytestmark = needs_browser
ENTER, ESCAPE = "\ue007", "\ue00c"
NEW = count(10_001)
"""Numbers that no account holds yet."""


@pytest.fixture
def planned(shown: Stage) -> Any:
    """The plan of a change that has two failures, on the screen."""
    where = [{"field": "Industry", "op": "equals", "value": "Retail"}, {"field": "Health_Score", "op": "is_not_empty"}]
    first = shown.server.facts("search_accounts", filters=where, limit=4, fields=["Account_Name"])["records"]
    good = [{"id": one["id"], "Employees": next(NEW), "SIC_Code": next(NEW)} for one in first[:3]]
    bad = [{"id": first[3]["id"], "Account_Status": "Aktive"}, {"id": "5437896199999999999", "Rating": "Active"}]
    return shown.show("bulk_update_accounts", records=[*good, *bad], dry_run=True)


def plan_for(shown: Stage, city: str) -> Any:
    """Show the plan of a change by condition: to run it, a person must say yes."""
    where = [{"field": "Billing_City", "op": "equals", "value": city}]
    return shown.show("update_accounts_where", values={"Employees": 4711}, filters=where)


def test_the_host_is_told_who_it_is_and_how_high(shown: Stage, account: str) -> None:
    shown.show("account_overview", account_id=account)
    assert shown.host("return window.seen.app") == {"name": "account-card", "version": "1"}
    height = shown.browser.run("return document.body.getBoundingClientRect().height")
    last = "window.seen.sizes.at(-1)"
    wait = f"while (!(Math.abs({last} - a[0]) <= 1)) await new Promise(requestAnimationFrame); return {last}"
    assert shown.host(wait, height) == pytest.approx(height, abs=1)


def test_the_card_shows_what_the_answer_holds(shown: Stage, account: str) -> None:
    overview = shown.show("account_overview", account_id=account)
    text = shown.text()
    assert overview["record"]["Account_Name"] in text
    assert f"Open deals {overview['counts']['deals']}" in text
    for part, name in (("deals", "Deal_Name"), ("contacts", "Full_Name"), ("notes", "Note_Content")):
        assert all(one[name] in text for one in overview[part][:3])


def test_the_card_is_read_anew_through_the_host(shown: Stage, account: str) -> None:
    shown.show("account_overview", account_id=account)
    shown.server.call("update_account", account_id=account, values={"Employees": 7654})
    shown.browser.click("#refresh")
    shown.until_said("as it is now")
    assert shown.calls() == [{"name": "account_overview", "arguments": {"account_id": account}}]
    assert "7,654" in shown.text(".tiles")
    assert focused(shown) == "refresh"


def test_a_long_list_is_shown_in_full_when_somebody_wants_it(shown: Stage, account: str) -> None:
    answer = shown.server.call("account_overview", account_id=account)
    overview = answer["structuredContent"]
    notes = [{**overview["notes"][0], "Note_Title": f"Note {number}"} for number in range(5)]
    shown.show("account_overview", {**answer, "structuredContent": {**overview, "notes": notes}})
    assert "Note 4" not in shown.text()
    shown.browser.click("#more-notes")
    assert "Note 4" in shown.text()
    assert focused(shown) == "more-notes"


def test_a_part_that_could_not_be_read_is_named(shown: Stage, account: str) -> None:
    answer = shown.server.call("account_overview", account_id=account)
    overview = {**answer["structuredContent"], "problems": {"Notes": "No permission."}}
    shown.show("account_overview", {**answer, "structuredContent": overview})
    assert "Notes could not be read: No permission." in shown.text()


def test_of_a_part_that_could_not_be_read_nothing_is_counted(shown: Stage, account: str) -> None:
    answer = shown.server.call("account_overview", account_id=account)
    problems = dict.fromkeys(("Deals", "Tasks"), "No permission.")
    overview = {**answer["structuredContent"], "problems": problems, "deals": [], "activities": []}
    counts = {**overview["counts"], "deals": 0, "activities": 0}
    shown.show("account_overview", {**answer, "structuredContent": {**overview, "counts": counts}})
    words = " ".join(shown.text(".columns").split())
    assert "Open deals Could not be read." in words
    assert "Activities 0+" in words
    assert "Open deals" not in shown.text(".tiles")


def test_no_sum_is_told_of_deals_that_the_answer_does_not_hold(shown: Stage, account: str) -> None:
    answer = shown.server.call("account_overview", account_id=account)
    overview = answer["structuredContent"]
    deals = [{"id": str(number), "Deal_Name": f"Deal {number}", "Amount": 1_000} for number in range(10)]
    counts = {**overview["counts"], "deals": 24}
    shown.show("account_overview", {**answer, "structuredContent": {**overview, "deals": deals, "counts": counts}})
    figure = "return document.querySelector('.tile:nth-child(2) dd').firstChild.textContent"
    assert shown.browser.run(figure) == "24"
    assert "10k in the first 10" in shown.text(".tiles")
    assert shown.text("#more-deals") == "Show the first 10"


def test_a_plan_shows_what_would_change_and_what_would_fail(shown: Stage, planned: Any) -> None:
    rows = shown.browser.run("return [...document.querySelectorAll('tbody tr')].map((row) => row.innerText)")
    assert len(rows) == sum(len(one["changed"]) for one in planned["changes"]) + len(planned["failures"])
    assert any("Did you mean 'Active'?" in row and "Invalid data" in row for row in rows)
    assert any("Record not found" in row for row in rows)
    assert "Nothing has been changed yet." in shown.text()


@pytest.mark.parametrize(("choice", "number"), [("changes", 3), ("failures", 2), ("INVALID_DATA", 1)])
def test_records_are_filtered_by_outcome_and_reason(shown: Stage, planned: Any, choice: str, number: int) -> None:
    assert planned["total"] == 5
    shown.browser.click(f"#show-{choice}")
    records = shown.browser.run("return document.querySelectorAll('tbody th').length")
    pressed = shown.browser.run("return document.querySelector('[aria-pressed=true]').id")
    assert (records, pressed) == (number, f"show-{choice}")
    assert focused(shown) == f"show-{choice}"


def test_records_get_their_names_when_somebody_asks(shown: Stage, planned: Any) -> None:
    shown.browser.click("#names")
    shown.until_said("names read")
    named = shown.server.facts("get_account", account_id=planned["changes"][0]["record_id"])["record"]
    assert named["Account_Name"] in shown.text("tbody")
    assert shown.calls()[0]["name"] == "search_accounts"


def test_a_plan_is_run_and_undone_by_its_buttons(shown: Stage, planned: Any) -> None:
    change = planned["changes"][0]
    shown.browser.click("#run")
    shown.until_said("Partly failed: 3 of 5 records changed, 2 failed.")
    assert shown.calls() == [{"name": "run_job", "arguments": {"job_id": planned["job_id"]}}]
    assert "changed" in shown.text("tbody")
    assert focused(shown) == "H1"
    (told,) = shown.host("return window.seen.contexts")
    assert planned["job_id"] in told["content"][0]["text"]
    shown.browser.click("#undo")
    shown.until_said("3 of 3 records changed")
    assert shown.calls()[-1] == {"name": "undo_job", "arguments": {"job_id": planned["job_id"]}}
    assert "set back" in shown.text("tbody")
    record = shown.server.facts("get_account", account_id=change["record_id"])["record"]
    before = {name: one.get("before") for name, one in change["changed"].items()}
    assert {name: record.get(name) for name in before} == before


@pytest.mark.parametrize("key", [ENTER, ESCAPE])
def test_a_person_is_asked_where_the_server_wants_it_and_may_say_no(shown: Stage, key: str) -> None:
    job = plan_for(shown, "Berlin")
    shown.browser.click("#run")
    shown.until("document.querySelector('[role=alertdialog]')")
    assert f"in {job['total']} records of Accounts" in shown.text("[role=alertdialog]")
    assert focused(shown) == "no"
    shown.browser.press(key)
    shown.until_said("Nothing was changed.")
    assert focused(shown) == "run"
    assert shown.server.facts("get_job", job_id=job["job_id"])["state"] == "planned"


def test_a_person_is_asked_and_says_yes(shown: Stage) -> None:
    job = plan_for(shown, "London")
    shown.browser.click("#run")
    shown.browser.click("#yes")
    shown.until_said(f"Succeeded: {job['total']} of {job['total']} records changed")
    first, second = shown.calls()
    assert second["arguments"].pop("confirm_token")
    assert first == second == {"name": "run_job", "arguments": {"job_id": job["job_id"]}}


def test_a_plan_that_was_run_elsewhere_says_so(shown: Stage, planned: Any) -> None:
    shown.server.call("run_job", job_id=planned["job_id"])
    shown.browser.click("#run")
    shown.until_said("not planned")
    assert shown.browser.run("return document.getElementById('run').disabled") is False


def test_a_job_that_runs_on_is_followed(shown: Stage, planned: Any) -> None:
    running = {**planned, "state": "running", "succeeded": 1, "pending": 2, "seconds_left": 4.2}
    shown.server.call("run_job", job_id=planned["job_id"])
    shown.show("get_job", {"content": [], "structuredContent": running})
    assert "About 5 seconds left." in shown.text()
    shown.browser.click("#look")
    shown.until_said("Partly failed")
    assert shown.host("return window.seen.contexts") == []  # the person has looked, and run nothing


def test_a_job_in_the_background_is_followed_to_its_end(shown: Stage) -> None:
    every = [
        {"id": one["id"], "Employees": next(NEW)} for one in shown.server.facts("get_accounts", limit=200)["records"]
    ]
    job = shown.server.facts("bulk_update_accounts", records=every, background=True)
    shown.show("get_job", {"content": [], "structuredContent": {**job, "state": "running"}})
    shown.browser.click("#look")
    shown.until("document.querySelector('h1').innerText.includes('Succeeded')")
    assert f"{job['total']} succeeded" in shown.text(".legend")


@pytest.mark.usefixtures("twins")
def test_an_export_shows_its_gaps_and_what_may_be_double(shown: Stage) -> None:
    read = shown.show("bulk_read_accounts", fields=COLUMNS)
    assert f"{read['count']} accounts read" in shown.text("h1")
    text = shown.text("tbody")
    assert f"{read['summary']['Rating']['empty']} empty" in text
    assert "2 possible duplicates" in text
    tile = "return document.querySelector('.tile:last-child dd').firstChild.textContent"
    assert shown.browser.run(tile) == "2"  # name and website of the same accounts
    assert "Evergreen Holdings AG" in text


def test_of_an_empty_export_nothing_is_measured(shown: Stage) -> None:
    shown.show("bulk_read_accounts", criteria="Account_Name:equals:Nobody has this name")
    assert " ".join(shown.text().split()).endswith("No account was found.")
    assert shown.browser.run("return document.querySelectorAll('.tile, table').length") == 0


@pytest.mark.usefixtures("twins")
def test_fields_are_filtered_and_ordered(shown: Stage) -> None:
    read = shown.show("bulk_read_accounts", fields=COLUMNS)
    fields = "return [...document.querySelectorAll('tbody th')].map((cell) => cell.firstChild.textContent)"
    assert shown.browser.run(fields) == [name.replace("_", " ") for name in COLUMNS]
    shown.browser.click("#gaps")
    assert len(shown.browser.run(fields)) == sum(1 for one in read["summary"].values() if one["empty"])
    choose = (
        "const list = document.getElementById('order'); list.value = 'empty'; list.dispatchEvent(new Event('change'))"
    )
    shown.browser.run(choose)
    assert shown.browser.run(fields)[0] == "Rating"


def test_a_read_that_goes_on_says_so(shown: Stage) -> None:
    answer = shown.server.facts("bulk_read_accounts", fields=["Account_Name"])
    running = {**answer, "state": "running", "summary": {}, "sample": []}
    shown.show("bulk_read_accounts", {"content": [], "structuredContent": running})
    assert "still going on" in shown.text("#status")
