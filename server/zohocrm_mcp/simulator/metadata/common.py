"""Fields that every module, or every address, has."""

from __future__ import annotations

from dataclasses import dataclass, field

from zohocrm_mcp.simulator.metadata.field import Field, lookup, make, picklist, system, text


@dataclass(slots=True)
class RelatedList:
    """Records of ``module`` whose ``field`` points at the parent."""

    api_name: str
    label: str
    module: str
    field: str


@dataclass(slots=True)
class Module:
    """A module: names, fields in order, and the lists shown under its records."""

    api_name: str
    singular: str
    plural: str
    suffix: int
    internal: str
    display_field: str
    fields: list[Field]
    related: list[RelatedList] = field(default_factory=list)
    generated_type: str = "default"
    duplicate_field: str | None = None
    layout_suffix: int = 0
    searchable: bool = True

    def field_named(self, api_name: str) -> Field | None:
        return next((each for each in self.fields if each.api_name == api_name), None)


def owner(label: str) -> Field:
    return make("ownerlookup", "Owner", f"{label} Owner")


def audit_fields(label: str) -> list[Field]:
    """Who and when, tags, layout and id: the end of every module's field list."""
    return [
        system("ownerlookup", "Created_By", ui_type=20),
        system("ownerlookup", "Modified_By", ui_type=20),
        system("datetime", "Created_Time"),
        system("datetime", "Modified_Time"),
        system("datetime", "Last_Activity_Time", ui_type=786),
        text("Tag", length=2000, json_type="jsonarray", ui_type=209),
        make("layout", "Layout", hidden_in_layout=True),
        system("boolean", "Locked__s", "Locked"),
        system("bigint", "id", f"{label} Id", hidden_in_layout=True),
    ]


def address(prefix: str) -> list[Field]:
    coordinates = [
        make("double", f"{prefix}_{part}", length=50, decimals=9, hidden_in_layout=True)
        for part in ("Latitude", "Longitude")
    ]
    return [
        text(f"{prefix}_Street", length=250),
        text(f"{prefix}_City", length=100),
        text(f"{prefix}_State", length=100),
        text(f"{prefix}_Code", length=30),
        text(f"{prefix}_Country", length=100),
        *coordinates,
    ]


def activity_fields(*related: str) -> list[Field]:
    """The two lookups of an activity: the person, and what it is about (one of several modules)."""
    return [
        lookup("Who_Id", "Contacts", "Contact Name"),
        lookup("What_Id", "Accounts", "Related To", ui_type=68, tooltip=",".join(related) or None),
    ]


def priority() -> Field:
    return picklist("Priority", ["High", "Highest", "Low", "Lowest", "Normal"])
