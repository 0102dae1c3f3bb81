"""All rows, in the order of the table."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks import bulk_read, characters, crowd, growth, memory, reads, start, updates
from benchmarks.measure import Scale
from benchmarks.stage import Stage
from benchmarks.table import Line

Row = Callable[[Stage, Scale], list[Line]]

ROWS: dict[str, Row] = {
    row.__name__: row
    for row in (
        reads.get_one,
        reads.list_100,
        reads.search_50,
        reads.list_200x40,
        updates.update_150,
        updates.update_10000,
        bulk_read.bulk_read,
        crowd.http_64,
        start.start,
        memory.memory,
        characters.tools_list,
        characters.answer_200,
        growth.growth,
    )
}
