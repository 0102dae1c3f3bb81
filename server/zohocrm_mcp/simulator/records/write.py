"""Creating and updating records."""

from __future__ import annotations

from typing import Any

from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.metadata.field import Field
from zohocrm_mcp.simulator.metadata.ids import org_id
from zohocrm_mcp.simulator.records.checks import Unfit, stored, tags
from zohocrm_mcp.simulator.records.outcome import MOST_RECORDS, RecordRefusal, refuse
from zohocrm_mcp.simulator.records.parents import parent_reference
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store.table import Values
from zohocrm_mcp.simulator.store.times import iso
from zohocrm_mcp.simulator.wire import Call, Json, Refusal, failure

UNAPPROVED = frozenset({"Notes", "Attachments"})
IGNORED = frozenset({"id", "Created_Time", "Modified_Time", "Created_By", "Modified_By"})


@known("Zoho CRM v8 docs: at most 100 records in data; LIMIT_EXCEEDED")
@guessed("an empty data list is INVALID_DATA; LIMIT_EXCEEDED comes inside data")
def records_of(call: Call) -> list[Json]:
    """The records of the body."""
    data = call.json().get("data")
    if data is None:
        raise Refusal("MANDATORY_NOT_FOUND", "required field not found", {"api_name": "data", "json_path": "$.data"})
    if not isinstance(data, list) or not data or not all(isinstance(each, dict) for each in data):
        raise Refusal("INVALID_DATA", "invalid data", {"expected_data_type": "jsonarray", "api_name": "data"})
    if len(data) > MOST_RECORDS:
        message = "count of records in your request exceeds the limit"
        details = {"maximum_length": MOST_RECORDS, "api_name": "data"}
        raise Refusal("LIMIT_EXCEEDED", message, details, wrapped=True)
    return data


