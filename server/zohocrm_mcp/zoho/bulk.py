"""Zoho's asynchronous jobs: Bulk Read and Bulk Write, one method per endpoint, and the files that belong to them.

Source of the shapes: Zoho CRM v8 developer documentation, Bulk Read and Bulk Write.
"""

from __future__ import annotations

from typing import Any, BinaryIO
from urllib.parse import urljoin

from zohocrm_mcp.errors import UnavailableError, ZohoAPIError
from zohocrm_mcp.models import Answer, Call, Record
from zohocrm_mcp.zoho.api import Gateway, record_id
from zohocrm_mcp.zoho.files import FileTransfer

_READ, _WRITE = "/crm/bulk/v8/read", "/crm/bulk/v8/write"


class BulkApi:
    """``api_url`` and ``upload_url`` are the roots of the API host and of the content server."""

    def __init__(self, gateway: Gateway, files: FileTransfer, *, api_url: str, upload_url: str) -> None:
        self._gateway, self._files = gateway, files
        self._api_url, self._upload_url = api_url, upload_url

    async def create_read(self, query: Record) -> str:
        """Order a Bulk Read (50 credits) and return its id. Where the answer is lost it is ordered again."""
        answer = await self._gateway.call(Call("POST", _READ, body={"query": query}))
        return _id_in(answer.data[0] if answer.data else answer.body, answer)

    async def read_job(self, job_id: str) -> Record:
        """Return ``{"state", "result"?}``: state is ADDED, QUEUED, IN PROGRESS, COMPLETED or FAILURE."""
        answer = await self._gateway.call(Call("GET", f"{_READ}/{record_id(job_id)}"))
        if not answer.data:
            raise UnavailableError("Zoho says nothing about the Bulk Read job.", status=answer.status)
        return answer.data[0]

    async def read_result(self, job_id: str, target: BinaryIO) -> None:
        """Download the zip with the one CSV file of a job that is COMPLETED."""
        await self._files.download_zip(f"{self._api_url}{_READ}/{record_id(job_id)}/result", target)

    async def upload(self, name: str, content: BinaryIO, org_id: str) -> str:
        """Send a zip of at most 25 MB to the content server and return its file id."""
        headers = {"feature": "bulk-write", "X-CRM-ORG": org_id}
        body = await self._files.upload(f"{self._upload_url}/crm/v8/upload", name, content, headers)
        return _text(body, "file_id")

    async def create_write(self, operation: str, resource: Record) -> str:
        """Order a Bulk Write (500 credits) and return its id.

        Raises:
            UnknownOutcomeError: the order was sent and no answer came; the job may run.
        """
        body: Record = {
            "operation": operation,
            "character_encoding": "UTF-8",
            "ignore_empty": True,
            "resource": [resource],
        }
        answer = await self._gateway.call(Call("POST", _WRITE, body=body, safe=False))
        return _id_in(answer.body, answer)

    async def write_job(self, job_id: str) -> Record:
        """Return ``{"status", "resource", "result"?}``: status is ADDED, INPROGRESS, COMPLETED or FAILED."""
        answer = await self._gateway.call(Call("GET", f"{_WRITE}/{record_id(job_id)}"))
        return answer.body if isinstance(answer.body, dict) else {}

    async def write_result(self, download_url: str, target: BinaryIO) -> None:
        """Download the zip that says what became of each row; the address is a path on the content server."""
        await self._files.download_zip(urljoin(f"{self._upload_url}/", download_url), target)


def _id_in(body: object, answer: Answer) -> str:
    try:
        return record_id(_text(body, "id"))
    except ZohoAPIError as error:
        raise ZohoAPIError("Zoho took the order of a bulk job without giving its id.", status=answer.status) from error


def _text(body: object, key: str) -> str:
    details: Any = body.get("details") if isinstance(body, dict) else None
    value = details.get(key) if isinstance(details, dict) else None
    if not value:
        raise ZohoAPIError(f"Zoho answered without {key}.")
    return str(value)
