"""The table of bearer tokens, and the commands that fill it."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from support.postgres import empty_database  # noqa: F401 -- a fixture
from zohocrm_mcp.access import lookup, tokens
from zohocrm_mcp.access.bearer import digest, looks_stored
from zohocrm_mcp.access.caller import Caller
from zohocrm_mcp.access.lookup import TokenLookup
from zohocrm_mcp.access.verdict import Admitted, Denied
from zohocrm_mcp.cli.main import run
from zohocrm_mcp.cli.token import period
from zohocrm_mcp.config import Settings
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import ConflictError, InvalidInputError, NotFoundError
from zohocrm_mcp.observe.audit import Audit

TOKEN = re.compile(r"zohocrm_mcp_[A-Za-z0-9_-]{43}")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_only_the_hash_of_a_token_is_stored(database: Database) -> None:
    with database.connection() as db:
        token, made = tokens.create(db, "ann", "acme", "read", timedelta(days=1))
    assert TOKEN.fullmatch(token)
    assert looks_stored(token)
    with database.connection() as db:
        (row,) = db.execute("SELECT http_tokens::text, token_hash FROM http_tokens").fetchall()
        everything = str(db.execute("SELECT array_agg(audit_log::text) FROM audit_log").fetchone())
    assert row[1] == hashlib.sha256(token.encode()).digest()
    assert token not in row[0] + everything + repr(made)


def test_no_two_tokens_are_alike_and_no_two_have_a_name(database: Database) -> None:
    with database.connection() as db:
        first, _ = tokens.create(db, "ann", "acme", "read", None)
    with database.connection() as db, pytest.raises(ConflictError, match="There is a token 'ann' already"):
        tokens.create(db, "ann", "acme", "read", None)
    with database.connection() as db:
        tokens.revoke(db, "ann")
        second, _ = tokens.create(db, "ann", "acme", "write", None)
        assert first != second
        assert [(one.role, one.state) for one in tokens.listed(db)] in (
            [("read", "revoked"), ("write", "active")],
            [("write", "active"), ("read", "revoked")],
        )


@pytest.mark.parametrize("name", ["", "a b", "a/../b", "a\nb", "\uff41nn", "a" * 64, "-a", 'a"b'])
def test_a_name_that_cannot_be_one_is_refused(database: Database, name: str) -> None:
    with database.connection() as db:
        for given in ((name, "acme"), ("ann", name)):
            with pytest.raises(InvalidInputError):
                tokens.create(db, *given, "read", None)


def test_names_that_mean_something_else_are_refused(database: Database) -> None:
    with database.connection() as db:
        with pytest.raises(InvalidInputError, match="'http-token-1' cannot be the name of a token"):
            tokens.create(db, "http-token-1", "acme", "read", None)
        with pytest.raises(InvalidInputError, match="'demo' cannot be the name of a connection"):
            tokens.create(db, "ann", "demo", "read", None)


def test_a_role_that_is_none_cannot_be_stored(database: Database) -> None:
    with database.connection() as db, pytest.raises(psycopg.errors.CheckViolation):
        tokens.create(db, "ann", "acme", "owner", None)  # type: ignore[arg-type]


def test_a_token_is_revoked_once(database: Database) -> None:
    with database.connection() as db:
        tokens.create(db, "ann", "acme", "read", None)
        assert tokens.revoke(db, "ann").state == "revoked"
        for name in ("ann", "bob"):
            with pytest.raises(NotFoundError, match=f"There is no token '{name}' to revoke"):
                tokens.revoke(db, name)


def test_making_and_revoking_stand_in_the_audit_log(database: Database) -> None:
    with database.connection() as db:
        tokens.create(db, "ann", "acme", "read", None)
        tokens.revoke(db, "ann")
    events = [(entry.event, entry.connection, entry.detail) for entry in Audit(database).read()]
    assert events == [("http_token.created", "acme", "ann, role read"), ("http_token.revoked", "acme", "ann")]


def test_the_use_of_a_token_is_noted_about_once_a_minute(database: Database) -> None:
    with database.connection() as db:
        token, made = tokens.create(db, "ann", "acme", "read", None)
        assert made.last_used_at is None
        tokens.find(db, digest(token))
    with database.connection() as db:
        (first,) = [one.last_used_at for one in tokens.listed(db)]
        tokens.find(db, digest(token))
    with database.connection() as db:
        assert first is not None
        assert [one.last_used_at for one in tokens.listed(db)] == [first]
        db.execute("UPDATE http_tokens SET last_used_at = last_used_at - interval '61 seconds'")
        tokens.find(db, digest(token))
        (later,) = [one.last_used_at for one in tokens.listed(db)]
    assert later is not None
    assert later > first


def test_whether_there_are_tokens(database: Database) -> None:
    with database.connection() as db:
        assert not tokens.is_any(db)
        tokens.create(db, "ann", "acme", "read", timedelta(microseconds=1))
        assert tokens.is_any(db)
        tokens.revoke(db, "ann")
        assert not tokens.is_any(db)


def test_without_the_table_there_are_none(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url) as db:
        assert not tokens.is_any(db)


@pytest.mark.anyio
async def test_what_was_looked_up_holds_for_a_moment(database: Database, settings: Settings) -> None:
    clock = Clock()
    stored = TokenLookup(settings, lambda: database, clock=clock)
    with database.connection() as db:
        token, _ = tokens.create(db, "ann", "acme", "read", None)
    verdict = await stored.find(token)
    assert isinstance(verdict, Admitted)
    assert verdict.caller == Caller("ann", "acme", "read")
    with database.connection() as db:
        tokens.revoke(db, "ann")
    assert isinstance(await stored.find(token), Admitted)
    clock.now += lookup.FRESH_SECONDS
    assert isinstance(refused := await stored.find(token), Denied)
    assert refused.sentence == "The token 'ann' is revoked."


@pytest.mark.anyio
async def test_while_the_database_is_away_nobody_is_known_and_nothing_is_forgotten(
    settings: Settings, database: Database
) -> None:
    clock, gone = Clock(), Database(lambda: "postgresql://nobody@127.0.0.1:1/none?connect_timeout=2")
    now: list[Database] = [gone]
    stored = TokenLookup(settings, lambda: now[0], clock=clock)
    with database.connection() as db:
        token, _ = tokens.create(db, "ann", "acme", "read", None)
    assert await stored.any() is None
    assert isinstance(refused := await stored.find(token), Denied)
    assert refused.status == 503
    now[0] = database
    clock.now += lookup.AWAY_SECONDS
    assert await stored.any() is True
    assert isinstance(await stored.find(token), Admitted)


@pytest.mark.anyio
async def test_an_embedded_database_is_not_made_to_look_for_tokens(tmp_path: Path) -> None:
    settings = Settings.model_validate({"data_dir": tmp_path})
    assert await TokenLookup(settings, _never).any() is False
    assert not list(tmp_path.iterdir())  # noqa: ASYNC240 -- nothing else runs


def _never() -> Database:
    raise AssertionError("there is no database to look into")


@pytest.fixture
def command_line(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("ZOHO_MCP_DATA_DIR", str(tmp_path))


@pytest.mark.usefixtures("command_line")
def test_a_token_is_shown_alone_and_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("token", "create", "ann", "--connection", "acme", "--role", "read") == 0
    shown = capsys.readouterr()
    assert TOKEN.fullmatch(shown.out.strip())
    assert "auth login --connection acme" in shown.err
    assert command("token", "list") == 0
    listed = capsys.readouterr()
    assert "ann: active, role read, connection acme" in listed.out
    assert shown.out.strip() not in listed.out + listed.err + shown.err


@pytest.mark.usefixtures("command_line")
def test_the_commands_speak_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("token", "create", "ann", "--expires", "12h", "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert TOKEN.fullmatch(made["token"])
    assert (made["name"], made["connection"], made["role"], made["state"]) == ("ann", "default", "write", "active")
    left = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=11) < left <= timedelta(hours=12)
    assert command("token", "list", "--json") == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert listed == {key: value for key, value in made.items() if key != "token"}
    assert command("token", "revoke", "ann", "--json") == 0
    assert json.loads(capsys.readouterr().out)["state"] == "revoked"


@pytest.mark.usefixtures("command_line")
def test_what_cannot_be_done_is_said_with_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["revoke", "nobody"], ["create", "a b"], ["create", "ann", "--expires", "soon"]):
        assert command("token", *words) == 2
        shown = capsys.readouterr()
        assert shown.out == ""
        assert shown.err.startswith("zohocrm-mcp: ")


def command(*words: str) -> int:
    """Run a command, and return its exit code as the shell gets it."""
    try:
        return run(words)
    except SystemExit as end:
        return int(str(end.code or 0))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("30m", timedelta(minutes=30)),
        ("12h", timedelta(hours=12)),
        ("90d", timedelta(days=90)),
        ("3653d", timedelta(days=3653)),
        ("never", None),
    ],
)
def test_a_period_is_a_number_and_a_unit(text: str, meant: timedelta | None) -> None:
    assert period(text) == meant


@pytest.mark.parametrize("text", ["", "0d", "-1d", "90", "1y", "999999d", "\uff19d", "1d "])
def test_anything_else_is_no_period(text: str) -> None:
    with pytest.raises(InvalidInputError, match="not a period"):
        period(text)


@pytest.mark.parametrize("text", ["3654d", "522w", "99999w"])
def test_a_period_has_an_end_within_ten_years_or_none_at_all(text: str) -> None:
    with pytest.raises(InvalidInputError, match="more than ten years") as refused:
        period(text)
    assert "never" in refused.value.hint
