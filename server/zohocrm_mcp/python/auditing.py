"""The audit log of a script's changes: one row for every single write, however it ended; jobs write their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace

import anyio
import anyio.to_thread

from zohocrm_mcp.errors import ZohoError
from zohocrm_mcp.observe import writes
from zohocrm_mcp.observe.audit import Audit
from zohocrm_mcp.observe.events import Event
from zohocrm_mcp.observe.logging import get_logger

log = get_logger(__name__)


@dataclass
class Told:
    """``fields`` as the answer names them; until there is one, as the script does."""

    fields: list[str] = field(default_factory=list)


@asynccontextmanager
async def audited(audit: Audit, event: Event) -> AsyncIterator[Told]:
    """Write the row of the write in the block. It stands also where the write failed, and then says how."""
    told, outcome = Told(list(event.fields)), "cancelled"
    with writes.counted() as sent:
        try:
            yield told
            outcome = "ok"
        except ZohoError as error:
            outcome = error.kind
            raise
        except Exception:
            outcome = "internal"
            raise
        finally:
            detail = "a change was sent" if outcome != "ok" and sent.sent else event.detail
            with anyio.CancelScope(shield=True):
                await _add(audit, replace(event, outcome=outcome, fields=told.fields, detail=detail))


async def _add(audit: Audit, event: Event) -> None:
    """Append, or say in the program's log what could not be: the answer says what became of the write."""
    try:
        await anyio.to_thread.run_sync(audit.write, event)
    except ZohoError as error:
        log.error("audit row not written", reason=error.message, row=asdict(event))  # noqa: TRY400 -- the sentence is the reason
