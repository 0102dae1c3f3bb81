"""The same tests over the simulator and over a real organisation: where they differ, the simulator is wrong."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator, Iterator

import pytest

from conftest import settings_for
from live.crm import Crm, opened_crm
from live.sandbox import lacking, sign_in
from support.postgres import TestCluster
from zohocrm_mcp.config import Settings
from zohocrm_mcp.simulator import Simulator

RUN = uuid.uuid4().hex[:8]
SANDBOX = pytest.param("sandbox", marks=[pytest.mark.live, pytest.mark.xdist_group("sandbox")])


@pytest.fixture(scope="session", name="simulator_target")
def _simulator(postgres_cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with Simulator(accounts=20, seed=1, index_lag_seconds=0.5) as running:
        url = postgres_cluster.create()
        yield settings_for(running, url, tmp_path_factory.mktemp("live"))
        postgres_cluster.drop(url)


@pytest.fixture(scope="session", name="sandbox_target")
def _sandbox(postgres_cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """One database for all tests, because Zoho gives no more than ten access tokens in ten minutes."""
    given, url = sign_in(os.environ), postgres_cluster.create()
    folder = tmp_path_factory.mktemp("live")
    yield Settings.model_validate({**given, "database_url": url, "data_dir": folder})
    postgres_cluster.drop(url)


@pytest.fixture(params=["simulator", SANDBOX])
def target(request: pytest.FixtureRequest) -> Settings:
    settings: Settings = request.getfixturevalue(f"{request.param}_target")
    return settings


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs a sandbox here, where all of it makes one line of the report."""
    if item.get_closest_marker("live") and (missing := lacking(os.environ)):
        pytest.skip(f"no sandbox: {', '.join(missing)} not set")


@pytest.fixture
async def crm(target: Settings) -> AsyncIterator[Crm]:
    async with opened_crm(target, RUN) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _quick_retries() -> None:
    """Back-off with the waiting, unlike everywhere else: Zoho is not to be hurried."""
