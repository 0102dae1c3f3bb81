"""Signing in by hand, step by step: what goes right."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from support.sign_in import consent, newcomer
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections import scopes
from zohocrm_mcp.connections.listing import Listed, listed
from zohocrm_mcp.connections.store import database_of
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import ZohoAuthError
from zohocrm_mcp.observe.audit import Audit
from zohocrm_mcp.services.authentication.sign_in import SignedIn, SignIn
from zohocrm_mcp.services.authentication.sign_out import sign_out
from zohocrm_mcp.simulator import Simulator
from zohocrm_mcp.zoho.api import CrmApi
from zohocrm_mcp.zoho.opening import open_gateway

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings(simulator: Simulator, database_url: str, tmp_path: Path) -> Settings:
    return newcomer(simulator, database_url, tmp_path)


@pytest.fixture
def store(settings: Settings) -> Iterator[Database]:
    database = database_of(settings)
    yield database
    database.close()


def kept(store: Database) -> list[Listed]:
    with store.connection() as db:
        return listed(db)


async def signed_in(settings: Settings, store: Database, connection: str = "default") -> SignedIn:
    sign_in = SignIn(settings, store, connection)
    address, request = sign_in.ask()
    return await sign_in.finish(consent(address), request)


async def test_the_address_asks_for_lasting_access_with_a_challenge(settings: Settings, store: Database) -> None:
    address, request = SignIn(settings, store).ask()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert (asked["access_type"], asked["prompt"], asked["response_type"]) == ("offline", "consent", "code")
    assert asked["code_challenge_method"] == "S256"
    assert asked["scope"].split(",") == list(scopes.needed(settings))
    assert request.verifier not in address
    assert asked["state"] == request.state


async def test_a_sign_in_is_stored_and_names_organisation_and_user(
    settings: Settings, store: Database, simulator: Simulator
) -> None:
    done = await signed_in(settings, store)
    assert (done.identity.organisation, done.identity.email) == (
        simulator.state.org.company_name,
        simulator.state.users.current.email,
    )
    (row,) = kept(store)
    assert (row.connection, row.region, row.organisation, row.user) == (
        "default",
        "us",
        done.identity.organisation,
        done.identity.email,
    )
    assert set(row.scopes) == set(scopes.needed(settings))
    assert simulator.counters.token_calls == 1


async def test_what_was_signed_in_serves_without_a_refresh_token_in_the_environment(
    settings: Settings, store: Database, simulator: Simulator
) -> None:
    await signed_in(settings, store)
    with closing(open_gateway(settings, store)) as opened:
        simulator.expire_access_tokens()
        answer = await CrmApi(opened.gateway).list_records("Accounts", ["Account_Name"], per_page=3)
    assert len(answer.data) == 3
    assert simulator.counters.token_calls == 2


async def test_the_scopes_that_are_asked_for_are_enough_for_every_call(settings: Settings, store: Database) -> None:
    await signed_in(settings, store)
    with closing(open_gateway(settings, store)) as opened:
        api = CrmApi(opened.gateway)
        (account,) = (await api.list_records("Accounts", ["Account_Name"], per_page=1)).data
        number = str(account["id"])
        for asked in (
            api.get_record("Accounts", number),
            api.search("Accounts", word="north"),
            api.count("Accounts"),
            api.coql("select Account_Name from Accounts where id is not null limit 1"),
            api.update("Accounts", number, {"Phone": "1"}),
            api.update_many("Accounts", [{"id": number, "Phone": "2"}]),
            api.modules(),
            api.fields("Accounts"),
            api.layouts("Accounts"),
            api.related_lists("Accounts"),
            api.related("Accounts", number, "Contacts", fields="Last_Name"),
            api.users("CurrentUser"),
            api.org(),
        ):
            assert (await asked).status < 400


async def test_a_bare_code_finishes_what_another_process_has_begun(settings: Settings, store: Database) -> None:
    address, _ = SignIn(settings, store).ask()
    code = parse_qs(urlsplit(consent(address)).query)["code"][0]
    later = SignIn(settings, store)
    assert (await later.finish(code, later.asked())).connection == "default"
    assert later.asked() is None


async def test_a_self_client_code_needs_no_redirect(settings: Settings, store: Database, simulator: Simulator) -> None:
    code = simulator.self_client_code(scopes=["ZohoCRM.org.READ", "ZohoCRM.users.READ"])
    done = await SignIn(settings, store).finish(code, None)
    assert done.identity.organisation
    assert "Zoho withheld" in done.notes[0]
    assert "ZohoSearch.securesearch.READ" in done.notes[0]


async def test_connections_have_names(settings: Settings, store: Database) -> None:
    await signed_in(settings, store, "acme")
    await signed_in(settings, store, "contoso")
    assert [row.connection for row in kept(store)] == ["acme", "contoso"]


async def test_signing_out_revokes_and_deletes(settings: Settings, store: Database, simulator: Simulator) -> None:
    await signed_in(settings, store)
    with closing(open_gateway(settings, store)) as opened:
        gone = sign_out(settings, store, "default")
        assert gone.revoked
        assert kept(store) == []
        with pytest.raises(ZohoAuthError, match="Nobody is signed in"):
            await CrmApi(opened.gateway).org()
    assert [(entry.event, entry.outcome) for entry in Audit(store).read()] == [
        ("auth.signed_in", "ok"),
        ("auth.signed_out", "ok"),
    ]
    assert simulator.state.tokens.refresh.keys() == {simulator.refresh_token}


async def test_signing_out_says_so_when_zoho_does_not_confirm(
    settings: Settings, store: Database, simulator: Simulator
) -> None:
    await signed_in(settings, store)
    simulator.faults.add("POST /oauth/v2/token/revoke", "html")
    gone = sign_out(settings, store, "default")
    assert (gone.revoked, kept(store)) == (False, [])
    assert "did not answer (HTTP 502, no JSON)" in gone.trouble
    assert Audit(store).read()[-1].outcome == "not_revoked"


async def test_signing_out_works_without_the_key(settings: Settings, store: Database) -> None:
    await signed_in(settings, store)
    (settings.data_dir / "encryption.key").unlink()
    gone = sign_out(settings, store, "default")
    assert not gone.revoked
    assert "sealed under key" in gone.trouble
    assert kept(store) == []
