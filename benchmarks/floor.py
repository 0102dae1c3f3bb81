"""The floor: what the same calls cost over raw HTTP, with keep-alive and ideal concurrency, unchecked. A worker."""

from __future__ import annotations

import csv
import io
import json
import sys
import time
import zipfile
from collections.abc import Callable, Coroutine
from typing import Any

import anyio
import httpx2

from benchmarks.processes import answer, orders

CHUNK = 100


class Floor:
    """Calls with an access token that is good."""

    def __init__(self, ready: dict[str, str]) -> None:
        self._given: dict[str, Any] = {
            "base_url": ready["api_url"],
            "headers": {"Authorization": f"Zoho-oauthtoken {ready['access_token']}"},
            "trust_env": False,
            "timeout": 60,
        }
        self._client = httpx2.Client(**self._given)

    def replay(self, calls: list[dict[str, Any]], times: int) -> None:
        """Make the same calls again and again, and read the answers."""
        asked = [(one["method"], one["path"], one["query"], one["body"].encode()) for one in calls]
        for _ in range(times):
            for method, path, query, body in asked:
                assert self._client.request(method, path, params=query, content=body).json()["data"]

    def update(self, records: list[dict[str, Any]], at_once: int, read_first: list[str]) -> int:
        """Write records, a hundred a call, so many calls at once; ``read_first`` names fields to read before."""
        return anyio.run(self._update, records, at_once, read_first)

    async def _update(self, records: list[dict[str, Any]], at_once: int, read_first: list[str]) -> int:
        chunks = iter([records[start : start + CHUNK] for start in range(0, len(records), CHUNK)])
        accepted = 0
        async with httpx2.AsyncClient(**self._given) as client:

            async def hand() -> None:
                nonlocal accepted
                for chunk in chunks:
                    if read_first:
                        ids = ",".join(record["id"] for record in chunk)
                        asked = {"ids": ids, "fields": ",".join(read_first), "per_page": str(CHUNK)}
                        assert (await client.get("/crm/v8/Accounts", params=asked)).json()["data"]
                    said = (await client.put("/crm/v8/Accounts", json={"data": chunk})).json()["data"]
                    accepted += sum(one["status"] == "success" for one in said)

            await _side_by_side(at_once, hand)
        return accepted

    def bulk_read(self, fields: list[str]) -> int:
        """Order a table, wait for it, download, unzip, parse and count."""
        query = {"module": {"api_name": "Accounts"}, "fields": fields, "page": 1}
        made = self._client.post("/crm/bulk/v8/read", json={"query": query}).json()["data"][0]["details"]
        while self._client.get(f"/crm/bulk/v8/read/{made['id']}").json()["data"][0]["state"] != "COMPLETED":
            time.sleep(0.05)
        content = self._client.get(f"/crm/bulk/v8/read/{made['id']}/result").content
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(archive.namelist()[0]) as member:
            return sum(1 for _ in csv.reader(io.TextIOWrapper(member, encoding="utf-8", newline=""))) - 1


async def _side_by_side(hands: int, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async with anyio.create_task_group() as group:
        for _ in range(hands):
            group.start_soon(work)


if __name__ == "__main__":
    floor = Floor(json.loads(sys.argv[1]))
    for order in orders():
        answer(getattr(floor, order.pop("work"))(**order))
