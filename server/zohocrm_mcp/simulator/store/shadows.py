"""What search still sees: its index lags behind the records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zohocrm_mcp.simulator.clock import Clock
from zohocrm_mcp.simulator.settings import Settings
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store.conditions import Reader
from zohocrm_mcp.simulator.store.table import Table, Values


@dataclass(slots=True)
class Shadow:
    """A record as the index has it until ``until``; ``values`` is None when the index does not know it yet."""

    until: float
    values: Values | None


@known("Zoho CRM v8 docs: search sees changes late, COQL at once")
@guessed("how late: index_lag_seconds, 0 unless set")
class Shadows:
    """Shadows of recently changed records, by module and id."""

    def __init__(self, clock: Clock, settings: Settings) -> None:
        self._clock, self._settings = clock, settings
        self._shadows: dict[str, dict[int, Shadow]] = {}

    def keep(self, module: str, table: Table, record_id: int, *, existed: bool) -> None:
        """Note how a record is before it changes; the first of several changes counts."""
        lag = self._settings.index_lag_seconds
        if lag <= 0:
            return
        shadows = self._shadows.setdefault(module, {})
        now = self._clock.now()
        old = shadows.get(record_id)
        if old and old.until > now:
            return
        values = dict(table.written.get(record_id, {})) if existed else None
        shadows[record_id] = Shadow(now + lag, values)

    def of(self, module: str) -> dict[int, Values | None]:
        """What the index has instead of the records, for those that it has not caught up with."""
        now = self._clock.now()
        shadows = self._shadows.get(module, {})
        for record_id in [each for each, shadow in shadows.items() if shadow.until <= now]:
            del shadows[record_id]
        return {record_id: shadow.values for record_id, shadow in shadows.items()}

    @staticmethod
    def reader(table: Table, values: Values, reader: Callable[[str], Reader]) -> Callable[[str], Reader]:
        """Readers that see the old values of a record."""

        def old(path: str) -> Reader:
            if path in values:
                return lambda _: values[path]
            index_of, column = table.base.index_of, table.base.columns.get(path)

            def read(record_id: int) -> object:
                index = index_of(record_id)
                return column(index) if column and index is not None else None

            return read if column else reader(path)

        return old
