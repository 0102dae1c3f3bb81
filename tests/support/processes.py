"""Processes of the product, started with the settings of a test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import anyio

from zohocrm_mcp.config import Settings

TESTS = Path(__file__).parents[1]


def process(settings: Settings, module: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Start ``python -m module arguments`` with these settings and nothing else in its environment."""
    environment = {str(Settings.model_fields[name].alias): value for name, value in told(settings).items()}
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=TESTS,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", ""), **environment},
    )


def told(settings: Settings) -> dict[str, str]:
    plain = {"api_url", "accounts_url", "upload_url", "client_id", "data_dir", "read_timeout"}
    secret = {"client_secret", "refresh_token", "database_url"}
    return {name: str(getattr(settings, name)) for name in plain} | {
        name: getattr(settings, name).get_secret_value() for name in secret
    }


async def until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(60):
        while not condition():  # noqa: ASYNC110 -- another process makes it true
            await anyio.sleep(0.02)
