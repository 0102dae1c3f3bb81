"""CSV files in zips."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence

from zohocrm_mcp.simulator.wire import Refusal


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Rows as RFC 4180 text."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def zipped(name: str, text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return out.getvalue()


def only_csv(content: bytes, encoding: str = "utf-8-sig") -> tuple[str, list[list[str]]]:
    """Name and rows of the one CSV file in a zip; refuses what is no such zip."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            if len(names) != 1:
                raise Refusal("INVALID_FILE_FORMAT", "the zip must hold exactly one csv file")
            text = archive.read(names[0]).decode(encoding)
    except zipfile.BadZipFile:
        raise invalid_format() from None
    return names[0], list(csv.reader(io.StringIO(text)))


def invalid_format() -> Refusal:
    return Refusal("INVALID_FILE_FORMAT", "invalid file format. only zip format is supported")
