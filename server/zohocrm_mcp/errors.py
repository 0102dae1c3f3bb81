"""Everything that can go wrong, named by who can act.

    ZohoError                     internal          nobody: a fault of ours; the log holds the rest under the call id
    ├── ZohoConfigError           misconfigured     the operator: a setting
    ├── ZohoDatabaseError         unavailable       the operator: PostgreSQL
    ├── ZohoAuthError             not_signed_in     the user: sign in (again)
    │   └── NotAllowedError       not_allowed       the user or an administrator: scope, permission, role, read-only
    └── ZohoAPIError              internal          Zoho answered something that fits none of the rows below
        ├── InvalidInputError     invalid_input     the caller: a name, a value, an argument
        ├── NotFoundError         not_found         the caller: an id, a name, a job
        ├── ConflictError         conflict          the caller: locked, duplicate, changed since
        ├── ZohoRateLimitError    rate_limited      time: wait ``retry_after`` seconds
        ├── UnavailableError      unavailable       time: Zoho or the network does not answer
        └── UnknownOutcomeError   unknown_outcome   the caller: read the record before writing again

Each error is two sentences: ``str(error)`` says what happened, ``error.hint`` what to do. ``error.details`` holds the
facts (``code`` of Zoho, ``field``, ``status`` …); none of them is ever a secret.
"""

from __future__ import annotations

from typing import ClassVar, Literal

Kind = Literal[
    "invalid_input",
    "not_found",
    "conflict",
    "not_signed_in",
    "not_allowed",
    "rate_limited",
    "unavailable",
    "misconfigured",
    "unknown_outcome",
    "internal",
]


UNSTATED_SECONDS = 60.0


class ZohoError(Exception):
    """The root of the tree.

    Args:
        message: one sentence: what happened.
        hint: one sentence: what to do about it. A class default stands in when it is empty.
        details: facts for programs, such as ``code``, ``field``, ``status``, ``record_id``.
    """

    kind: ClassVar[Kind] = "internal"
    default_hint: ClassVar[str] = "Look the call id up in the server's log."

    def __init__(self, message: str, *, hint: str = "", **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint or self.default_hint
        self.details: dict[str, object] = {key: value for key, value in details.items() if value is not None}

    def as_dict(self) -> dict[str, object]:
        """Return the ``error`` object that a model or a script reads: kind, message, hint and what else is known."""
        known: dict[str, object] = {
            key: self.details[key] for key in ("code", "field", "retry_after_seconds") if key in self.details
        }
        return {"kind": self.kind, "message": self.message, "hint": self.hint, **known}


class ZohoConfigError(ZohoError):
    """A setting is missing or wrong; ``details["variable"]`` names it."""

    kind: ClassVar[Kind] = "misconfigured"
    default_hint: ClassVar[str] = "Correct the setting and start again; `zohocrm-mcp doctor` checks them all."


class ZohoDatabaseError(ZohoError):
    """PostgreSQL cannot be reached or refused a statement."""

    kind: ClassVar[Kind] = "unavailable"
    default_hint: ClassVar[str] = (
        "Check that PostgreSQL runs and that DATABASE_URL is right; `zohocrm-mcp doctor` tells more."
    )


class ZohoAuthError(ZohoError):
    """Nobody is signed in, or Zoho no longer accepts the stored sign-in."""

    kind: ClassVar[Kind] = "not_signed_in"
    default_hint: ClassVar[str] = "Run `zohocrm-mcp auth login` to sign in again."


class NotAllowedError(ZohoAuthError):
    """The signed-in user, the token's scopes or this server's own rules do not allow the call."""

    kind: ClassVar[Kind] = "not_allowed"
    default_hint: ClassVar[str] = "Ask an administrator for the permission, or use another tool."


class ZohoAPIError(ZohoError):
    """Zoho refused the call; ``details`` holds its ``code`` and ``status``."""


class InvalidInputError(ZohoAPIError):
    """A name, value or argument is wrong. Mostly found before anything was sent."""

    kind: ClassVar[Kind] = "invalid_input"
    default_hint: ClassVar[str] = "Correct the argument and call again; describe_module lists fields and values."


class NotFoundError(ZohoAPIError):
    """There is no such record, module, job or page."""

    kind: ClassVar[Kind] = "not_found"
    default_hint: ClassVar[str] = "Check the id; search_accounts finds records by what they hold."


class ConflictError(ZohoAPIError):
    """The state in Zoho does not allow the change: duplicate, locked, changed since it was read."""

    kind: ClassVar[Kind] = "conflict"
    default_hint: ClassVar[str] = "Read the record again and decide anew."


class ZohoRateLimitError(ZohoAPIError):
    """A limit of Zoho is used up. ``retry_after`` says for how many seconds; a guess where Zoho did not state it."""

    kind: ClassVar[Kind] = "rate_limited"
    default_hint: ClassVar[str] = "Wait, then call again; smaller and fewer calls help."

    def __init__(self, message: str, *, retry_after: float | None = None, hint: str = "", **details: object) -> None:
        self.retry_after = UNSTATED_SECONDS if retry_after is None else retry_after
        stated = retry_after is not None
        super().__init__(message, hint=hint, retry_after_seconds=round(self.retry_after, 1), stated=stated, **details)


class UnavailableError(ZohoAPIError):
    """Zoho or the network did not answer, or answered something that is no answer."""

    kind: ClassVar[Kind] = "unavailable"
    default_hint: ClassVar[str] = "Call again in a minute; nothing was changed by this call."


class UnknownOutcomeError(ZohoAPIError):
    """A write was sent, its answer never came, and reading back did not settle it."""

    kind: ClassVar[Kind] = "unknown_outcome"
    default_hint: ClassVar[str] = "Read the record before you write it again: the change may have been made."


def first_of(group: BaseExceptionGroup[ZohoError]) -> ZohoError:
    """Return the first of our errors in what a task group raised."""
    first = group.exceptions[0]
    return first_of(first) if isinstance(first, BaseExceptionGroup) else first