class Writer:
    """Writes records of one module for one call."""

    def __init__(self, call: Call, module: Module) -> None:
        self._call, self._state, self._module = call, call.state, module
        self._table = call.state.tables[module.api_name]
        self._fields = {field.api_name: field for field in module.fields}

    def create(self, index: int, record: Json) -> Json:
        """Create one record; its details. Raises ``RecordRefusal``."""
        self._require(index, record)
        values = self._checked(index, record, None)
        return self.insert(values)

    def insert(self, values: Values) -> Json:
        """Store checked values as a new record."""
        record_id, now, who = self._state.new_id(), int(self._state.clock.now()), self._call.user_id
        audit: Values = {"Created_Time": now, "Modified_Time": now, "Created_By": who, "Modified_By": who}
        defaults: Values = {"Owner": who, "Last_Activity_Time": now}
        self._state.remember(self._module.api_name, record_id, existed=False)
        self._table.insert(record_id, {**defaults, **self._automatic(record_id), **values, **audit})
        return self.details(record_id)

    def update(self, index: int, record_id: int, record: Json) -> Json:
        """Update one record that exists; its details. Raises ``RecordRefusal``."""
        if self._table.value(record_id, "Locked__s"):
            self._locked(index)
        return self.store(record_id, self._checked(index, record, record_id))

    @known("published example: RECORD_LOCKED")
    def _locked(self, index: int) -> None:
        details = {"api_name": "id", "json_path": f"$.data[{index}].id", "action": "record_locking"}
        message = "Sorry, you cannot perform this operation as the record is locked."
        raise RecordRefusal("RECORD_LOCKED", message, details)

    def store(self, record_id: int, values: Values) -> Json:
        """Store checked values over a record."""
        now = int(self._state.clock.now())
        audit: Values = {"Modified_Time": now, "Modified_By": self._call.user_id, "Last_Activity_Time": now}
        self._state.remember(self._module.api_name, record_id, existed=True)
        self._table.update(record_id, {**self._merged_rows(record_id, values), **audit})
        return self.details(record_id)

    def details(self, record_id: int) -> Json:
        """What a success item says about the record."""
        read, users, zone = self._table.value, self._state.users.by_id, self._call.zone
        shown: Json = {}
        for name in ("Modified", "Created"):
            shown[f"{name}_Time"] = iso(int(str(read(record_id, f"{name}_Time"))), zone)
            user = users[int(str(read(record_id, f"{name}_By")))]
            shown[f"{name}_By"] = {"name": user.name, "id": str(user.id)}
        shown["id"] = str(record_id)
        return shown if self._module.api_name in UNAPPROVED else {**shown, "$approval_state": "approved"}

    @known("Zoho CRM v8 docs: mandatory fields; live v8: also those that only the layout makes mandatory", 2026)
    def _require(self, index: int, record: Json) -> None:
        faults = []
        for field in self._module.fields:
            required = field.mandatory or (field.layout_mandatory and self._state.settings.layout_mandatory)
            if required and record.get(field.api_name) in (None, ""):
                details: Json = {"api_name": field.api_name, "json_path": f"$.data[{index}].{field.api_name}"}
                if not field.mandatory:
                    details["layout_rule"] = {"name": "Standard", "id": str(org_id(self._module.layout_suffix))}
                faults.append(failure("MANDATORY_NOT_FOUND", "required field not found", details))
        refuse(faults)

    @guessed("read-only fields in a write are ignored")
    def _checked(self, index: int, record: Json, record_id: int | None) -> Values:
        values: Values = {}
        faults: list[Json] = []
        for name, value in record.items():
            field = self._fields.get(name)
            where: Json = {"api_name": name, "json_path": f"$.data[{index}].{name}"}
            if not field:
                faults += self._unknown(name, where)
            elif name not in IGNORED and not field.read_only:
                try:
                    values[name] = self._value(field, value, record)
                    self._unique(field, values[name], record_id, where)
                except Unfit as unfit:
                    faults.append(failure("INVALID_DATA", unfit.message, {**unfit.details, **where}))
                except RecordRefusal as refusal:
                    faults.append(refusal.item)
        refuse(faults)
        return values

    @guessed("clearing a mandatory field is INVALID_DATA")
    def _value(self, field: Field, value: Any, record: Json) -> object:
        if field.api_name in ("What_Id", "Parent_Id") and value is not None:
            return parent_reference(self._state, field, value, record)
        if field.api_name == "Tag":
            return tags(self._state, self._module.api_name, value or [])
        kept = stored(self._state, field, value)
        if kept is None and field.mandatory:
            raise Unfit(expected_data_type=field.data_type)
        return kept

    def _unknown(self, name: str, where: Json) -> list[Json]:
        if name.startswith("$") or not self._state.settings.strict_unknown_fields:
            return []
        return [failure("INVALID_DATA", "the field api name given seems to be invalid", where)]

    @known("published example: DUPLICATE_DATA with duplicate_record")
    def _unique(self, field: Field, value: object, record_id: int | None, where: Json) -> None:
        if not field.unique or value is None:
            return
        found = self._table.find(field.api_name, value)
        if found is None or found == record_id:
            return
        owner = self._state.users.by_id[int(str(self._table.value(found, "Owner")))]
        duplicate = {
            "Owner": {"name": owner.name, "id": str(owner.id), "zuid": str(owner.zuid)},
            "module": {"api_name": self._module.api_name, "id": str(org_id(self._module.suffix))},
            "id": str(found),
        }
        details = {**where, "duplicate_record": duplicate, "id": str(found), "more_records": False}
        raise RecordRefusal("DUPLICATE_DATA", "duplicate data", details)

    def _automatic(self, record_id: int) -> Values:
        numbered = [field for field in self._module.fields if field.data_type == "autonumber"]
        return {field.api_name: f"PRJ-{record_id % 100_000:05d}" for field in numbered}

    @guessed("subform rows: with id changed, with _delete removed, without id added, the others stay")
    def _merged_rows(self, record_id: int, values: Values) -> Values:
        merged = dict(values)
        for name, rows in values.items():
            if self._fields[name].data_type == "subform" and isinstance(rows, list):
                old = self._table.value(record_id, name)
                by_id = {row["id"]: row for row in (old if isinstance(old, list) else [])}
                for row in rows:
                    by_id[row["id"]] = {**by_id.get(row["id"], {}), **row}
                merged[name] = [row for row in by_id.values() if "_delete" not in row]
        return merged
