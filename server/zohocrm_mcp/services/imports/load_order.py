"""One file of a load on its way: its rows, how far its order is, and what is said of them when it brings no result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from zohocrm_mcp.errors import UnavailableError, UnknownOutcomeError, ZohoError
from zohocrm_mcp.jobs.entries import Entry
from zohocrm_mcp.jobs.journal import JobRow
from zohocrm_mcp.models import Record
from zohocrm_mcp.services.bulk.plan import fail
from zohocrm_mcp.services.imports import load_file

ORDERING = "ordering"


@dataclass
class LoadedFile:
    """One chunk on its way. ``ordered``: nothing yet, ``ORDERING``, or the id of Zoho's job."""

    job: JobRow
    run: int
    number: int
    entries: list[Entry]
    ordered: str

    @property
    def key(self) -> str:
        return f"file {self.number}"

    @property
    def pending(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.state == "pending"]

    def fail(self, error: ZohoError) -> None:
        for entry in self.pending:
            fail(entry, error)


def order_of(file: LoadedFile, columns: Sequence[str], file_id: str) -> tuple[str, Record]:
    request = file.job.request
    resource: Record = {
        "type": "data",
        "module": {"api_name": file.job.module},
        "file_id": file_id,
        "file_names": [load_file.NAME],
        "field_mappings": load_file.field_mappings(columns),
    }
    if request["find_by"]:
        resource["find_by"] = request["find_by"]
    return str(request["operation"]), resource


def without_result(file: LoadedFile, job: Record, status: str) -> ZohoError:
    """Return what is to be said of each row: a job that has written nothing has failed, else nobody knows."""
    resources: Any = job.get("resource")
    resource = resources[0] if isinstance(resources, list) and resources else {}
    counts = resource.get("file") or {}
    code = str(resource.get("code") or status)
    told = f"Zoho's Bulk Write job {file.ordered} ended as {status} ({code}) without a result"
    if "added_count" in counts and not counts["added_count"] and not counts.get("updated_count"):
        return UnavailableError(f"{told}; it has written nothing.", code=code)
    return UnknownOutcomeError(f"{told}; some of its rows may have been written.")
