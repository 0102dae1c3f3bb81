"""The pictures of the apps in the documentation.

``UPDATE_SCREENSHOTS=1 pytest tests/e2e/test_apps_pictures.py`` makes them anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.apps import COLUMNS, THEMES, needs_browser
from support.stage import Stage

pytestmark = needs_browser
UPDATE = bool(os.environ.get("UPDATE_SCREENSHOTS"))
IMAGES = Path(__file__).parents[2] / "docs" / "images"
LARGEST = 150_000
TECHNOLOGY = [{"field": "Industry", "op": "equals", "value": "Technology"}]


def richer(shown: Stage, account: str) -> None:
    """Give an account what a picture needs."""
    deal = {"Deal_Name": "Analytics roll-out", "Stage": "Proposal/Price Quote", "Lead_Source": "Cold Call"}
    about = {"Account_Name": account, "Amount": 184_000, "Closing_Date": "2026-12-18"}
    shown.server.call("create_record", module="Deals", values={**deal, **about})
    person = {"First_Name": "Jonas", "Last_Name": "Weber", "Email": "jonas.weber@fjordmedia.example"}
    shown.server.call("create_record", module="Contacts", values={**person, "Account_Name": account})


@pytest.mark.usefixtures("twins")
def test_the_pictures_of_the_documentation_can_be_made(shown: Stage, account: str) -> None:
    richer(shown, account)
    for theme in THEMES:
        take_pictures(shown, account, theme)


def take_pictures(shown: Stage, account: str, theme: str) -> None:
    first = shown.server.facts("search_accounts", filters=TECHNOLOGY, limit=4, fields=["Account_Name"])["records"]
    good = [{"id": one["id"], "Account_Status": "Active", "Health_Score": 60 + at} for at, one in enumerate(first[:3])]
    bad = [{"id": first[3]["id"], "Account_Status": "Aktive"}]
    shown.show("account_overview", account_id=account, theme=theme)
    keep(f"account_card_{theme}.png", shown.picture())
    shown.show("bulk_update_accounts", records=[*bad, *good], dry_run=True, theme=theme)
    shown.browser.click("#names")
    shown.until_said("4 names read")
    keep(f"bulk_review_{theme}.png", shown.picture())
    shown.show("bulk_read_accounts", fields=COLUMNS, theme=theme)
    keep(f"data_quality_{theme}.png", shown.picture())


def keep(name: str, picture: bytes) -> None:
    if UPDATE:
        IMAGES.mkdir(parents=True, exist_ok=True)
        (IMAGES / name).write_bytes(picture)
    assert picture.startswith(b"\x89PNG")
    assert 10_000 < len(picture) < LARGEST
    assert (IMAGES / name).exists(), "no picture: run UPDATE_SCREENSHOTS=1 pytest tests/e2e/test_apps_pictures.py"
