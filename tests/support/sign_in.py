"""Signing in under test: a person at the consent page, and the command line in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx2

from support.tokens import SECONDS, environment_of
from zohocrm_mcp.config import Settings
from zohocrm_mcp.simulator import Simulator

REDIRECT = "http://127.0.0.1:8085/callback"


def newcomer(simulator: Simulator, database_url: str, data_dir: Path, **more: object) -> Settings:
    """Settings of somebody who has an OAuth client and has not signed in."""
    given = {
        "client_id": simulator.client_id,
        "client_secret": simulator.client_secret,
        "api_url": simulator.api_url,
        "accounts_url": simulator.accounts_url,
        "upload_url": simulator.upload_url,
        "database_url": database_url,
        "data_dir": data_dir,
        "redirect_url": REDIRECT,
        "read_timeout": 5,
    }
    settings = Settings.model_validate({**given, **more})
    simulator.allow_redirect(settings.redirect_url)
    return settings


def consent(address: str, decision: str = "accept") -> str:
    """Decide at the page behind ``address``; return where the browser is sent then."""
    page = httpx2.get(address, trust_env=False)
    assert page.status_code == 200, page.text
    parts = urlsplit(address)
    form = {**dict(parse_qsl(parts.query)), "decision": decision}
    answer = httpx2.post(f"{parts.scheme}://{parts.netloc}{parts.path}", data=form, trust_env=False)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def command(settings: Settings, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run ``zohocrm-mcp`` with these settings and return what it says."""
    return subprocess.run(
        [sys.executable, "-m", "zohocrm_mcp", *arguments],
        env=environment_of(settings),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        cwd=settings.data_dir,
    )
