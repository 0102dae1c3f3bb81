"""How the apps behave towards whoever uses them, whatever they show: with eyes, ears, a keyboard, or bad intentions."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from support.apps import COLUMNS, THEMES, needs_browser
from support.stage import ABLE, Stage

pytestmark = needs_browser
TAB = "\ue004"
HOSTILE = "<img src=x onerror=document.title='taken'><script>document.title='taken'</script>"


def account_card(shown: Stage, account: str, theme: str) -> None:
    shown.show("account_overview", account_id=account, theme=theme)


def bulk_review(shown: Stage, account: str, theme: str) -> None:
    records = [{"id": account, "Health_Score": 99}, {"id": "5437896199999999999", "Rating": "Active"}]
    shown.show("bulk_update_accounts", records=records, dry_run=True, theme=theme)


def data_quality(shown: Stage, _: str, theme: str) -> None:
    shown.show("bulk_read_accounts", fields=COLUMNS, theme=theme)


SHOWN = {each.__name__: each for each in (account_card, bulk_review, data_quality)}
every_app = pytest.mark.parametrize("app", SHOWN)


@every_app
@pytest.mark.parametrize("theme", THEMES)
def test_no_rule_of_accessibility_is_broken(shown: Stage, axe: str, account: str, app: str, theme: str) -> None:
    SHOWN[app](shown, account, theme)
    shown.browser.run("for (const one of document.querySelectorAll('details')) one.open = true")
    assert violations(shown, axe) == []


@pytest.mark.parametrize("theme", THEMES)
def test_none_is_broken_under_the_mouse_and_while_a_person_is_asked(shown: Stage, axe: str, theme: str) -> None:
    where = [{"field": "Billing_City", "op": "equals", "value": "Denver"}]
    shown.show("update_accounts_where", values={"Employees": 4711}, filters=where, theme=theme)
    shown.browser.click("#show-changes")
    assert violations(shown, axe) == []
    shown.browser.click("#run")
    shown.until("document.querySelector('[role=alertdialog]')")
    shown.browser.hover("#yes")
    assert violations(shown, axe) == []


def violations(shown: Stage, axe: str) -> Any:
    """Return which rules of accessibility are broken, and where first."""
    return shown.browser.run(f"{axe}; return (await axe.run()).violations.map((one) => [one.id, one.nodes[0].html])")


@every_app
def test_the_keyboard_reaches_every_control_and_shows_where_it_is(shown: Stage, account: str, app: str) -> None:
    SHOWN[app](shown, account, "light")
    controls = "button:enabled, select, summary, [tabindex='0']"
    seen = "const all = [...document.querySelectorAll(a[0])].filter((one) => one.checkVisibility());"
    reachable = shown.browser.run(f"{seen} return all.length", controls)
    look = f"""{seen} const on = document.activeElement, style = getComputedStyle(on);
              return [all.indexOf(on), style.outlineStyle, parseFloat(style.outlineWidth)]"""
    walked = []
    for _ in range(reachable):
        shown.browser.press(TAB)
        walked.append(shown.browser.run(look, controls))
    assert walked == [[at, "solid", 2] for at in range(reachable)]


@every_app
def test_it_follows_the_theme_of_its_host(shown: Stage, account: str, app: str) -> None:
    SHOWN[app](shown, account, "light")
    ground = "return getComputedStyle(document.body).backgroundColor"
    assert shown.browser.run(ground) == "rgb(255, 255, 255)"
    shown.host("window.setTheme('dark')")
    shown.until("document.documentElement.dataset.theme === 'dark'")
    assert shown.browser.run(ground) == "rgb(23, 24, 28)"


@every_app
def test_it_fits_a_narrow_place(shown: Stage, account: str, app: str) -> None:
    SHOWN[app](shown, account, "light")
    shown.host("document.querySelector('iframe').style.width = '340px'")
    shown.until("window.innerWidth === 340")
    assert shown.browser.run("return document.documentElement.scrollWidth") == 340


@every_app
def test_it_asks_nobody_for_anything_and_could_not(shown: Stage, account: str, app: str) -> None:
    shown.browser.log("performance")
    shown.browser.log("browser")
    SHOWN[app](shown, account, "light")
    origin = urlsplit(shown.address).netloc
    asked = [json.loads(entry["message"])["message"] for entry in shown.browser.log("performance")]
    urls = [one["params"]["request"]["url"] for one in asked if one["method"] == "Network.requestWillBeSent"]
    assert urls
    assert {urlsplit(url).netloc for url in urls} == {origin}
    assert shown.browser.run("return performance.getEntriesByType('resource').length") == 0
    assert [entry for entry in shown.browser.log("browser") if entry["level"] in {"SEVERE", "WARNING"}] == []
    tried = "return fetch(a[0]).then(() => 'open', () => 'closed')"
    assert shown.browser.run(tried, shown.address) == "closed"


@every_app
def test_an_error_and_a_cancelled_call_are_told(shown: Stage, app: str) -> None:
    tool = {"account_card": "account_overview", "bulk_review": "get_job", "data_quality": "bulk_read_accounts"}[app]
    refused = {"content": [{"type": "text", "text": "There is none. Look again."}], "isError": True}
    shown.show(tool, refused)
    assert shown.text("#status") == "There is none. Look again."
    shown.host("await window.cancel()")
    shown.until_said("cancelled")


@every_app
def test_a_host_that_passes_no_calls_on_is_offered_none(shown: Stage, account: str, app: str) -> None:
    shown.capabilities = {}
    try:
        SHOWN[app](shown, account, "light")
    finally:
        shown.capabilities = ABLE
    assert shown.browser.run("return document.querySelectorAll('#run, #undo, #names, #refresh').length") == 0
    assert len(shown.text()) > 100


@every_app
def test_it_ends_when_the_host_says_so(shown: Stage, account: str, app: str) -> None:
    SHOWN[app](shown, account, "light")
    assert shown.host("return window.tearDown()") == {}


def untouched(shown: Stage) -> None:
    """What a record says is text: it makes no element, and nothing of it is run."""
    assert HOSTILE[:40] in shown.text()
    assert shown.browser.run("return document.querySelectorAll('main img, main script, main a').length") == 0
    assert shown.browser.run("return document.title") != "taken"


def test_hostile_records_stay_text(shown: Stage) -> None:
    made = shown.server.facts("create_account", values={"Account_Name": HOSTILE, "Ticker_Symbol": "<b>X</b>"})
    record_id = made["record_id"]
    shown.server.call("create_account", values={"Account_Name": HOSTILE})
    shown.server.call("add_note", module="Accounts", record_id=record_id, title=HOSTILE, content=HOSTILE)
    shown.show("account_overview", account_id=record_id)
    shown.browser.click("#fields")
    untouched(shown)
    shown.show("bulk_update_accounts", records=[{"id": record_id, "Rating": HOSTILE}], dry_run=True)
    untouched(shown)
    shown.show("bulk_update_accounts", records=[{"id": record_id, "Description": HOSTILE}], dry_run=True)
    shown.browser.click("#names")
    shown.until_said("1 name read")
    untouched(shown)
    shown.show("bulk_read_accounts", fields=["Account_Name", "Ticker_Symbol"])
    untouched(shown)
