"""``serve --demo`` over HTTP in a process of its own, with a data directory of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.child import Child, environment, serve
from support.postgres import stop_embedded


@dataclass(frozen=True)
class Served:
    """The process, and where it listens; it may serve one of the two only."""

    child: Child
    http: str
    sse: str


@contextmanager
def serving(folder: Path, transport: str, *options: str) -> Iterator[Served]:
    """Serve, and stop the process and the embedded PostgreSQL that it has started."""
    data = folder / "data"
    command = serve("--demo", "--transport", transport, "--port", "0", *options)
    try:
        with Child(*command, env=environment(data, ZOHO_MCP_LOG_FORMAT="json"), cwd=folder) as child:
            base = str(json.loads(child.error_line("listening"))["url"]).rpartition("/")[0]
            yield Served(child, f"{base}/mcp", f"{base}/sse")
    finally:
        stop_embedded(data)
