"""The arguments that tools share: what a model may write, told once."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, NotRequired

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue
from typing_extensions import TypedDict

from zohocrm_mcp.models import Record
from zohocrm_mcp.services.conditions.tree import Operator

_ID = re.compile(r"[0-9]{1,20}\Z")


class Filter(TypedDict):
    """One condition; is_empty and is_not_empty take no value."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    field: Annotated[str, Field(description="API name or label.")]
    op: Operator
    value: NotRequired[
        Annotated[
            JsonValue,
            Field(description="A list for in and between; dates as 2025-10-18, today, last_30_days, this_month …"),
        ]
    ]


def _digits(value: Any) -> Any:
    return str(value) if type(value) is int else value


def _record_id(value: Any) -> Any:
    given = _digits(value)
    if not isinstance(given, str) or not _ID.match(given):
        raise ValueError("must be a record id (up to 20 digits)")
    return given


def _names(value: Any) -> Any:
    return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value


def _with_text_ids(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [{**row, "id": _digits(row["id"])} if isinstance(row, dict) and "id" in row else row for row in value]


RecordId = Annotated[str, BeforeValidator(_record_id), Field(json_schema_extra={"pattern": "^[0-9]{1,20}$"})]
ModuleName = Annotated[str, Field(description="API name or label of the module, e.g. Accounts.", min_length=1)]
FieldNames = Annotated[
    tuple[str, ...],
    Field(description="API names or labels; if omitted, a set suited to reading."),
    BeforeValidator(_names),
]
Limit = Annotated[int, Field(ge=1, le=200)]
MaxRecords = Annotated[int | None, Field(ge=1, description="At most so many records; all if omitted.")]
Cursor = Annotated[str, Field(description="next_cursor of the previous page.")]
SortBy = Annotated[str, Field(description="Field to sort by.")]
SortOrder = Literal["asc", "desc"]

Filters = Annotated[tuple[Filter, ...], Field(description="Conditions on fields.")]
Match = Annotated[Literal["all", "any"], Field(description="Whether all filters must hold, or any.")]
Criteria = Annotated[
    str,
    Field(
        description="Zoho's syntax, e.g. (Industry:equals:Technology) and (Annual_Revenue:greater_than:1000000), "
        "or a COQL condition, e.g. Account_Name is not null."
    ),
]
RelatedList = Annotated[str, Field(description="API name or label, e.g. Contacts.", min_length=1)]
NoteTitle = Annotated[str, Field(description="May be empty.")]
NoteContent = Annotated[str, Field(description="Plain text.")]
SelectQuery = Annotated[
    str,
    Field(description="e.g. select Account_Name, Owner.email from Accounts where Industry = 'Energy' limit 20"),
]
Word = Annotated[str, Field(description="A word anywhere in the record.")]
Email = Annotated[str, Field(description="An exact email address.")]
Phone = Annotated[str, Field(description="An exact phone number.")]

Values = Annotated[Record, Field(description="Field (API name or label) to new value; null empties a field.")]
Records = Annotated[
    list[Record],
    Field(description='Up to 10,000: {"id": "…", field: value, …}.'),
    BeforeValidator(_with_text_ids),
]
DryRun = Annotated[bool, Field(description="Check and count only; nothing is changed.")]
Background = Annotated[bool, Field(description="Answer at once; get_job follows it.")]
NewRecords = Annotated[list[Record], Field(description="Up to 10,000: {field: value, …}.")]
CheckFields = Annotated[
    tuple[str, ...],
    Field(description="Fields that tell accounts apart, e.g. Account_Name or a unique field.", min_length=1),
    BeforeValidator(_names),
]
JobId = Annotated[str, Field(description="job_id of an earlier answer.", min_length=1)]
JobLimit = Annotated[int, Field(ge=1, le=100)]
StateFilter = Annotated[
    Literal["", "planned", "queued", "running", "succeeded", "partly_failed", "failed", "cancelled", "undone"],
    Field(description="Only jobs in this state."),
]
HttpMethod = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Path = Annotated[str, Field(description="From /crm/v8/ on, without a question mark.", min_length=1)]
QueryParams = Annotated[dict[str, str] | None, Field(description="Query parameters.")]
JsonBody = Annotated[JsonValue, Field(description="JSON body.")]
