"""Asking a person for access: the address to open, what comes back, and the code exchanged where it is good.

Parameters and redirect as in Zoho's accounts documentation (web server applications, multi-dc): the code must be
exchanged at the ``accounts-server`` that the redirect names, which is believed only when it is one of Zoho's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from zohocrm_mcp.config import Settings
from zohocrm_mcp.datacentres import DATA_CENTRES, DataCentre, data_centre_of_accounts
from zohocrm_mcp.errors import ZohoAuthError

TOKEN_PATH = "/token"  # noqa: S105 -- the end of a URL


@dataclass(frozen=True)
class SignInRequest:
    """What was asked with, to be compared with what comes back. ``verifier`` is PKCE's (RFC 7636, S256)."""

    state: str
    verifier: str
    redirect_url: str
    scopes: str

    def __repr__(self) -> str:
        return "SignInRequest(…)"


@dataclass(frozen=True)
class Home:
    """Where a sign-in lives: its data centre and the hosts of its calls."""

    region: str
    api_url: str
    token_url: str
    upload_url: str


@dataclass(frozen=True)
class Code:
    """A code and where it is good."""

    value: str
    home: Home

    def __repr__(self) -> str:
        return f"Code({self.home.region})"


def new_request(redirect_url: str, scopes: str) -> SignInRequest:
    return SignInRequest(secrets.token_urlsafe(24), secrets.token_urlsafe(48), redirect_url, scopes)


def address(settings: Settings, client_id: str, request: SignInRequest) -> str:
    """Return the address that a person opens in a browser."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(request.verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "client_id": client_id,
        "response_type": "code",
        "scope": request.scopes,
        "redirect_uri": request.redirect_url,
        "access_type": "offline",
        "prompt": "consent",
        "state": request.state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{settings.token_url.removesuffix(TOKEN_PATH)}/auth?{urlencode(asked)}"


def read_answer(settings: Settings, request: SignInRequest, answer: str) -> Code:
    """Return the code that a redirect address (or its query alone) brings.

    Raises:
        ZohoAuthError: it was not asked for by ``request``, is a refusal, or names a host that is not Zoho's.
    """
    given = _parameters(answer)
    if not belongs(request, answer):
        raise ZohoAuthError(
            "This answer does not belong to the sign-in that was started: its state is another one.",
            hint="Nothing was sent to Zoho. Start again with `zohocrm-mcp auth login`; open only the address it gives.",
        )
    if "code" not in given:
        raise ZohoAuthError(
            f"Zoho did not give access ({given.get('error') or 'no code came back'}).",
            hint="Start again with `zohocrm-mcp auth login`, and accept what the page asks for.",
        )
    return Code(given["code"], home_of(settings, given.get("accounts-server", ""), given.get("location", "")))


def belongs(request: SignInRequest, answer: str) -> bool:
    """Whether a redirect address (or its query alone) answers ``request``: it brings its state back."""
    return hmac.compare_digest(_parameters(answer).get("state", "").encode(), request.state.encode())


def _parameters(answer: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(answer).query if "?" in answer else answer))


def home_of(settings: Settings, accounts_server: str = "", location: str = "") -> Home:
    """Return where a sign-in lives, from what the redirect says or, where it says nothing, from the settings.

    Raises:
        ZohoAuthError: the accounts server is none of Zoho's, or not the one that ``ZOHO_SDK_ACCOUNTS_URL`` names.
    """
    if settings.accounts_url:
        return _named_home(settings, accounts_server, location)
    centre = data_centre_of_accounts(accounts_server) if accounts_server else settings.data_centre
    if centre is None or (location and location != centre.region):
        raise _foreign(accounts_server, location)
    return _home(settings, centre)


def _named_home(settings: Settings, accounts_server: str, location: str) -> Home:
    parts = urlsplit(settings.accounts_url)
    if accounts_server and accounts_server.rstrip("/") != f"{parts.scheme}://{parts.netloc}":
        raise _foreign(accounts_server, location)
    centre = DATA_CENTRES.get(location, settings.data_centre)
    return Home(centre.region, settings.crm_url, settings.token_url, settings.content_url)


def _home(settings: Settings, centre: DataCentre) -> Home:
    upload_url = settings.upload_url or centre.upload_url
    return Home(centre.region, centre.api_url(settings.environment), centre.token_url, upload_url)


def _foreign(accounts_server: str, location: str) -> ZohoAuthError:
    return ZohoAuthError(
        f"The answer names {accounts_server!r} ({location or 'no location'}) as the accounts server of this sign-in, "
        "which it cannot be.",
        hint="Nothing was sent there. Start again with `zohocrm-mcp auth login`, and open only the address it gives.",
    )
