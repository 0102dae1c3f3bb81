"""Queued jobs and the workers that do them, seen from outside."""

from __future__ import annotations

import json
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from support.bulk import Hands
from support.processes import process
from zohocrm_mcp.config import Settings
from zohocrm_mcp.db.waiting import until
from zohocrm_mcp.jobs.journal import LOCK_CLASS
from zohocrm_mcp.simulator import Simulator

UPDATE = "PUT /crm/v8/{module}"
_HOLDERS = """SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
              WHERE locktype = 'advisory' AND classid = %s AND application_name LIKE %s
                AND datname = current_database()"""


def rows(settings: Settings, query: str, *given: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(settings.database_url.get_secret_value(), autocommit=True) as db:
        return db.execute(query, given).fetchall()


@contextmanager
def worker(settings: Settings, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``zohocrm-mcp worker``; it is killed at the end, where it still runs."""
    running = process(settings, "zohocrm_mcp", "worker", *arguments)
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def working(settings: Settings, count: int = 1) -> bool:
    """Whether so many workers have begun."""
    return bool(rows(settings, "SELECT count(*) FROM procrastinate_workers")[0][0] >= count)


def holder(settings: Settings, workers: list[subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    """The worker whose database connection holds the lock on the one job under way."""
    (name,) = [row[0] for row in rows(settings, _HOLDERS, LOCK_CLASS, "%job runner%")]
    (found,) = [each for each in workers if name.endswith(f" {each.pid}")]
    return found


async def queued(here: Hands, ids: list[str], value: int = 777) -> str:
    """Write an update down for whoever is free, and return its id."""
    job = await here.bulk.update("Accounts", [{"id": each, "Health_Score": value} for each in ids], background=True)
    assert job.state == "queued"
    return job.job_id


def written(simulator: Simulator) -> Counter[str]:
    """How often each record was sent in an update."""
    bodies = [json.loads(entry.body) for entry in simulator.requests if entry.method == "PUT"]
    return Counter(row["id"] for body in bodies for row in body["data"])


def end(running: subprocess.Popen[bytes]) -> int:
    """Ask a worker to end, and return how it did."""
    running.send_signal(signal.SIGTERM)
    assert until(lambda: running.poll() is not None, 30)
    return running.returncode
