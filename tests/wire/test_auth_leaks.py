"""Nothing secret gets out: not in a log at any level, not in an error, a repr, the audit log or the database."""

from __future__ import annotations

import io
import json
import logging
import traceback
from collections.abc import Awaitable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import structlog

from support.sign_in import consent, newcomer
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections import requests
from zohocrm_mcp.connections.keyring import load_keyring
from zohocrm_mcp.connections.store import database_of
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import ZohoError
from zohocrm_mcp.observe.audit import Audit
from zohocrm_mcp.observe.logging import configure_logging
from zohocrm_mcp.services.authentication.rotation import rotate
from zohocrm_mcp.services.authentication.sign_in import SignIn
from zohocrm_mcp.services.authentication.sign_out import sign_out
from zohocrm_mcp.services.health.service import HealthService
from zohocrm_mcp.simulator import Simulator
from zohocrm_mcp.zoho.api import CrmApi
from zohocrm_mcp.zoho.opening import open_gateway

pytestmark = pytest.mark.anyio

TOKEN = "POST /oauth/v2/token"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged at DEBUG, by whomever."""
    written, root = io.StringIO(), logging.getLogger()
    before = (root.handlers[:], root.level)
    configure_logging("DEBUG", "json", written)
    for name in ("httpx2", "httpcore2", "urllib3"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield written
    root.handlers[:], root.level = before
    structlog.reset_defaults()
    for name in ("httpx2", "httpcore2", "urllib3"):
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.fixture
def settings(simulator: Simulator, database_url: str, tmp_path: Path) -> Settings:
    return newcomer(simulator, database_url, tmp_path, read_timeout=4)


@pytest.fixture
def store(settings: Settings) -> Iterator[Database]:
    database = database_of(settings)
    yield database
    database.close()


async def a_whole_session(settings: Settings, store: Database, simulator: Simulator) -> list[str]:
    """Sign in, work, fail in every way that there is, rotate, sign out; return all that was said."""
    said: list[str] = []

    async def attempt(work: Awaitable[object]) -> None:
        try:
            said.append(repr(await work))
        except ZohoError as error:
            said.extend([*traceback.format_exception(error), repr(error), json.dumps(error.as_dict())])
            said.append(repr(error.details))

    sign_in = SignIn(settings, store)
    for fault in (
        {"kind": "html"},
        {"kind": "hang"},
        {"kind": "status", "status": 400, "body": {"error": "Access Denied"}},
    ):
        address, request = sign_in.ask()
        simulator.faults.add(TOKEN, **fault)
        await attempt(sign_in.finish(consent(address), request))
    await attempt(sign_in.finish(consent(address) + "x", sign_in.asked()))
    address, request = sign_in.ask()
    await attempt(sign_in.finish(consent(address), request))
    with closing(open_gateway(settings, store)) as opened:
        api = CrmApi(opened.gateway)
        await attempt(api.org())
        simulator.expire_access_tokens()
        await attempt(api.list_records("Accounts", ["Account_Name"]))
        simulator.expire_access_tokens()
        simulator.faults.add(TOKEN, "reset_before")
        await attempt(api.org())
        said.extend(map(repr, (opened, opened.row, opened.ring, opened.keeper, opened.gateway, settings, request)))
    said.append(repr(await HealthService(settings, store).check()))
    said.append(repr(rotate(settings, store, new=True)))
    said.append(repr(sign_out(settings, store, "default")))
    return said


async def test_no_secret_of_a_whole_session_gets_out(
    settings: Settings, store: Database, simulator: Simulator, log: io.StringIO
) -> None:
    said = await a_whole_session(settings, store, simulator)
    audit = [repr(entry) for entry in Audit(store).read()]
    logged = log.getvalue()
    secrets = secrets_of(simulator, settings)
    assert len(secrets) > 8
    assert logged.count("\n") > 20
    assert len(audit) > 5
    for where, text in (("log", logged), ("said", "\n".join(said)), ("audit", "\n".join(audit))):
        found = {name for name, secret in secrets.items() if secret in text}
        assert found == set(), where


def secrets_of(simulator: Simulator, settings: Settings) -> dict[str, str]:
    """Every secret that went over the wire, and those that never did."""
    found = {"client secret": simulator.client_secret}
    for number, entry in enumerate(simulator.requests):
        form = parse_qs(entry.text) if entry.path.startswith("/oauth") else {}
        for name in ("code", "code_verifier", "refresh_token", "token", "client_secret"):
            found |= {f"{name} {number}": value for value in form.get(name, [])}
        scheme, _, token = entry.headers.get("authorization", "").partition(" ")
        if scheme:
            found[f"access token {number}"] = token
    keys = (settings.data_dir / "encryption.key").read_text().split()
    password = urlsplit(settings.database_url.get_secret_value()).password or ""
    return {**found, "old key": keys[-1], "new key": keys[0], "database password": password}


async def test_what_waits_for_its_code_is_sealed(settings: Settings, store: Database) -> None:
    _, request = SignIn(settings, store).ask()
    with store.connection() as db:
        whole = repr(db.execute("SELECT r::text, request FROM sign_in_requests r").fetchall())
        assert requests.find(db, load_keyring(settings), "default") == request
    assert request.state not in whole
    assert request.verifier not in whole
    assert request.verifier not in repr(request)
