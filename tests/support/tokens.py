"""Access tokens under test: keepers over a database and a simulator, in this process and in others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import SecretStr

from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.endpoint import open_client
from zohocrm_mcp.connections.keeper import Held, TokenKeeper
from zohocrm_mcp.connections.keyring import load_keyring
from zohocrm_mcp.connections.signin import take_in
from zohocrm_mcp.connections.store import database_of
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import ZohoError

TESTS = Path(__file__).parent.parent
SECONDS = 60.0
HOUR = 3600.0


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def keeper_of(
    settings: Settings, *, clock: Callable[[], float] | None = None, database: Database | None = None
) -> Iterator[TokenKeeper]:
    """A keeper as a process of its own would have it: with its own pool, keys and HTTP client."""
    used = database or database_of(settings)
    ring = load_keyring(settings)
    take_in(used, ring, settings)
    with open_client(settings) as client:
        keeper = TokenKeeper(used, ring, client, clock=clock or Clock(), jitter=lambda: 0.5)
        try:
            yield keeper
        finally:
            keeper.close()
            used.close()


def at_once(threads: int, work: Callable[[], Held]) -> list[Held | ZohoError]:
    """What each of so many threads gets that start at the same moment."""
    barrier = threading.Barrier(threads)

    def one(_: int) -> Held | ZohoError:
        barrier.wait(SECONDS)
        try:
            return work()
        except ZohoError as error:
            return error

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(threads)))


def expire_in_store(database: Database) -> None:
    """Let the stored access tokens end now, as an hour would."""
    with database.connection() as db:
        db.execute("UPDATE zoho_tokens SET access_expires_at = now()")


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings that were given, as variables."""
    told = {}
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        told[str(Settings.model_fields[name].alias)] = ",".join(plain) if isinstance(plain, tuple) else str(plain)
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "PYTHON_KEYRING_BACKEND") if name in os.environ}
    return {**kept, **told}


class TokenProcess:
    """Another process with a keeper; it gets a token, and at the word ``go`` several threads want the next one."""

    def __init__(self, settings: Settings, threads: int = 4) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "support.token_process", str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=TESTS,
            env=environment_of(settings),
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.communicate(timeout=SECONDS)

    def wait_ready(self) -> None:
        assert self.process.stdout
        assert self.process.stdout.readline() == "ready\n"

    def go(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def generations(self) -> list[int]:
        """The generation of the token that each thread has got."""
        out, _ = self.process.communicate(timeout=SECONDS)
        found: list[int] = json.loads(out)
        return found
