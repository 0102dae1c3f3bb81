"""Signing in: what a browser or a person brings back becomes a stored connection that has proved itself."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict, dataclass

import anyio.to_thread

from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections import authorisation, requests, rows, scopes
from zohocrm_mcp.connections.authorisation import Code, SignInRequest
from zohocrm_mcp.connections.endpoint import Grant, exchange, open_client
from zohocrm_mcp.connections.keyring import load_keyring
from zohocrm_mcp.connections.names import DEFAULT
from zohocrm_mcp.connections.refusals import ELSEWHERE, Refusal, TokenRefusedError
from zohocrm_mcp.connections.rows import ConnectionRow
from zohocrm_mcp.connections.store import token_store
from zohocrm_mcp.datacentres import data_centre_of_api
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import ZohoAuthError, ZohoConfigError
from zohocrm_mcp.observe.audit import Audit, Event, record
from zohocrm_mcp.services.authentication.identity import Identity, identify
from zohocrm_mcp.zoho.api import CrmApi
from zohocrm_mcp.zoho.opening import open_row


@dataclass(frozen=True)
class SignedIn:
    """A connection that has proved itself. ``notes`` are sentences about what may surprise."""

    connection: str
    region: str
    environment: str
    identity: Identity
    scopes: tuple[str, ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """Return all of it as one flat JSON object."""
        whole = asdict(self)
        return {**whole.pop("identity"), **whole}


class SignIn:
    """Signs one connection of a database in."""

    def __init__(self, settings: Settings, database: Database, connection: str = DEFAULT) -> None:
        self._settings, self._database, self._connection = settings, database, connection
        self._ring = load_keyring(settings)

    def ask(self) -> tuple[str, SignInRequest]:
        """Return the address that a person opens, and what it asks; the latter is kept for ``asked``.

        Raises:
            ZohoConfigError: there is no OAuth client, or what is stored is sealed under a key that is not here.
        """
        request = authorisation.new_request(self._settings.redirect_url, ",".join(scopes.needed(self._settings)))
        client_id, _ = self._client()
        with token_store(self._database) as db:
            requests.keep(db, self._ring, self._connection, request)
        return authorisation.address(self._settings, client_id, request), request

    def asked(self) -> SignInRequest | None:
        """Return the request that waits for its code, if one does."""
        with token_store(self._database) as db:
            return requests.find(db, self._ring, self._connection)

    async def finish(self, given: str, request: SignInRequest | None) -> SignedIn:
        """Make a stored connection of a redirect address or a code; without ``request`` it is a self client's code.

        Raises:
            ZohoAuthError: the answer is not ours, or Zoho refuses it.
            ZohoError: the first call fails; the connection is stored by then.
        """
        row = await anyio.to_thread.run_sync(self._stored, self._code(given, request), request)
        opened = await anyio.to_thread.run_sync(open_row, self._settings, self._database, self._ring, row)
        with closing(opened):
            identity = await identify(CrmApi(opened.gateway))
        with token_store(self._database) as db:
            rows.is_user(db, row.connection, identity.email)
        held = tuple(row.scopes.split(","))
        return SignedIn(row.connection, row.region, row.environment, identity, held, _notes(self._settings, row))

    def _code(self, given: str, request: SignInRequest | None) -> Code:
        if request and "state=" in given:
            return authorisation.read_answer(self._settings, request, given)
        if "://" in given:
            raise ZohoAuthError(
                "No sign-in waits for this address: it was finished, or it is older than half an hour.",
                hint="Start again with `zohocrm-mcp auth url`.",
            )
        return Code(given.strip(), authorisation.home_of(self._settings))

    def _stored(self, code: Code, request: SignInRequest | None) -> ConnectionRow:
        client_id, secret = self._client()
        try:
            row = self._row(code, client_id, secret, self._granted(code, client_id, secret, request), request)
        except TokenRefusedError as refused:
            word = refused.refusal.word
            Audit(self._database).write(Event(event="auth.refused", connection=self._connection, outcome=word))
            raise refused.refusal.error(self._connection) from None
        with token_store(self._database) as db:
            rows.find(db, self._ring, self._connection, lock=True)  # a row under a key that is not here is left alone
            rows.save(db, self._ring, row)
            requests.delete(db, self._connection)
            record(db, Event(event="auth.signed_in", connection=self._connection, detail=f"data centre {row.region}"))
        return row

    def _granted(self, code: Code, client_id: str, secret: str, request: SignInRequest | None) -> Grant:
        asked = {"redirect_uri": request.redirect_url, "code_verifier": request.verifier} if request else {}
        form = {"client_id": client_id, "client_secret": secret, "code": code.value, **asked}
        with open_client(self._settings) as client:
            grant = exchange(client, code.home.token_url, form)
        home, called = data_centre_of_api(grant.api_domain), data_centre_of_api(code.home.api_url)
        if home and called and home != called:
            raise TokenRefusedError(Refusal(f"{ELSEWHERE}{home.region}", 0.0))
        return grant

    def _row(
        self, code: Code, client_id: str, secret: str, grant: Grant, request: SignInRequest | None
    ) -> ConnectionRow:
        if not grant.refresh_token:
            raise ZohoAuthError(
                "Zoho gave an access token but no refresh token, so the sign-in would end in an hour.",
                hint="Ask for a new code with `zohocrm-mcp auth url`: it asks for offline access and consent.",
            )
        return ConnectionRow(
            connection=self._connection,
            region=code.home.region,
            environment=self._settings.environment,
            api_url=code.home.api_url,
            token_url=code.home.token_url,
            upload_url=code.home.upload_url,
            client_id=client_id,
            client_secret=secret,
            refresh_token=grant.refresh_token,
            access_token=grant.access_token,
            scopes=grant.scopes or (request.scopes if request else ""),
            seconds_left=grant.seconds,
        )

    def _client(self) -> tuple[str, str]:
        """Return id and secret of the OAuth client: those of the settings, else those of the stored connection."""
        with token_store(self._database) as db:
            stored = rows.find(db, self._ring, self._connection)
        client_id = self._settings.client_id or (stored.client_id if stored else "")
        secret = self._settings.client_secret.get_secret_value() or (stored.client_secret if stored else "")
        for variable, value in (("ZOHO_SDK_CLIENT_ID", client_id), ("ZOHO_SDK_CLIENT_SECRET", secret)):
            if not value:
                raise ZohoConfigError(
                    f"{variable} is not set.",
                    hint="Set it to what Zoho's API console (https://api-console.zoho.com) shows for your client.",
                    variable=variable,
                )
        return client_id, secret


def _notes(settings: Settings, row: ConnectionRow) -> tuple[str, ...]:
    missing = scopes.missing(row.scopes, scopes.needed(settings)) if row.scopes else ()
    said = {
        f"Zoho withheld {', '.join(missing)}: what needs it will be refused.": bool(missing),
        f"This sign-in lives in the data centre {row.region}: set ZOHO_SDK_REGION={row.region} or leave it out.": (
            row.region != settings.region and "region" in settings.model_fields_set
        ),
        "ZOHO_SDK_REFRESH_TOKEN is set and goes before this sign-in: leave it out.": (
            row.connection == DEFAULT and bool(settings.refresh_token.get_secret_value())
        ),
    }
    return tuple(sentence for sentence, holds in said.items() if holds)
