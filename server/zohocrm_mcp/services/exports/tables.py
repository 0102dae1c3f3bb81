"""Records into a file, CSV or JSON lines: under its name it is whole, or as it was before."""

from __future__ import annotations

import contextlib
import csv
import json
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TextIO

import anyio
import anyio.to_thread
import pydantic_core
from pydantic import JsonValue

from zohocrm_mcp.errors import InvalidInputError, ZohoConfigError
from zohocrm_mcp.models import Record
from zohocrm_mcp.services.exports.columns import JOIN

Write = Callable[[Sequence[Record]], None]


class TableFile:
    """A file that is being written. ``fields`` are the columns of a CSV, ``id`` before them."""

    def __init__(self, file: TextIO, write: Write) -> None:
        self._file, self._write = file, write

    async def add(self, records: Sequence[Record]) -> None:
        await anyio.to_thread.run_sync(self._write, records)

    def finish(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())


@asynccontextmanager
async def table_file(path: Path, fields: Sequence[str]) -> AsyncIterator[TableFile]:
    """Write beside ``path`` and put the file in its place when the block ends well.

    Raises:
        InvalidInputError: the name ends neither with .csv nor with .jsonl.
        ZohoConfigError: it cannot be written.
    """
    writer = _writer(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("w", encoding="utf-8", newline="") as file:
            table = TableFile(file, writer(file, ["id", *(name for name in fields if name != "id")]))
            yield table
            await anyio.to_thread.run_sync(table.finish)
        beside.replace(path)
    except OSError as error:
        raise ZohoConfigError(
            f"{path} could not be written: {error.strerror}.", hint="Free some space there, or name another file."
        ) from error
    finally:
        with anyio.CancelScope(shield=True), contextlib.suppress(OSError):  # where none can be made, there is none
            await anyio.to_thread.run_sync(lambda: beside.unlink(missing_ok=True))


def _writer(path: Path) -> Callable[[TextIO, Sequence[str]], Write]:
    known = {".csv": _csv, ".jsonl": _json_lines, ".ndjson": _json_lines}
    if path.suffix.lower() not in known:
        raise InvalidInputError(f"{path.name} is no name of a table.", hint="End it with .csv or .jsonl.", field="file")
    return known[path.suffix.lower()]


def _csv(file: TextIO, columns: Sequence[str]) -> Write:
    writer = csv.writer(file)
    writer.writerow(columns)
    return lambda records: writer.writerows([cell(record.get(name)) for name in columns] for record in records)


def _json_lines(file: TextIO, _: Sequence[str]) -> Write:
    return lambda records: file.writelines(f"{pydantic_core.to_json(record).decode()}\n" for record in records)


def cell(value: JsonValue) -> str | int | float:
    """Return a value as it stands in a CSV: a lookup is its id, a list is joined, so that import takes it again."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return str(value["id"]) if "id" in value else json.dumps(value, ensure_ascii=False)
    return JOIN.join(str(one.get("name", one)) if isinstance(one, dict) else str(one) for one in value)
