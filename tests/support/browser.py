"""A real browser without a window: Chromium through its own driver, as W3C WebDriver describes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2

SECONDS = 60.0
DRIVER, CHROMIUM = shutil.which("chromedriver"), shutil.which("chromium") or shutil.which("google-chrome")
MISSING = "" if DRIVER and CHROMIUM else "needs chromium and chromedriver (apt-get install chromium chromium-driver)"

_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_STARTED = re.compile(r"started successfully on port (\d+)")


class Browser:
    """One window; leaving the block closes it and ends the driver."""

    def __init__(self, profile: Path) -> None:
        assert DRIVER
        self._profile = profile
        self._driver = subprocess.Popen(
            [DRIVER, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self._client = httpx2.Client(base_url=f"http://127.0.0.1:{self._port()}", timeout=SECONDS, trust_env=False)
        self._session = ""

    def __enter__(self) -> Self:
        options = {"binary": CHROMIUM, "args": [*_OPTIONS, f"--user-data-dir={self._profile}"]}
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
        self._session = self._call("POST", "/session", wanted)["sessionId"]
        self._command("POST", "/timeouts", {"implicit": int(SECONDS * 1000)})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._command("DELETE", "")
        finally:
            self._client.close()
            self._driver.kill()
            self._driver.communicate(timeout=SECONDS)

    def open(self, url: str) -> None:
        self._command("POST", "/url", {"url": url})

    def click(self, css: str) -> None:
        """Click the first element that there is, waiting for it."""
        found = self._command("POST", "/element", {"using": "css selector", "value": css})
        (element,) = found.values()
        self._command("POST", f"/element/{element}/click", {})

    def wait_heading(self, text: str) -> None:
        """Wait until a page with this heading is shown."""
        self._command("POST", "/element", {"using": "xpath", "value": f"//h1[text()='{text}']"})

    def _port(self) -> int:
        assert self._driver.stdout
        for line in self._driver.stdout:
            if found := _STARTED.search(line):
                return int(found[1])
        raise AssertionError("chromedriver does not start")

    def _command(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._call(method, f"/session/{self._session}{path}", body)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = self._client.request(method, path, json=body)
        value = answer.json()["value"]
        assert answer.status_code == 200, value
        return value
