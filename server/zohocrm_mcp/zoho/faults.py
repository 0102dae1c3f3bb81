"""From what Zoho says to what we say: one row a code, one function.

Codes and statuses: Zoho CRM v8 docs, status codes; zoho/crm-oas; observed live where the docs are silent.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from zohocrm_mcp.connections import scopes
from zohocrm_mcp.errors import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    UnavailableError,
    UnknownOutcomeError,
    ZohoAPIError,
    ZohoAuthError,
    ZohoError,
    ZohoRateLimitError,
)
from zohocrm_mcp.models import Call

BAD_TOKEN = frozenset({"INVALID_TOKEN", "INVALID_OAUTHTOKEN", "AUTHENTICATION_FAILURE"})
THROTTLED = frozenset({"TOO_MANY_REQUESTS", "RATE_LIMIT_EXCEEDED"})
_ON_RECORD = re.compile(r"/crm/v8/\w+/\d+")
_SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")

BY_CODE: dict[str, type[ZohoAPIError | ZohoAuthError]] = {
    "INVALID_TOKEN": ZohoAuthError,
    "INVALID_OAUTHTOKEN": ZohoAuthError,
    "AUTHENTICATION_FAILURE": ZohoAuthError,
    "OAUTH_SCOPE_MISMATCH": NotAllowedError,
    "NO_PERMISSION": NotAllowedError,
    "PERMISSION_DENIED": NotAllowedError,
    "AUTHORIZATION_FAILED": NotAllowedError,
    "NOT_SUPPORTED": NotAllowedError,
    "INVALID_MODULE": NotFoundError,
    "RESOURCE_NOT_FOUND": NotFoundError,
    "INVALID_URL_PATTERN": NotFoundError,
    "DUPLICATE_DATA": ConflictError,
    "RECORD_LOCKED": ConflictError,
    "ALREADY_MODIFIED": ConflictError,
    "ALREADY_SCHEDULED": ConflictError,
    "RECORD_IN_BLUEPRINT": ConflictError,
    "NOT_APPROVED": ConflictError,
    "NOT_REVIEWED": ConflictError,
}
BY_STATUS: dict[int, type[ZohoAPIError | ZohoAuthError]] = {
    400: InvalidInputError,
    401: ZohoAuthError,
    403: NotAllowedError,
    404: NotFoundError,
    409: ConflictError,
    412: ConflictError,
    413: InvalidInputError,
    415: ZohoAPIError,
}
HINTS = {
    "DUPLICATE_DATA": "Another record holds this value of a unique field; use that record or another value.",
    "RECORD_LOCKED": "The record is locked in Zoho CRM; unlock it there first.",
}


def refusal(call: Call, status: int, headers: dict[str, str], body: dict[str, Any], *, granted: str = "") -> ZohoError:
    """Return the error for a flat error object of Zoho; ``granted`` are the sign-in's scopes, if known."""
    code = str(body.get("code") or f"HTTP_{status}")
    details = body.get("details")
    details = details if isinstance(details, dict) else {}
    if status == HTTPStatus.TOO_MANY_REQUESTS or code in THROTTLED:
        return throttled(code, retry_after(headers))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return no_answer(call, f"HTTP {status} {code}", status=status)
    if _record_is_gone(call, code, details):
        return NotFoundError(f"There is no record {call.path.split('/')[4]} in {call.path.split('/')[3]}.", code=code)
    kind = BY_CODE.get(code) or BY_STATUS.get(status) or ZohoAPIError
    return kind(
        sentence(code, body), hint=_hint(call, code, granted), code=code, status=status, field=field_of(details)
    )


def _hint(call: Call, code: str, granted: str) -> str:
    if code != "OAUTH_SCOPE_MISMATCH":
        return HINTS.get(code, "")
    wanted = scopes.needed_for(call.method, call.path)
    lacking = scopes.missing(granted, wanted) or wanted
    return f"The sign-in lacks {' or '.join(lacking) or 'a scope'}; run `zohocrm-mcp auth login` to ask for it again."


def throttled(code: str, seconds: float | None) -> ZohoRateLimitError:
    """Return the error for a call that was refused because there were too many; None: nobody knows for how long."""
    return ZohoRateLimitError(
        "Zoho takes no more calls from this organisation for the moment.", retry_after=seconds, code=code, status=429
    )


def no_answer(call: Call, what: str, *, sent: bool = True, status: int | None = None) -> ZohoError:
    """Return the error for a call without a usable answer; a write that may have arrived has an unknown outcome."""
    if call.safe or not sent:
        return UnavailableError(f"Zoho did not answer ({what}).", status=status)
    return UnknownOutcomeError(f"The change was sent and Zoho's answer never came ({what}).", status=status)


def sentence(code: str, item: dict[str, Any]) -> str:
    """Return Zoho's refusal as one sentence: its message, the field, the limit, and the code."""
    details = item.get("details") if isinstance(item.get("details"), dict) else {}
    assert isinstance(details, dict)
    facts = [f"field {field}" if (field := field_of(details)) else ""]
    facts += [
        f"{label} {details[key]}"
        for key, label in (
            ("maximum_length", "at most"),
            ("expected_data_type", "expected"),
            ("supported_values", "one of"),
            ("param_name", "parameter"),
            ("reason", "reason:"),
            ("limit", "limit"),
            ("permissions", "needs"),
            ("clause", "clause"),
            ("operator", "operator"),
            ("near", "near"),
            ("line", "line"),
            ("column", "column"),
        )
        if details.get(key)
    ]
    said = str(item.get("message") or "refused").strip().rstrip(".")
    return f"Zoho refused: {said} ({', '.join([code, *filter(None, facts)])})."


def field_of(details: dict[str, Any]) -> str | None:
    name = details.get("api_name") or details.get("column_name")
    return str(name) if name else None


def retry_after(headers: dict[str, str]) -> float | None:
    """Return the seconds Zoho asks for, if it does: it documents no Retry-After."""
    given = headers.get("retry-after", "")
    return float(given) if _SECONDS.fullmatch(given) else None


def _record_is_gone(call: Call, code: str, details: dict[str, Any]) -> bool:
    """A PUT or DELETE on a record that is gone answers a flat 400 (observed live on v8, 2026-10)."""
    on_record = call.method in {"PUT", "DELETE", "POST"} and _ON_RECORD.match(call.path) is not None
    return on_record and code == "INVALID_DATA" and details.get("resource_path_index") == 1
