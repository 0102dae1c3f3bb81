"""What the audit log is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something to remember.

    ``event`` is a tool's name, ``job.ended``, or a word such as ``auth.refreshed``; ``outcome`` is ``ok`` or the kind
    of the error, ``asked`` or ``cancelled`` of a call, and the state of a job that has ended. ``who`` and ``call_id``
    are taken from the log context (keys of the same names) when they are empty; without one it was whoever runs this
    process. ``detail`` is for people; what looks like a secret is masked in it.
    """

    event: str
    connection: str
    outcome: str = "ok"
    record_ids: Sequence[str] = ()
    fields: Sequence[str] = ()
    detail: str = ""
    who: str = ""
    call_id: str = ""
    job_id: str = ""
