"""The table of sign-ins: what stands in it, what does not, and how it changes hands."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import settings_for
from support.postgres import database  # noqa: F401 -- the fixture
from support.tokens import at_once, keeper_of
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections import rows
from zohocrm_mcp.connections.keeper import Held
from zohocrm_mcp.connections.keyring import KeyRing, load_keyring
from zohocrm_mcp.connections.rows import SECRETS, ConnectionRow
from zohocrm_mcp.connections.signin import take_in
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import ZohoAuthError, ZohoConfigError
from zohocrm_mcp.observe.audit import Audit
from zohocrm_mcp.services.authentication.rotation import rotate
from zohocrm_mcp.simulator import Simulator

OLD, NEW = base64.b64encode(b"o" * 32).decode(), base64.b64encode(b"n" * 32).decode()
ROW = ConnectionRow(
    connection="acme",
    region="us",
    environment="production",
    api_url="https://www.zohoapis.com",
    token_url="https://accounts.zoho.com/oauth/v2/token",
    upload_url="https://content.zohoapis.com",
    client_id="1000.CLIENT",
    client_secret="the-client-secret",
    refresh_token="the-refresh-token",
    access_token="the-access-token",
    seconds_left=3600,
)


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return load_keyring(Settings.model_validate({"data_dir": tmp_path}))


@pytest.fixture
def stored(database: Database, ring: KeyRing) -> Database:  # noqa: F811 -- the fixture
    with database.connection() as db:
        rows.save(db, ring, ROW)
    return database


def found(database: Database, ring: KeyRing, connection: str = "acme") -> ConnectionRow:  # noqa: F811 -- the fixture
    with database.connection() as db:
        row = rows.find(db, ring, connection)
    assert row
    return row


def test_what_is_stored_comes_back(stored: Database, ring: KeyRing) -> None:
    row = found(stored, ring)
    assert (row.client_secret, row.refresh_token, row.access_token) == (
        "the-client-secret",
        "the-refresh-token",
        "the-access-token",
    )
    assert 3590 < (row.seconds_left or 0) <= 3600


def test_no_secret_stands_in_the_table_or_in_a_repr(stored: Database, ring: KeyRing) -> None:
    with stored.connection() as db:
        whole = repr(db.execute("SELECT zoho_tokens::text, client_secret, refresh_token FROM zoho_tokens").fetchall())
    for secret in (getattr(ROW, column) for column in SECRETS):
        assert secret not in whole
        assert secret.encode().hex() not in whole
        assert secret not in repr(found(stored, ring))


@pytest.mark.parametrize("column", SECRETS)
def test_a_sealed_value_that_is_moved_to_another_row_does_not_open(
    stored: Database, ring: KeyRing, column: str
) -> None:
    with stored.connection() as db:
        rows.save(db, ring, replace(ROW, connection="thief"))
        db.execute(
            f"UPDATE zoho_tokens SET {column} = (SELECT {column} FROM zoho_tokens WHERE connection = 'acme') "  # noqa: S608 -- constants
            "WHERE connection = 'thief'"
        )
    with pytest.raises(ZohoConfigError, match="moved here from another row"):
        found(stored, ring, "thief")


def test_a_sealed_value_that_is_moved_to_another_column_does_not_open(stored: Database, ring: KeyRing) -> None:
    with stored.connection() as db:
        db.execute("UPDATE zoho_tokens SET access_token = refresh_token")
    with pytest.raises(ZohoConfigError, match="moved here from another row"):
        found(stored, ring)


def test_a_row_under_a_lost_key_is_refused_and_never_overwritten(
    simulator: Simulator, database_url: str, tmp_path: Path
) -> None:
    settings = settings_for(simulator, database_url, tmp_path, encryption_keys=OLD)
    with keeper_of(settings) as keeper:
        keeper.current("default")
    database = Database(lambda: database_url)  # noqa: F811 -- not the fixture
    before = whole(database)
    lost = settings_for(simulator, database_url, tmp_path, encryption_keys=NEW, refresh_token="another")
    with pytest.raises(ZohoConfigError, match="sealed under key"):
        take_in(database, load_keyring(lost), lost)
    assert whole(database) == before
    database.close()


def whole(database: Database) -> object:  # noqa: F811 -- the fixture
    with database.connection() as db:
        return db.execute("SELECT zoho_tokens::text FROM zoho_tokens").fetchall()


def test_keys_change_while_a_keeper_serves(simulator: Simulator, database_url: str, tmp_path: Path) -> None:
    settings = settings_for(simulator, database_url, tmp_path)
    database = Database(lambda: database_url)  # noqa: F811 -- not the fixture
    with keeper_of(settings) as keeper:
        first = keeper.current("default")
        done = rotate(settings, database, new=True)
        assert (done.resealed, done.unchanged) == (["default"], [])
        keeper.withdraw("default", first.generation)
        held = at_once(8, lambda: keeper.current("default"))
        assert {one.generation for one in held if isinstance(one, Held)} == {first.generation + 1}
    with database.connection() as db:
        assert db.execute("SELECT key_id FROM zoho_tokens").fetchall() == [(done.newest,)]
    assert simulator.counters.token_calls == 2
    assert [entry.event for entry in Audit(database).read()] == [
        "auth.taken_in",
        "auth.refreshed",
        "auth.rotated",
        "auth.withdrawn",
        "auth.refreshed",
    ]
    assert rotate(settings, database).unchanged == ["default"]
    database.close()


def test_a_sign_in_of_the_environment_is_taken_in_once(settings: Settings, ring: KeyRing) -> None:
    database = Database(settings.database_url.get_secret_value)  # noqa: F811 -- not the fixture
    take_in(database, ring, settings)
    take_in(database, ring, settings)
    assert [entry.event for entry in Audit(database).read()] == ["auth.taken_in"]
    database.close()


@pytest.mark.parametrize(
    ("said", "variable"),
    [
        ({"environment": "sandbox"}, "ZOHO_SDK_ENVIRONMENT"),
        ({"region": "eu"}, "ZOHO_SDK_REGION"),
        ({"client_id": "1000.OTHER"}, "ZOHO_SDK_CLIENT_ID"),
        ({"accounts_url": "http://127.0.0.1:9/oauth/v2/token"}, "ZOHO_SDK_ACCOUNTS_URL"),
    ],
)
def test_settings_that_contradict_the_stored_sign_in_are_refused(
    stored: Database, ring: KeyRing, tmp_path: Path, said: dict[str, str], variable: str
) -> None:
    with stored.connection() as db:
        rows.save(db, ring, replace(ROW, connection="default"))
    assert take_in(stored, ring, Settings.model_validate({"data_dir": tmp_path})).connection == "default"
    with pytest.raises(ZohoConfigError, match=variable):
        take_in(stored, ring, Settings.model_validate({"data_dir": tmp_path, **said}))


def test_a_connection_of_ones_own_is_not_touched_by_the_environment(
    stored: Database, ring: KeyRing, settings: Settings
) -> None:
    assert take_in(stored, ring, settings, "acme").refresh_token == "the-refresh-token"
    with pytest.raises(ZohoAuthError, match="Nobody is signed in under the connection 'other'"):
        take_in(stored, ring, settings, "other")
