"""A real browser without a window: Chromium through its own driver, as W3C WebDriver describes."""

from __future__ import annotations

import base64
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
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""Under which key an element is handed over, by the specification."""

_STARTED = re.compile(r"started successfully on port (\d+)")


class Browser:
    """One window; leaving the block closes it and ends the driver. ``more``: further switches of Chromium."""

    def __init__(self, profile: Path, *more: str) -> None:
        assert DRIVER
        self._profile, self._more = profile, more
        self._driver = subprocess.Popen(
            [DRIVER, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self._client = httpx2.Client(base_url=f"http://127.0.0.1:{self._port()}", timeout=SECONDS, trust_env=False)
        self._session = ""

    def __enter__(self) -> Self:
        options = {"binary": CHROMIUM, "args": [*_OPTIONS, *self._more, f"--user-data-dir={self._profile}"]}
        logs = {"browser": "ALL", "performance": "ALL"}
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": logs}}}
        self._session = self._call("POST", "/session", wanted)["sessionId"]
        bound = int(SECONDS * 1000)
        self._command("POST", "/timeouts", {"implicit": bound, "script": bound})
        focus = {"cmd": "Emulation.setFocusEmulationEnabled", "params": {"enabled": True}}
        self._command("POST", "/goog/cdp/execute", focus)  # else a browser beside it may take the focus away
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
        self._command("POST", f"/element/{self._find(css)}/click", {})

    def wait_heading(self, text: str) -> None:
        """Wait until a page with this heading is shown."""
        self._command("POST", "/element", {"using": "xpath", "value": f"//h1[text()='{text}']"})

    def enter(self, css: str) -> None:
        """Go into the frame that ``css`` finds: what follows is about the page in it."""
        self._command("POST", "/frame", {"id": {_ELEMENT: self._find(css)}})

    def leave(self) -> None:
        """Go back to the page that was opened."""
        self._command("POST", "/frame", {"id": None})

    def run(self, script: str, *arguments: Any) -> Any:
        """Run the body of a function in the page and return what it returns; a promise is waited for."""
        waiting = f"const done = arguments[arguments.length - 1]; (async (...a) => {{ {script} }})(...arguments)"
        asked = {"script": f"{waiting}.then(done, (e) => done({{failed: String(e)}}))", "args": list(arguments)}
        answer = self._command("POST", "/execute/async", asked)
        assert not (isinstance(answer, dict) and set(answer) == {"failed"}), answer
        return answer

    def press(self, key: str) -> None:
        """Press and release a key, as W3C WebDriver names it."""
        strokes = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self._command("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]})

    def hover(self, css: str) -> None:
        """Move the mouse onto an element."""
        onto = {"type": "pointerMove", "duration": 0, "origin": {_ELEMENT: self._find(css)}, "x": 0, "y": 0}
        self._command("POST", "/actions", {"actions": [{"type": "pointer", "id": "mouse", "actions": [onto]}]})

    def picture(self, css: str) -> bytes:
        """Return an element as a PNG."""
        return base64.b64decode(self._command("GET", f"/element/{self._find(css)}/screenshot"))

    def resize(self, width: int, height: int) -> None:
        self._command("POST", "/window/rect", {"width": width, "height": height})

    def log(self, kind: str) -> list[dict[str, Any]]:
        """Return and empty what the browser has noted: ``browser`` or ``performance``."""
        found: list[dict[str, Any]] = self._command("POST", "/se/log", {"type": kind})
        return found

    def _find(self, css: str) -> str:
        found = self._command("POST", "/element", {"using": "css selector", "value": css})
        return str(found[_ELEMENT])

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
