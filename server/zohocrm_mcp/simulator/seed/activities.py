"""Generated tasks, meetings, calls and notes, all about accounts."""

from __future__ import annotations

from collections.abc import Sequence

from zohocrm_mcp.simulator.metadata.activities import TASK_STATUSES
from zohocrm_mcp.simulator.metadata.ids import org_id
from zohocrm_mcp.simulator.seed import words
from zohocrm_mcp.simulator.seed.base import Base
from zohocrm_mcp.simulator.seed.mix import ANCHOR_SECONDS, DAY, Column, choose, days, mix, salt_of
from zohocrm_mcp.simulator.seed.sales import owned
from zohocrm_mcp.simulator.seed.spread import Spread
from zohocrm_mcp.simulator.store.reference import Reference

FIRST_IDS = {"Tasks": 700_000_000_001, "Events": 710_000_000_001, "Calls": 720_000_000_001, "Notes": 730_000_000_001}
PATTERNS = {
    "Tasks": (1, 0, 2, 0, 0, 1, 0, 3),
    "Events": (0, 1, 0, 0, 1, 0, 0),
    "Calls": (0, 0, 1, 0, 0),
    "Notes": (2, 0, 1, 0, 1, 0),
}


def activity_base(module: str, seed: int, accounts: Base, users: Sequence[int]) -> Base:
    spread = Spread(accounts, PATTERNS[module])
    base = Base(spread.count, org_id(FIRST_IDS[module]), salt=salt_of(seed, module))
    parent = "Parent_Id" if module == "Notes" else "What_Id"
    base.columns |= owned(users, salt_of(seed, f"{module}.Owner")) | _COLUMNS[module](seed)
    base.columns[parent] = lambda index: Reference("Accounts", spread.parent_id(index))
    base.children[parent] = spread.children
    return base


def _task_columns(seed: int) -> dict[str, Column]:
    return {
        "Subject": choose(words.SUBJECTS, salt_of(seed, "Tasks.Subject")),
        "Due_Date": days(-60, 60, salt_of(seed, "Tasks.Due_Date")),
        "Status": choose(TASK_STATUSES, salt_of(seed, "Tasks.Status")),
        "Priority": choose(("High", "Normal", "Low"), salt_of(seed, "Tasks.Priority")),
    }


def _event_columns(seed: int) -> dict[str, Column]:
    salt = salt_of(seed, "Events.Start_DateTime")

    def start(index: int) -> int:
        return ANCHOR_SECONDS - 90 * DAY + mix(index, salt) % 150 * DAY + 9 * 3600

    return {
        "Event_Title": choose(words.NOTE_TITLES, salt_of(seed, "Events.Event_Title")),
        "Start_DateTime": start,
        "End_DateTime": lambda index: start(index) + 3600,
        "Venue": choose(("Online", "Their office", "Our office"), salt_of(seed, "Events.Venue")),
    }


def _call_columns(seed: int) -> dict[str, Column]:
    salt = salt_of(seed, "Calls.Call_Start_Time")
    return {
        "Subject": choose(words.SUBJECTS, salt_of(seed, "Calls.Subject")),
        "Call_Type": choose(("Inbound", "Outbound"), salt_of(seed, "Calls.Call_Type")),
        "Call_Start_Time": lambda index: ANCHOR_SECONDS - mix(index, salt) % 120 * DAY,
        "Call_Duration": lambda index: f"{mix(index, salt) % 40:02d}:{index % 60:02d}",
    }


def _note_columns(seed: int) -> dict[str, Column]:
    return {
        "Note_Title": choose(words.NOTE_TITLES, salt_of(seed, "Notes.Note_Title")),
        "Note_Content": choose(words.NOTE_TEXTS, salt_of(seed, "Notes.Note_Content")),
    }


_COLUMNS = {"Tasks": _task_columns, "Events": _event_columns, "Calls": _call_columns, "Notes": _note_columns}
