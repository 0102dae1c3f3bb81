"""A signal that comes while the server is still being imported ends it, wherever it interrupts the imports."""

from __future__ import annotations

import subprocess
import sys

import pytest

STARTING = """
import os, signal
from zohocrm_mcp.transports.ending import end_at_once_on_signal

class Finalised:
    def __del__(self):
        os.kill(os.getpid(), signal.{name})
        for _ in range(1000): pass  # handlers run between two instructions

end_at_once_on_signal()
Finalised()
print("going on")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_in_a_finaliser_is_not_lost(name: str) -> None:
    """What a finaliser raises is printed and forgotten: an exception would not end the process."""
    command = [sys.executable, "-c", STARTING.format(name=name)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
