"""What every test may ask for: a simulator, a database, settings that point at both."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

from support.postgres import database, database_url, postgres_cluster  # noqa: F401 -- fixtures
from zohocrm_mcp.config import Settings
from zohocrm_mcp.limits import throttle
from zohocrm_mcp.simulator import Simulator

for variable in [name for name in os.environ if name.startswith(("ZOHO_", "DATABASE_"))]:
    del os.environ[variable]
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"  # keys of tests are not the desktop's business


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(accounts=60, seed=1) as running:
        yield running


@pytest.fixture
def settings(simulator: Simulator, database_url: str, tmp_path: Path) -> Settings:  # noqa: F811 -- the fixture
    """Settings of somebody signed in at the simulator, with a database of their own."""
    return settings_for(simulator, database_url, tmp_path)


def settings_for(simulator: Simulator, database_url: str, data_dir: Path, **more: object) -> Settings:  # noqa: F811
    given: dict[str, object] = {
        "client_id": simulator.client_id,
        "client_secret": simulator.client_secret,
        "refresh_token": simulator.refresh_token,
        "api_url": simulator.api_url,
        "accounts_url": simulator.accounts_url,
        "upload_url": simulator.upload_url,
        "database_url": database_url,
        "data_dir": data_dir,
        "connect_timeout": 20,
        "read_timeout": 5,
    }
    return Settings.model_validate({**given, **more})


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Back-off without the waiting; how often something is tried stays as it is."""
    monkeypatch.setattr(throttle, "USUAL", throttle.Pace(pause=0.001, pause_most=0.001, recover=0.02))
    stamina.set_testing(testing=True, attempts=4, cap=True)
    yield
    stamina.set_testing(testing=False)
