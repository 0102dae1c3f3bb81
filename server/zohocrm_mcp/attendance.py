"""Queued jobs are attended to for every connection that was opened once, also while its parts are closed."""

from __future__ import annotations

import contextvars
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zohocrm_mcp.services.bulk.background import Background

Perform = Callable[[str, str], Awaitable[None]]
"""Does the job of a connection, by their names."""
Attend = Callable[[str, Perform], Awaitable[None]]
"""Has the queued jobs of a connection done, until cancelled."""


BREATH = 1.0
"""Seconds between the opening of the parts and the import of the job library, so that the first call does not wait."""


class Attendance:
    """``attend`` is begun once for each connection."""

    def __init__(self, attend: Attend) -> None:
        self._attend = attend
        self._background: Background | None = None
        self._connections: set[str] = set()

    def begin(self, connection: str, perform: Perform) -> None:
        """Attend to a connection from now on, in a context that belongs to no call."""
        if connection in self._connections:
            return
        from zohocrm_mcp.services.bulk.background import Background  # what opens the parts has imported it

        self._connections.add(connection)
        self._background = self._background or Background()
        contextvars.Context().run(self._background.start, partial(self._attend, connection, perform))

    async def close(self) -> None:
        """End it for all; it can begin anew."""
        background, self._background = self._background, None
        self._connections.clear()
        if background:
            await background.close()
