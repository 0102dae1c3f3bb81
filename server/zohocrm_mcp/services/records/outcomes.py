"""What became of each record of a write: Zoho's items are in the order sent, whatever the HTTP status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from zohocrm_mcp.errors import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    UnknownOutcomeError,
    ZohoError,
)
from zohocrm_mcp.models import Answer, Failure, Record

AGAIN = frozenset({"RECORD_LOCKED", "TOO_MANY_REQUESTS", "INTERNAL_ERROR", "SERVICE_UNAVAILABLE"})
"""Codes of a record that may pass later."""

_KINDS: dict[str, type[ZohoError]] = {
    "DUPLICATE_DATA": ConflictError,
    "RECORD_LOCKED": ConflictError,
    "ALREADY_MODIFIED": ConflictError,
    "NOT_ALLOWED": NotAllowedError,
    "NO_PERMISSION": NotAllowedError,
}


@dataclass(frozen=True)
class Outcome:
    """One item of an envelope. ``details`` of a success hold id, Modified_Time …; of a failure api_name and more."""

    ok: bool
    code: str
    message: str
    details: dict[str, Any]
    action: str = ""

    @property
    def record_id(self) -> str:
        return str(self.details.get("id") or "")

    @property
    def field(self) -> str | None:
        name = self.details.get("api_name")
        return str(name) if name else None

    def failure(self, record_id: str) -> Failure:
        return Failure(record_id=record_id, code=self.code, message=self.message, field=self.field)

    def error(self) -> ZohoError:
        """Return the failure as one of our errors, for writes of a single record."""
        kind = _KINDS.get(self.code, InvalidInputError)
        if self.code == "INVALID_DATA" and self.field in {None, "id"} and "id" in self.message:
            kind = NotFoundError
        return kind(self.message, code=self.code, field=self.field)


def outcomes(answer: Answer, sent: Sequence[Record]) -> list[Outcome]:
    """Return one outcome a record sent.

    Raises:
        UnknownOutcomeError: the envelope holds another number of items; nothing can be said of any record then.
    """
    if len(answer.data) != len(sent):
        raise UnknownOutcomeError(
            f"Zoho answered {len(answer.data)} outcomes for {len(sent)} records.", status=answer.status
        )
    return [_outcome(item) for item in answer.data]


def only(answer: Answer) -> Outcome:
    """Return the outcome of a write of one record, or raise its failure."""
    (outcome,) = outcomes(answer, [{}])
    if not outcome.ok:
        raise outcome.error()
    return outcome


def _outcome(item: Record) -> Outcome:
    details = item.get("details")
    facts = details if isinstance(details, dict) else {}
    ok = item.get("status") == "success" or item.get("code") == "SUCCESS"
    code = str(item.get("code") or ("SUCCESS" if ok else "UNKNOWN"))
    return Outcome(ok, code, sentence(item, facts) if not ok else "", facts, str(item.get("action") or ""))


def sentence(item: Record, details: dict[str, Any]) -> str:
    """Return Zoho's refusal of a record in one sentence, with the facts that help to correct it."""
    said = str(item.get("message") or item.get("code") or "refused").strip().rstrip(".")
    facts = {
        "expected_data_type": "expected {}",
        "maximum_length": "at most {} characters",
        "supported_values": "one of {}",
    }
    told = [text.format(_listed(details[key])) for key, text in facts.items() if details.get(key)]
    nested = details.get("errors")
    if isinstance(nested, list):
        told += [sentence(each, each.get("details") or {}).rstrip(".") for each in nested if isinstance(each, dict)]
    duplicate = details.get("duplicate_record")
    if isinstance(duplicate, dict):
        told.append(f"record {duplicate.get('id')} has it")
    where = f" in {details['api_name']}" if details.get("api_name") else ""
    return f"{said}{where}{': ' + '; '.join(told) if told else ''}."


def _listed(value: Any) -> str:
    return ", ".join(str(each) for each in value) if isinstance(value, list) else str(value)
