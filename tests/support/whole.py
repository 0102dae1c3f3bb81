"""Whole-table work over the real parts, the simulator and a database; few records are many here."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from io import BytesIO, StringIO
from pathlib import Path

import anyio
import psycopg
import pytest
from pydantic import SecretStr

from zohocrm_mcp.cli.main import run
from zohocrm_mcp.config import Settings
from zohocrm_mcp.models import Job, Record
from zohocrm_mcp.parts import open_parts
from zohocrm_mcp.services import Services
from zohocrm_mcp.services.exports import bulk_read
from zohocrm_mcp.simulator import Simulator

MANY = 10
READ, WRITE, COQL = "POST /crm/bulk/v8/read", "POST /crm/bulk/v8/write", "POST /crm/v8/coql"
RESULT = "GET /crm/bulk/v8/read/{job}/result"
FIELDS = ("Account_Name", "Industry", "Annual_Revenue", "Owner", "Parent_Account", "Created_Time", "Account_Status")


@asynccontextmanager
async def opened(settings: Settings, *, few: int = MANY) -> AsyncIterator[Services]:
    """The services of a process; more than ``few`` records or rows go through Zoho's bulk interfaces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk_read, "PAUSES", (0.0, 0.01, 0.02, 0.05))
        services, close = await open_parts(settings)
        services.exports._reader.few = services.imports.few = few
        try:
            yield services
        finally:
            await close()


async def all_pages(services: Services, uri: str) -> list[Record]:
    """Every record of an export, page by page as a client reads it."""
    records: list[Record] = []
    following: str | None = uri
    while following:
        page = await services.exports.page(following.removeprefix("crm://exports/"))
        records += page.records
        following = page.next
    return records


def zipped(*rows: list[str]) -> bytes:
    """A zip with one CSV, as Zoho makes them."""
    text, out = StringIO(), BytesIO()
    csv.writer(text).writerows(rows)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("result.csv", text.getvalue())
    return out.getvalue()


@contextmanager
def sql(settings: Settings) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """The test's database, looked into from outside."""
    with psycopg.connect(settings.database_url.get_secret_value(), autocommit=True) as connection:
        yield connection


def environment(settings: Settings) -> dict[str, str]:
    """The settings as variables, for a process or a command of the product."""
    given = {}
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        given[str(Settings.model_fields[name].alias)] = str(
            value.get_secret_value() if isinstance(value, SecretStr) else value
        )
    return given


def process(settings: Settings, *arguments: str) -> subprocess.Popen[str]:
    """Start a command of the product."""
    command = [sys.executable, "-m", "zohocrm_mcp", *arguments]
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", ""), **environment(settings)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=variables)


def command(settings: Settings, *arguments: str) -> int:
    """Run a command of the product in this process and return its exit code."""
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in environment(settings).items():
            patch.setenv(variable, value)
        try:
            return run(arguments)
        except SystemExit as end:
            return int(end.code or 0)


def accounts(simulator: Simulator) -> int:
    return len(simulator.state.tables["Accounts"])


def written(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


async def ended(services: Services, job_id: str) -> Job:
    """Wait for a job that goes on in the background."""
    with anyio.fail_after(60):
        while (job := await services.jobs.get(job_id)).state in {"queued", "running"}:  # noqa: ASYNC110 -- of any process
            await anyio.sleep(0.05)
    return job


@contextmanager
def tiny_disk(folder: Path) -> Iterator[Path]:
    """A disk of four kilobytes."""
    disk = folder / "tiny"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(disk)]
    if os.geteuid() or subprocess.run(mount, check=False).returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
