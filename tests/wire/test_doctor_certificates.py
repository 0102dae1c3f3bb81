"""The doctor's look at certificates: good for long, for a few days only, not to be trusted, not there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from support.tls import https
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.certificates import days_left
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import UnavailableError, ZohoConfigError
from zohocrm_mcp.services.health.probes import Probes
from zohocrm_mcp.services.health.service import Question, examine


def trusting(bundle: Path | None = None, **more: object) -> Settings:
    return Settings.model_validate({"ca_bundle": bundle, "connect_timeout": 5, **more})


def test_the_days_that_are_left_are_counted(tmp_path: Path) -> None:
    with https(tmp_path, 90) as (host, bundle):
        assert days_left(trusting(bundle), host) == 90


def test_a_certificate_that_nobody_vouches_for_is_told(tmp_path: Path) -> None:
    with https(tmp_path, 90) as (host, _), pytest.raises(UnavailableError, match="is not trusted") as caught:
        days_left(trusting(), host)
    assert "ZOHO_SDK_CA_BUNDLE" in caught.value.hint


def test_a_host_that_does_not_answer_is_told(free_tcp_port: int) -> None:
    with pytest.raises(UnavailableError, match="localhost cannot be reached") as caught:
        days_left(trusting(), f"localhost:{free_tcp_port}")
    assert "ZOHO_SDK_PROXY" in caught.value.hint


def test_a_bundle_without_certificates_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    with pytest.raises(ZohoConfigError, match="holds no certificates"):
        days_left(trusting(tmp_path / "empty.pem"), "localhost")


@pytest.mark.anyio
@pytest.mark.parametrize(("days", "status"), [(90, "ok"), (3, "error")])
async def test_a_certificate_that_ends_soon_is_a_failure(
    tmp_path: Path, nobody: Callable[[], Database], days: int, status: str
) -> None:
    with https(tmp_path, days) as (host, bundle), closing(nobody()) as database:
        url = f"https://{host}"
        settings = trusting(bundle, api_url=url, accounts_url=f"{url}/oauth/v2/token", data_dir=tmp_path)
        probes = Probes(settings, database, "default", None)
        (check,) = (await examine([Question("certificates", probes.certificates)])).checks.values()
    assert check.status == status
    assert f"{days} days" in check.detail


@pytest.fixture
def nobody() -> Callable[[], Database]:
    """A database that is not there: nobody is signed in, the settings say where calls would go."""
    return lambda: Database(lambda: "postgresql://nobody@127.0.0.1:1/nothing")
