"""The simulator as a Python object: start it, point a client at it, look inside."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType
from typing import Any, Self

from zohocrm_mcp.simulator.application import Application
from zohocrm_mcp.simulator.clock import Clock
from zohocrm_mcp.simulator.control import Control
from zohocrm_mcp.simulator.faults import Faults
from zohocrm_mcp.simulator.log import Counters, Entry
from zohocrm_mcp.simulator.settings import Settings
from zohocrm_mcp.simulator.state import State
from zohocrm_mcp.simulator.transport import Server, listening_socket, make_server

START_SECONDS = 30
STOP_SECONDS = 10


class Simulator(Control):
    """A Zoho CRM v8 in a thread of its own, speaking HTTP on ``host`` and ``port`` (0: a free one).

    Keyword arguments beyond those named are the fields of ``Settings``.
    """

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0, **settings: Any) -> None:
        super().__init__(State(Settings(**settings)))
        self._host, self._port = host, port
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._failure: Exception | None = None
        self._server: Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._application: Application | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen; returns when calls are answered. Raises OSError when the port is taken."""
        listener = listening_socket(self._host, self._port)
        self._port = listener.getsockname()[1]
        self.state.api_url = f"http://{self._host}:{self._port}"
        self._ready.clear()
        self._thread = threading.Thread(target=self._run, args=(listener,), name="simulator", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_SECONDS) or self._failure:
            raise RuntimeError("The simulator did not start.") from self._failure

    def _run(self, listener: Any) -> None:
        try:
            asyncio.run(self._serve(listener))
        except Exception as error:  # noqa: BLE001 -- told to whoever starts it
            self._failure = error
            self._ready.set()

    async def _serve(self, listener: Any) -> None:
        self._loop = asyncio.get_running_loop()
        self._application = Application(self.state)
        self._server = make_server(self._application, self.state.counters, self._ready.set)
        with listener:
            await self._server.serve(sockets=[listener])

    def stop(self) -> None:
        """End all calls and stop listening."""
        if self._thread and self._loop and self._server and self._application:
            self._server.should_exit = True
            for event in (self._application.stopping, self._server.ending):
                self._loop.call_soon_threadsafe(event.set)
            self._thread.join(STOP_SECONDS)
        self._thread = None

    @property
    def api_url(self) -> str:
        """Root of the CRM API host, without ``/crm/v8``."""
        return self.state.api_url

    @property
    def accounts_url(self) -> str:
        """The full token endpoint."""
        return f"{self.api_url}/oauth/v2/token"

    @property
    def upload_url(self) -> str:
        """Root of the content server."""
        return self.api_url

    @property
    def client_id(self) -> str:
        return self.state.client.id

    @property
    def client_secret(self) -> str:
        return self.state.client.secret

    @property
    def refresh_token(self) -> str:
        return self.state.refresh_token.value

    @property
    def access_token(self) -> str:
        return self.state.access_token.value

    @property
    def requests(self) -> list[Entry]:
        """All calls so far, the newest last."""
        return self.state.log.all()

    @property
    def counters(self) -> Counters:
        return self.state.counters

    @property
    def faults(self) -> Faults:
        return self.state.faults

    @property
    def clock(self) -> Clock:
        return self.state.clock

    @property
    def settings(self) -> Settings:
        return self.state.settings

    def ready_line(self) -> dict[str, str]:
        """What ``zohocrm-mcp simulator`` prints when it is ready."""
        return {
            "api_url": self.api_url,
            "accounts_url": self.accounts_url,
            "upload_url": self.upload_url,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "refresh_token": self.refresh_token,
            "access_token": self.access_token,
        }
