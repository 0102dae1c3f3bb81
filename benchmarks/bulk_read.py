"""A whole table, side by side: Zoho's Bulk Read by hand (the floor) and ``ExportService.read`` with the export stored.

Run it from the root: ``python -m benchmarks.bulk_read [ROWS]``. The simulator is a process of its own.
"""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import anyio
import httpx2

ROWS = 200_000
ROUNDS = 3
FIELDS = (
    "Account_Name",
    "Industry",
    "Annual_Revenue",
    "Employees",
    "Owner",
    "Phone",
    "Billing_Country",
    "Created_Time",
)


def floor(ready: dict[str, str], rows: int) -> float:
    """Order, wait, download, unzip, parse and count; return the seconds."""
    began = time.perf_counter()
    headers = {"Authorization": f"Zoho-oauthtoken {ready['access_token']}"}
    with httpx2.Client(base_url=ready["api_url"], headers=headers, trust_env=False, timeout=60) as client:
        query = {"module": {"api_name": "Accounts"}, "fields": list(FIELDS), "page": 1}
        job = client.post("/crm/bulk/v8/read", json={"query": query}).json()["data"][0]["details"]["id"]
        while client.get(f"/crm/bulk/v8/read/{job}").json()["data"][0]["state"] != "COMPLETED":
            time.sleep(0.05)
        content = client.get(f"/crm/bulk/v8/read/{job}/result").content
    with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(archive.namelist()[0]) as member:
        reader = csv.reader(io.TextIOWrapper(member, encoding="utf-8", newline=""))
        count = sum(1 for _ in reader) - 1
    assert count == rows, count
    return time.perf_counter() - began


def ours(environment: dict[str, str]) -> dict[str, Any]:
    """Read in a process of its own and return what it says of itself."""
    command = [sys.executable, "-m", "benchmarks.bulk_read", "--read"]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)  # noqa: S603 -- our own
    said: dict[str, Any] = json.loads(done.stdout)
    return said


async def read() -> dict[str, Any]:
    """Open the parts and read; the seconds are those of the call, the memory is the most this process ever had."""
    from zohocrm_mcp.config import load_settings
    from zohocrm_mcp.observe.logging import configure_logging
    from zohocrm_mcp.parts import open_parts

    configure_logging("WARNING")
    services, close = await open_parts(load_settings(call_seconds=600))
    await services.schema.fields("Accounts")
    began, cpu = time.perf_counter(), time.process_time()
    result = await services.exports.read("Accounts", fields=FIELDS)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    await close()
    return {"seconds": seconds, "cpu": cpu, "count": result.count, "peak_mb": _peak_mb(), "state": result.state}


def _peak_mb() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print the medians, their ratio and the peak."""
    if "--read" in sys.argv:
        sys.stdout.write(json.dumps(anyio.run(read)))
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    command = [sys.executable, "-m", "zohocrm_mcp.cli.simulator", "--accounts", str(rows)]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator,  # noqa: S603 -- our own
    ):
        Path(folder).chmod(0o755)
        assert simulator.stdout
        ready = json.loads(simulator.stdout.readline())
        try:
            floors, reads = [], []
            for _ in range(ROUNDS):
                floors.append(floor(ready, rows))
                reads.append(ours(_environment(ready, folder)))
        finally:
            simulator.terminate()
    _print(rows, sorted(floors)[ROUNDS // 2], sorted(reads, key=lambda one: one["seconds"])[ROUNDS // 2], reads)


def _environment(ready: dict[str, str], folder: str) -> dict[str, str]:
    names = {"api_url": "API_URL", "accounts_url": "ACCOUNTS_URL", "upload_url": "UPLOAD_URL"}
    names |= {name: name.upper() for name in ("client_id", "client_secret", "refresh_token")}
    given = {f"ZOHO_SDK_{variable}": ready[name] for name, variable in names.items()}
    database = os.environ.get("DATABASE_URL")
    return {
        "PATH": os.environ["PATH"],
        "ZOHO_MCP_DATA_DIR": folder,
        "ZOHO_MCP_LOG_LEVEL": "WARNING",
        **({"DATABASE_URL": database} if database else {}),
        **given,
    }


def _print(rows: int, least: float, median: dict[str, Any], reads: list[dict[str, Any]]) -> None:
    assert all(one["count"] == rows and one["state"] == "succeeded" for one in reads), reads
    peak = max(one["peak_mb"] for one in reads)
    sys.stdout.write(
        f"{rows} rows of {len(FIELDS)} fields: floor {least:.2f} s, ours {median['seconds']:.2f} s "
        f"({median['seconds'] / least:.2f}x, CPU {median['cpu']:.2f} s), peak {peak:.0f} MB\n"
    )


if __name__ == "__main__":
    main()
