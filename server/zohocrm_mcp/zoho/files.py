"""The REST tier for files: result zips come down in a stream, zips to be imported go up. Over httpx2, not the SDK.

The SDK holds a whole file in memory and notices no broken download. Token and faults are those of the gateway.
"""

from __future__ import annotations

import errno
import json
import zipfile
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from itertools import count
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
import httpx2
import stamina

from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.endpoint import trust
from zohocrm_mcp.connections.keeper import Held, TokenKeeper
from zohocrm_mcp.errors import NotAllowedError, UnavailableError, ZohoConfigError, ZohoRateLimitError
from zohocrm_mcp.models import Call
from zohocrm_mcp.zoho import faults
from zohocrm_mcp.zoho.gateway import Patience
from zohocrm_mcp.zoho.organisation import BudgetFinder
from zohocrm_mcp.zoho.watched import watched

PATIENCE = Patience(attempts=8, wait_initial=1.0, wait_max=30.0, timeout=180.0)
"""Ten downloads a minute are allowed (Zoho CRM v8 docs, bulk read), so a refused one passes within two."""


def open_file_client(settings: Settings) -> httpx2.AsyncClient:
    """Return an HTTP client that takes nothing from the environment and always has time-outs."""
    timeout = httpx2.Timeout(settings.read_timeout, connect=settings.connect_timeout)
    return httpx2.AsyncClient(
        trust_env=False, verify=trust(settings), proxy=settings.proxy or None, timeout=timeout, follow_redirects=False
    )


class FileTransfer:
    """Files of one connection. ``hosts`` are the roots that its token may be sent to."""

    def __init__(
        self,
        client: httpx2.AsyncClient,
        keeper: TokenKeeper,
        finder: BudgetFinder,
        connection: str,
        hosts: tuple[str, ...],
        patience: Patience = PATIENCE,
    ) -> None:
        self._client, self._keeper, self._finder, self._connection = client, keeper, finder, connection
        self._hosts, self._patience = hosts, patience
        self._again = stamina.AsyncRetryingCaller(
            attempts=patience.attempts,
            timeout=patience.timeout,
            wait_initial=patience.wait_initial,
            wait_max=patience.wait_max,
        ).on(self._may_pass)

    async def download_zip(self, url: str, target: BinaryIO) -> None:
        """Stream a zip into ``target``, which holds a whole one afterwards: its check sums are looked at.

        Raises:
            UnavailableError: it came damaged or not at all, however often it was asked for.
            ZohoConfigError: there is no room for it.
        """
        self._allow(url)
        tries = count()

        async def attempt() -> None:
            await self._download(Call("GET", url), target, next(tries))

        await self._again(attempt)

    async def upload(self, url: str, name: str, content: BinaryIO, headers: dict[str, str]) -> dict[str, Any]:
        """Send a file as multipart ``file`` and return Zoho's answer. An upload changes nothing by itself."""
        tries = count()

        async def attempt() -> dict[str, Any]:
            return await self._upload(Call("POST", url, headers=headers), name, content, next(tries))

        return await self._again(attempt)

    def _may_pass(self, error: Exception) -> bool | float:
        if isinstance(error, ZohoRateLimitError) and error.details["stated"]:
            return error.retry_after if error.retry_after <= self._patience.timeout else False
        return isinstance(error, ZohoRateLimitError | UnavailableError)

    async def _download(self, call: Call, target: BinaryIO, resent: int) -> None:
        target.seek(0)
        target.truncate()
        async with self._answered(call, resent) as response:
            async for part in response.aiter_bytes():
                _write(target, part)
        if not await anyio.to_thread.run_sync(_is_whole, target):
            raise UnavailableError("The file that Zoho sent is damaged or incomplete.", damaged=True)

    async def _upload(self, call: Call, name: str, content: BinaryIO, resent: int) -> dict[str, Any]:
        content.seek(0)
        async with self._answered(call, resent, files={"file": (name, content, "application/zip")}) as response:
            return _object(call, response.status_code, await response.aread())

    @asynccontextmanager
    async def _answered(self, call: Call, resent: int, **given: Any) -> AsyncIterator[httpx2.Response]:
        """Send, once more with another token when Zoho does not take this one; yields a success, its body unread."""
        budget = self._finder.found
        if budget is None:
            budget = await anyio.to_thread.run_sync(self._finder.find)
        permit = await budget.enter(call, self._patience.turn_of_bulk)
        permit.begin()
        try:
            for last in (False, True):
                held = await anyio.to_thread.run_sync(self._keeper.current, self._connection)
                headers = {**call.headers, "Authorization": f"Zoho-oauthtoken {held.token}"}
                async with self._sent(call, resent + last, headers=headers, **given) as response:
                    if response.status_code == HTTPStatus.OK:
                        yield response
                        return
                    await self._refused(call, response, held, last=last)
        except httpx2.HTTPError as error:
            raise faults.no_answer(call, type(error).__name__) from error
        finally:
            permit.leave()

    @asynccontextmanager
    async def _sent(self, call: Call, resent: int, **given: Any) -> AsyncIterator[httpx2.Response]:
        with watched(call, resent) as exchanged:
            async with self._client.stream(call.method, call.path, **given) as response:
                exchanged.status = response.status_code
                yield response

    async def _refused(self, call: Call, response: httpx2.Response, held: Held, *, last: bool) -> None:
        body = _object(call, response.status_code, await response.aread())
        if response.status_code == HTTPStatus.UNAUTHORIZED and body.get("code") in faults.BAD_TOKEN and not last:
            await anyio.to_thread.run_sync(self._keeper.withdraw, self._connection, held.generation)
            return
        raise faults.refusal(call, response.status_code, dict(response.headers), body)

    def _allow(self, url: str) -> None:
        if not any(urlsplit(url)[:2] == urlsplit(host)[:2] for host in self._hosts):
            raise NotAllowedError(
                f"Zoho named a file on {urlsplit(url).hostname}, which is none of this connection's hosts.",
                hint="Set ZOHO_SDK_UPLOAD_URL when files are kept on another host of yours.",
            )


def _write(target: BinaryIO, part: bytes) -> None:
    try:
        target.write(part)
    except OSError as error:
        raise no_room(error) from error


def no_room(error: OSError) -> ZohoConfigError:
    """Return the error for a temporary file that could not be written."""
    full = error.errno in {errno.ENOSPC, errno.EDQUOT}
    what = "There is no room left for temporary files" if full else "A temporary file could not be written"
    return ZohoConfigError(
        f"{what} ({error.strerror}).", hint="Free some space, or let TMPDIR name a larger disk.", variable="TMPDIR"
    )


def _is_whole(target: BinaryIO) -> bool:
    try:
        target.flush()
        with zipfile.ZipFile(target) as archive:
            return archive.testzip() is None
    except (zipfile.BadZipFile, EOFError, zlib.error):
        return False


def _object(call: Call, status: int, content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except ValueError:
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return {"code": "TOO_MANY_REQUESTS"}
        raise faults.no_answer(call, f"HTTP {status} without JSON", status=status) from None
    return body if isinstance(body, dict) else {}
