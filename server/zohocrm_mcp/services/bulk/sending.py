"""One chunk to Zoho and back: exact outcomes per record, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

from zohocrm_mcp.errors import (
    UnavailableError,
    UnknownOutcomeError,
    ZohoAuthError,
    ZohoError,
    ZohoRateLimitError,
)
from zohocrm_mcp.jobs.entries import Entry
from zohocrm_mcp.models import Answer, Record
from zohocrm_mcp.services.bulk.patience import Patience, Waits
from zohocrm_mcp.services.bulk.plan import fail
from zohocrm_mcp.services.bulk.reading import STAMP, read_records
from zohocrm_mcp.services.records.comparing import same
from zohocrm_mcp.services.records.outcomes import AGAIN, outcomes
from zohocrm_mcp.zoho.api import CrmApi

Once = Callable[[Sequence[Entry]], Awaitable[ZohoError | None]]


class ChunkSender:
    """Sends the pending entries of a chunk until each has a final state.

    Raises from ``send`` and ``repeat``: ZohoAuthError, when nobody is signed in any more; the entries stay pending.
    """

    def __init__(self, api: CrmApi, patience: Patience) -> None:
        self._api, self.patience = api, patience

    async def send(self, module: str, entries: Sequence[Entry]) -> None:
        await self.repeat(entries, lambda waiting: self._update(module, waiting))

    async def repeat(self, entries: Sequence[Entry], once: Once) -> None:
        """Try what is pending again and again, with growing pauses, and fail what is still pending in the end."""
        waits = Waits(self.patience)
        trouble: ZohoError = UnavailableError("Zoho did not answer.")
        while waiting := [entry for entry in entries if entry.state == "pending"]:
            trouble = await self._guarded(waiting, once) or trouble
            if any(entry.state == "pending" for entry in waiting) and not await waits.after(trouble):
                break
        for entry in [entry for entry in entries if entry.state == "pending"]:
            if entry.code:
                entry.fail(entry.code, entry.message)
            else:
                fail(entry, trouble)

    async def settle(self, module: str, entries: Sequence[Entry], trouble: UnknownOutcomeError) -> None:
        """Find out what became of entries that were sent without an answer: made, not made (pending), or unknown."""
        wanted = {name for entry in entries for name in entry.sent}
        try:
            ids = [entry.id for entry in entries]
            found = await self.patience.with_(lambda: read_records(self._api, module, ids, wanted))
        except ZohoAuthError:
            raise
        except ZohoError:
            found = {}
        for entry in entries:
            entry.in_doubt = False
            now = found.get(entry.id)
            if now is None:
                fail(entry, trouble)
            elif all(same(now.get(name), value) for name, value in entry.sent.items()):
                entry.succeed(after_of(entry, now))
            elif not _untouched(entry, now):
                fail(entry, trouble)

    async def _update(self, module: str, waiting: Sequence[Entry]) -> ZohoError | None:
        try:
            with on_its_way(waiting):
                answer = await self._api.update_many(module, [{"id": entry.id, **entry.sent} for entry in waiting])
                accept(waiting, answer)
        except UnknownOutcomeError as error:
            await self.settle(module, waiting, error)
            return error
        return None

    @staticmethod
    async def _guarded(waiting: Sequence[Entry], once: Once) -> ZohoError | None:
        """Send once. Returned is what keeps entries pending, if anything does."""
        try:
            return await once(waiting)
        except ZohoAuthError:
            raise
        except (ZohoRateLimitError, UnavailableError) as error:
            return error
        except ZohoError as error:
            for entry in waiting:
                fail(entry, error)
            return None


@contextmanager
def on_its_way(entries: Sequence[Entry]) -> Iterator[None]:
    """Hold entries in doubt for the journal while they are sent: until an answer, or an error of a write not made."""
    _doubt(entries, in_doubt=True)
    try:
        yield
    except UnknownOutcomeError:
        raise
    except ZohoError:
        _doubt(entries, in_doubt=False)
        raise
    else:
        _doubt(entries, in_doubt=False)


def _doubt(entries: Sequence[Entry], *, in_doubt: bool) -> None:
    for entry in entries:
        entry.in_doubt = in_doubt


def accept(waiting: Sequence[Entry], answer: Answer) -> None:
    """Give each entry what Zoho said of it; what may pass later stays pending."""
    sent: list[Record] = [entry.sent for entry in waiting]
    for entry, outcome in zip(waiting, outcomes(answer, sent), strict=True):
        if outcome.ok:
            entry.id = outcome.record_id or entry.id
            entry.action = outcome.action or entry.action
            entry.succeed(after_of(entry, outcome.details))
        elif outcome.code in AGAIN:
            entry.code, entry.message = outcome.code, outcome.message
        else:
            entry.fail(outcome.code, outcome.message, outcome.field)


def after_of(entry: Entry, now: Record) -> Record:
    """Return the after-image: what was sent, and when Zoho says it was changed."""
    return {**entry.sent, STAMP: now.get(STAMP)}


def _untouched(entry: Entry, now: Record) -> bool:
    before = entry.before or {}
    return all(same(now.get(name), before.get(name)) for name in entry.sent)
