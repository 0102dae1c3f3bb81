"""Tasks, Events, Calls, Notes and Attachments."""

from __future__ import annotations

from zohocrm_mcp.simulator.metadata.common import Module, activity_fields, audit_fields, owner, priority
from zohocrm_mcp.simulator.metadata.field import lookup, make, picklist, system, text

TASK_STATUSES = ["Not Started", "Deferred", "In Progress", "Completed", "Waiting for input"]


def tasks() -> Module:
    fields = [
        owner("Task"),
        text("Subject", length=255, mandatory=True),
        make("date", "Due_Date"),
        *activity_fields("Accounts", "Deals", "Leads"),
        picklist("Status", TASK_STATUSES),
        priority(),
        system("datetime", "Closed_Time"),
        make("textarea", "Description"),
        *audit_fields("Task"),
    ]
    return Module("Tasks", "Task", "Tasks", 2193, "Tasks", "Subject", fields, layout_suffix=91045)


def events() -> Module:
    fields = [
        owner("Event"),
        text("Event_Title", "Title", 255, mandatory=True),
        make("datetime", "Start_DateTime", "From", ui_type=333, mandatory=True),
        make("datetime", "End_DateTime", "To", ui_type=333, mandatory=True),
        text("Venue", "Location"),
        *activity_fields("Accounts", "Deals"),
        make("textarea", "Description"),
        *audit_fields("Event"),
    ]
    return Module("Events", "Meeting", "Meetings", 2195, "Events", "Event_Title", fields, layout_suffix=91047)


def calls() -> Module:
    fields = [
        owner("Call"),
        text("Subject", length=255, mandatory=True),
        picklist("Call_Type", ["Inbound", "Outbound", "Missed"], mandatory=True),
        make("datetime", "Call_Start_Time", ui_type=333, mandatory=True),
        text("Call_Duration", length=20),
        *activity_fields("Accounts", "Deals"),
        make("textarea", "Description"),
        *audit_fields("Call"),
    ]
    return Module("Calls", "Call", "Calls", 2197, "Calls", "Subject", fields, layout_suffix=91049)


def notes() -> Module:
    fields = [
        owner("Note"),
        text("Note_Title", length=120),
        make("textarea", "Note_Content"),
        lookup("Parent_Id", "Accounts", "Parent ID", ui_type=68),
        *audit_fields("Note"),
    ]
    return Module("Notes", "Note", "Notes", 2199, "Notes", "Note_Title", fields, layout_suffix=91051, searchable=False)


def attachments() -> Module:
    fields = [
        owner("Attachment"),
        text("File_Name", length=255, mandatory=True),
        system("bigint", "Size"),
        lookup("Parent_Id", "Accounts", "Parent ID", ui_type=68),
        *audit_fields("Attachment"),
    ]
    return Module(
        "Attachments",
        "Attachment",
        "Attachments",
        2201,
        "Attachments",
        "File_Name",
        fields,
        layout_suffix=91053,
        searchable=False,
    )
