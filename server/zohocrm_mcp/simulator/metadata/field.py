"""A field of a module, and short constructors for each of Zoho's data types."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from zohocrm_mcp.simulator.sources import known


@known("Zoho CRM docs, Get Fields: a full answer of 87 Leads fields")
@dataclass(frozen=True, slots=True)
class Kind:
    """How a data type looks in metadata: its JSON type, its ui_type, its length."""

    json_type: str
    ui_type: int
    length: int | None


KINDS = {
    "text": Kind("string", 1, 255),
    "email": Kind("string", 25, 100),
    "phone": Kind("string", 33, 30),
    "website": Kind("string", 21, 255),
    "textarea": Kind("string", 3, 32000),
    "picklist": Kind("string", 2, 120),
    "multiselectpicklist": Kind("jsonarray", 100, 1000),
    "integer": Kind("integer", 32, 9),
    "bigint": Kind("string", 52, 18),
    "double": Kind("double", 38, 16),
    "currency": Kind("double", 36, 16),
    "percent": Kind("double", 34, 5),
    "boolean": Kind("boolean", 301, 5),
    "date": Kind("string", 24, 20),
    "datetime": Kind("string", 200, 120),
    "lookup": Kind("jsonobject", 133, 120),
    "ownerlookup": Kind("jsonobject", 8, 120),
    "userlookup": Kind("jsonobject", 221, 50),
    "formula": Kind("double", 116, 16),
    "autonumber": Kind("string", 39, 120),
    "subform": Kind("jsonarray", 500, None),
    "profileimage": Kind("string", 66, 255),
    "layout": Kind("jsonobject", 208, 50),
}


@dataclass(slots=True)
class Field:
    """One field. ``values`` are (actual, display) pairs of a pick list, without ``-None-``."""

    api_name: str
    label: str
    data_type: str
    length: int | None
    json_type: str
    ui_type: int
    id: int = 0
    mandatory: bool = False
    layout_mandatory: bool = False
    read_only: bool = False
    custom: bool = False
    unique: bool = False
    values: list[tuple[str, str]] = field(default_factory=list)
    lookup: str | None = None
    related_name: str | None = None
    returns: str | None = None
    decimals: int | None = None
    columns: tuple[Field, ...] = ()
    tooltip: str | None = None
    visible: bool = True
    hidden_in_layout: bool = False

    @property
    def value_type(self) -> str:
        """The data type of its values: a formula has that of what it returns, the field Tag its own."""
        return "tags" if self.api_name == "Tag" else self.returns or self.data_type

    @property
    def actual_values(self) -> list[str]:
        return [actual for actual, _ in self.values]


def make(data_type: str, api_name: str, label: str = "", **more: object) -> Field:
    """A field of a data type; ``label`` is the API name in words unless given."""
    kind = KINDS[data_type]
    made = Field(api_name, label or api_name.replace("_", " "), data_type, kind.length, kind.json_type, kind.ui_type)
    return replace(made, **more)  # type: ignore[arg-type]


def text(api_name: str, label: str = "", length: int = 255, **more: object) -> Field:
    return make("text", api_name, label, length=length, **more)


def picklist(api_name: str, values: list[str] | dict[str, str], label: str = "", **more: object) -> Field:
    pairs = list(values.items()) if isinstance(values, dict) else [(value, value) for value in values]
    return make("picklist", api_name, label, values=pairs, **more)


def lookup(api_name: str, module: str, label: str = "", **more: object) -> Field:
    return make("lookup", api_name, label, lookup=module, **more)


def system(data_type: str, api_name: str, label: str = "", **more: object) -> Field:
    """A field that Zoho fills and nobody writes."""
    return make(data_type, api_name, label, read_only=True, **more)


def formula(api_name: str, label: str, returns: str, json_type: str) -> Field:
    return make("formula", api_name, label, returns=returns, json_type=json_type, read_only=True, custom=True)
