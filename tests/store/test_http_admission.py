"""Whether a caller must say who it is, while tokens come and go and the database comes and goes."""

from __future__ import annotations

import pytest
from mcp.server.transport_security import TransportSecuritySettings

from zohocrm_mcp.access import lookup, tokens
from zohocrm_mcp.access.admission import Admission
from zohocrm_mcp.access.lookup import TokenLookup
from zohocrm_mcp.access.verdict import Admitted, Denied
from zohocrm_mcp.config import Settings
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import NotAllowedError
from zohocrm_mcp.transports.gate import Gate

pytestmark = pytest.mark.anyio

KNOWN = "a-token-of-the-environment-0123456789"


class Changing:
    """A database that can be away, and a clock that moves when a test says so."""

    def __init__(self, database: Database) -> None:
        self.there, self.away = database, Database(lambda: "postgresql://nobody@127.0.0.1:1/none?connect_timeout=2")
        self.is_away = False
        self.now = 1_000.0

    def database(self) -> Database:
        return self.away if self.is_away else self.there

    def wait(self) -> None:
        self.now += lookup.AWAY_SECONDS

    def make(self, name: str) -> str:
        with self.there.connection() as db:
            return tokens.create(db, name, "acme", "read", None)[0]


@pytest.fixture
def changing(database: Database) -> Changing:
    return Changing(database)


def admission(settings: Settings, changing: Changing, *, only: str = "", closed: bool = False) -> Admission:
    stored = TokenLookup(settings, changing.database, clock=lambda: changing.now)
    return Admission(settings, stored, None, "default", only=only, closed=closed)


async def test_nobody_has_to_say_until_there_is_a_token(settings: Settings, changing: Changing) -> None:
    door = admission(settings, changing)
    assert await door.admit("") is None
    assert await door.admit("whatever") is None
    token = changing.make("ann")
    changing.wait()
    assert isinstance(await door.admit(""), Denied)
    assert isinstance(await door.admit("whatever"), Denied)
    assert isinstance(await door.admit(token), Admitted)


async def test_once_there_was_a_token_the_door_stays_closed(settings: Settings, changing: Changing) -> None:
    door = admission(settings, changing)
    token = changing.make("ann")
    assert isinstance(await door.admit(token), Admitted)
    with changing.there.connection() as db:
        db.execute("TRUNCATE http_tokens")
    changing.wait()
    assert isinstance(await door.admit(""), Denied)
    assert isinstance(await door.admit(token), Denied)
    changing.is_away = True
    changing.wait()
    assert isinstance(await door.admit(""), Denied)


async def test_beyond_the_loopback_the_door_is_closed_whatever_the_database_says(
    settings: Settings, changing: Changing
) -> None:
    door = admission(settings, changing, closed=True)
    assert isinstance(await door.admit(""), Denied)
    changing.is_away = True
    changing.wait()
    assert isinstance(await door.admit(""), Denied)


async def test_who_came_in_while_the_database_was_away_gets_nothing_when_there_are_tokens(
    settings: Settings, changing: Changing
) -> None:
    changing.make("ann")
    changing.is_away = True
    gate = Gate(admission(settings, changing), TransportSecuritySettings())
    assert await gate.admission.admit("") is None
    for changing.is_away in (True, False):
        with pytest.raises(NotAllowedError, match="bearer token"):
            await gate.guard()
    assert isinstance(await gate.admission.admit(""), Denied)


async def test_where_there_were_no_tokens_a_stranger_stays_welcome_while_the_database_is_away(
    settings: Settings, changing: Changing
) -> None:
    gate = Gate(admission(settings, changing), TransportSecuritySettings())
    for changing.is_away in (False, True):
        changing.wait()
        assert await gate.admission.admit("") is None
        await gate.guard()


async def test_a_token_of_the_environment_is_known_whole_and_as_it_is(settings: Settings, changing: Changing) -> None:
    given = settings.model_copy(update={"http_tokens": Settings.model_validate({"http_tokens": KNOWN}).http_tokens})
    door = admission(given, changing)
    verdict = await door.admit(KNOWN)
    assert isinstance(verdict, Admitted)
    assert (verdict.caller.name, verdict.caller.connection, verdict.caller.role) == ("http-token-1", "default", "write")
    for other in (KNOWN[:-1], f"{KNOWN} ", f" {KNOWN}", KNOWN.upper(), f"{KNOWN},", f"{KNOWN}\udcff", ""):
        assert isinstance(await door.admit(other), Denied)


async def test_the_simulators_server_gives_everybody_the_simulator(settings: Settings, changing: Changing) -> None:
    verdict = await admission(settings, changing, only="demo").admit(changing.make("ann"))
    assert isinstance(verdict, Admitted)
    assert (verdict.caller.connection, verdict.caller.role) == ("demo", "read")
