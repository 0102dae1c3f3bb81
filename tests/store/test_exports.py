"""Exports in PostgreSQL: whole or not there, for their own connection, for a while."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from support.postgres import embedded_data_dir, embedded_prepared_dir, stop_embedded  # noqa: F401 -- fixtures
from zohocrm_mcp.db import migrate
from zohocrm_mcp.db.embedded import ensure
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import ConflictError, NotFoundError, UnavailableError, ZohoDatabaseError
from zohocrm_mcp.jobs.exports import PAGE, ExportStore
from zohocrm_mcp.models import Record

pytestmark = pytest.mark.anyio

FULL = """CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              IF NEW.page > 2 THEN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END IF;
              RETURN NEW; END $$;
          CREATE TRIGGER full_disk BEFORE INSERT ON export_pages FOR EACH ROW EXECUTE FUNCTION full_disk()"""


@pytest.fixture
def store(database: Database) -> ExportStore:
    return ExportStore(database, "main")


def records(count: int) -> list[Record]:
    return [{"id": str(n), "Account_Name": f"Ä {n}"} for n in range(count)]


async def filled(store: ExportStore, count: int) -> str:
    export_id = await store.create("Accounts", ["Account_Name"], "")
    await store.start(export_id, 1)
    await store.add(export_id, 1, 1, records(count))
    return export_id


async def test_pages_come_back_in_order_and_the_last_one_says_so(store: ExportStore) -> None:
    export_id = await filled(store, PAGE + 3)
    await store.complete(export_id, 1, {})
    first, second = await store.page(export_id, 1), await store.page(export_id, 2)
    assert [*first.records, *second.records] == records(PAGE + 3)
    assert (first.last, second.last) == (False, True)
    with pytest.raises(NotFoundError, match="no page 3"):
        await store.page(export_id, 3)


async def test_an_empty_export_has_one_empty_page(store: ExportStore) -> None:
    export_id = await store.create("Accounts", [], "")
    await store.start(export_id, 1)
    await store.complete(export_id, 1, {})
    assert (await store.page(export_id, 1)).records == []


async def test_an_export_that_is_still_written_never_looks_whole(store: ExportStore) -> None:
    export_id = await filled(store, PAGE)
    assert not (await store.page(export_id, 1)).last
    with pytest.raises(UnavailableError, match="not read yet"):
        await store.page(export_id, 2)


async def test_nothing_is_left_of_an_export_that_failed(store: ExportStore) -> None:
    export_id = await filled(store, PAGE)
    await store.fail(export_id, 1)
    with pytest.raises(ConflictError, match="incomplete"):
        await store.page(export_id, 1)


async def test_another_connection_does_not_see_it(store: ExportStore, database: Database) -> None:
    export_id = await filled(store, 1)
    other = ExportStore(database, "other")
    for attempt in (other.page(export_id, 1), other.delete(export_id), other.find("no uuid")):
        with pytest.raises(NotFoundError):
            await attempt


async def test_a_deleted_export_is_gone_and_can_no_longer_be_written(store: ExportStore) -> None:
    export_id = await filled(store, 1)
    await store.delete(export_id)
    with pytest.raises(NotFoundError):
        await store.page(export_id, 1)
    with pytest.raises(ConflictError):
        await store.add(export_id, 1, 2, records(1))


async def test_an_older_run_can_write_nothing_more(store: ExportStore) -> None:
    export_id = await filled(store, PAGE)
    await store.start(export_id, 2)
    with pytest.raises(ConflictError):
        await store.add(export_id, 1, 2, records(1))
    await store.complete(export_id, 1, {})
    await store.fail(export_id, 1)
    assert (await store.find(export_id)).state == "writing"


async def test_an_export_expires(store: ExportStore, database_url: str) -> None:
    export_id = await filled(store, 1)
    with psycopg.connect(database_url) as db:
        db.execute("UPDATE exports SET expires_at = now() - interval '1 second'")
    with pytest.raises(NotFoundError):
        await store.page(export_id, 1)
    await store.create("Accounts", [], "")
    with psycopg.connect(database_url) as db:
        assert db.execute("SELECT count(*) FROM exports").fetchone() == (1,)
        assert db.execute("SELECT count(*) FROM export_pages").fetchone() == (0,)


async def test_a_full_disk_is_told_and_none_of_the_pages_of_that_step_are_kept(
    store: ExportStore, database_url: str
) -> None:
    with psycopg.connect(database_url) as db:
        db.execute(FULL)
    export_id = await filled(store, PAGE)
    with pytest.raises(ZohoDatabaseError, match="no room left for the export"):
        await store.add(export_id, 1, 2, records(2 * PAGE))
    assert (await store.find(export_id)).record_count == PAGE
    await store.fail(export_id, 1)
    assert (await store.find(export_id)).state == "failed"


@pytest.fixture
def small_disk(tmp_path: Path, data_dir: Path) -> Iterator[Database]:
    """A database whose tables are on a disk of their own that is nearly full."""
    disk, tables = tmp_path / "disk", data_dir / "postgresql" / "data" / "base"
    disk.mkdir()
    size = 12 + sum(file.stat().st_size for file in tables.rglob("*")) // 2**20
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", str(disk)]
    if os.geteuid() or subprocess.run(mount, check=False).returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        subprocess.run(["mv", tables, disk / "base"], check=True)
        tables.symlink_to(disk / "base")
        for part in [disk, *disk.parents]:
            part.chmod(part.stat().st_mode | 0o011)
        url = ensure(data_dir, ephemeral=True)
        database = Database(lambda: url)
        migrate.apply(database)
        yield database
        database.close()
        stop_embedded(data_dir)
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


async def test_a_disk_that_is_really_full_is_told_and_the_export_is_removed(small_disk: Database) -> None:
    store = ExportStore(small_disk, "main")
    export_id = await store.create("Accounts", ["Description"], "")
    await store.start(export_id, 1)
    noise: list[Record] = [{"id": str(n), "Description": os.urandom(4000).hex()} for n in range(PAGE)]
    with pytest.raises(ZohoDatabaseError, match="no room left"):
        await _fill(store, export_id, noise)
    await store.fail(export_id, 1)
    assert (await store.find(export_id)).state == "failed"


async def _fill(store: ExportStore, export_id: str, page: list[Record]) -> None:
    for number in range(1, 200):
        await store.add(export_id, 1, number, page)
