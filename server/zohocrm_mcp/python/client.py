"""The client for scripts and agent frameworks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from types import TracebackType
from typing import Self

from zohocrm_mcp.config import Settings, load_settings
from zohocrm_mcp.errors import NotAllowedError, ZohoConfigError
from zohocrm_mcp.models import Record
from zohocrm_mcp.python.accounts import Accounts
from zohocrm_mcp.python.background import BackgroundLoop
from zohocrm_mcp.python.listing import Listing
from zohocrm_mcp.python.parts import opened
from zohocrm_mcp.python.results import BulkUpdate
from zohocrm_mcp.zoho.gateway import Patience


class ZohoSDKClient:
    """Works with the accounts of the organisation that the settings sign in to. Works in any number of threads.

    Use it in a ``with`` statement, or call ``close`` at the end; without either it opens at the first call. Nothing
    has to be awaited, and it may be used where an event loop runs (which then waits for each call).

    A record is a flat dict by Zoho's API names: ids are strings, lookups ``{"id", "name"}``; what is empty is not in
    it. Fields may be named by API name or label, in any case. Every call raises ``ZohoAuthError`` when nobody is signed
    in any more or the user may not do it, ``ZohoRateLimitError`` with ``retry_after`` (seconds) when a limit is used
    up, ``ZohoDatabaseError`` when PostgreSQL does not answer, and ``ZohoAPIError`` for what Zoho refuses: an unknown
    name, a bad value, no such record. All are ``ZohoError`` and have ``details``, a dict, and a ``hint``.

    Args:
        database_url: PostgreSQL to use instead of the one that the settings name.
        max_retries: how often a call is repeated that Zoho has throttled or not answered; a write only where Zoho
            cannot have received it.
        retry_delay: seconds before the first repetition; they double with each.

    Raises:
        ZohoConfigError: a setting or an argument is wrong on its face. Also raised by the first call, or on entering
            the ``with`` block: nobody has signed in.
    """

    def __init__(self, database_url: str | None = None, max_retries: int = 3, retry_delay: float = 1.0) -> None:
        self._settings = load_settings(database_url=database_url)
        self._loop = BackgroundLoop(partial(_accounts, self._settings, _patience(max_retries, retry_delay)))

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> None:
        """Open now what the first call would open: the database with its tables, and the session at Zoho.

        Raises:
            ZohoConfigError: nobody is signed in, and the settings hold no sign-in.
            ZohoDatabaseError: PostgreSQL does not answer.
        """
        self._loop.open()

    def close(self) -> None:
        """Let calls of other threads end and give everything back. Later calls raise ``ZohoError``."""
        self._loop.close()

    def get_accounts(
        self,
        limit: int = 200,
        page: int = 1,
        sort_by: str | None = None,
        sort_order: str | None = None,
        fields: Sequence[str] | None = None,
    ) -> list[Record]:
        """Return a page of all accounts, the newest first unless sorted.

        Args:
            limit: records a page, 1 to 200.
            page: its number, from 1; there is no last one, and pages beyond the end are empty.
            sort_by: a field; with ``sort_order`` alone it is the id.
            sort_order: ``asc`` (default) or ``desc``.
            fields: what to read; if omitted, a set suited to reading.

        Raises:
            ZohoAPIError: a number is out of range, or a name is wrong.
        """
        by = sort_by or ("id" if sort_order else "")
        listing = Listing(by, (sort_order or ("asc" if by else "")).lower(), tuple(fields or ()))
        return self._loop.call(lambda accounts: accounts.page(listing, limit, page))

    def get_account(self, account_id: str) -> Record:
        """Return an account with every field that is set.

        Raises:
            ZohoAPIError: there is none with this id, or the signed-in user may not see it.
        """
        return self._loop.call(lambda accounts: accounts.get(str(account_id)))

    def update_account(self, account_id: str, field_data: Mapping[str, object]) -> Record:
        """Change the fields given and return the account as read back; None clears a field.

        Dates and decimals may be Python's own.

        Raises:
            ZohoAPIError: there is no such account, or a name or a value is wrong (``details["field"]``): then nothing
                was sent.
        """
        self._writing()
        return self._loop.call(lambda accounts: accounts.update(str(account_id), field_data))

    def bulk_update_accounts(self, records: Sequence[Mapping[str, object]]) -> BulkUpdate:
        """Change up to 10,000 accounts, each record with its ``id`` and its own values, and wait for the end.

        A record with a bad value fails alone. The job can be undone and, if stopped, resumed by its ``job_id`` with
        ``zohocrm-mcp call undo_job`` and ``resume_job``.

        Returns:
            ``{"total", "status_code", "message", "data", "succeeded", "failed", "failures", "job_id", "state"}``.
            ``status_code``: 200 all were written, 207 some, 400 none, 503 stopped before any. ``data`` holds a
            ``{"id", "status", "code", "message", "field"?}`` for each record, in the order given, with ``status``
            ``success``, ``error`` or ``pending``; ``failures`` holds ``{"record_id", "code", "message", "field"?}``.

        Raises:
            ZohoAPIError: no records or too many, an id missing or doubled; nothing was sent.
        """
        self._writing()
        return self._loop.call(lambda accounts: accounts.update_many(records))

    def search_accounts(self, criteria: str, limit: int = 200) -> list[Record]:
        """Return the first accounts that meet a condition, as they are now.

        Args:
            criteria: in Zoho's syntax, ``(Industry:equals:Banking)``, or COQL's, ``Annual_Revenue > 1000000``.
            limit: records at the most.

        Raises:
            ZohoAPIError: the condition cannot be read, or names what there is not.
        """
        return self._loop.call(lambda accounts: accounts.search(criteria, limit))

    def bulk_read_accounts(self, criteria: str | None = None, fields: Sequence[str] | None = None) -> list[Record]:
        """Return every account that meets a condition, all without one, by ascending id.

        They all are in memory then; ``iter_accounts`` takes the same arguments and holds a batch at a time.
        """
        return list(self.iter_accounts(criteria, fields))

    def iter_accounts(self, criteria: str | None = None, fields: Sequence[str] | None = None) -> Iterator[Record]:
        """Yield every account that meets a condition, all without one, however many.

        They are read some thousands at a time, when they are asked for. Large tables come through Zoho's Bulk Read.

        Args:
            criteria: as in ``search_accounts``.
            fields: as in ``get_accounts``.

        Raises:
            ZohoAPIError: at the first record, when the condition or a name is wrong.
        """
        for batch in self._loop.iterate(lambda accounts: accounts.batches(criteria or "", tuple(fields or ()))):
            yield from batch

    def _writing(self) -> None:
        if self._settings.read_only:
            raise NotAllowedError(
                "ZOHO_MCP_READ_ONLY is set: this client only reads.",
                hint="Whoever runs it can take the setting back.",
                variable="ZOHO_MCP_READ_ONLY",
            )


@asynccontextmanager
async def _accounts(settings: Settings, patience: Patience) -> AsyncIterator[Accounts]:
    async with opened(settings, patience) as parts:
        yield Accounts(parts)


def _patience(max_retries: int, retry_delay: float) -> Patience:
    """Return the gateway's patience; it lasts until the last of the repetitions asked for."""
    for name, value in {"max_retries": max_retries, "retry_delay": retry_delay}.items():
        if value < 0:
            raise ZohoConfigError(f"{name} is {value}.", hint="Use 0 or more.", variable=name)
    usual = Patience()
    longest = max(usual.wait_max, retry_delay)
    return Patience(
        attempts=max_retries + 1,
        wait_initial=retry_delay,
        wait_max=longest,
        timeout=max(usual.timeout, max_retries * longest),
    )
