"""What the token endpoint says when it says no, as something that processes share and people understand."""

from __future__ import annotations

from dataclasses import dataclass

from zohocrm_mcp.connections.names import login_command
from zohocrm_mcp.datacentres import DATA_CENTRES
from zohocrm_mcp.errors import UnavailableError, ZohoAuthError, ZohoError, ZohoRateLimitError

THROTTLE_SECONDS = 600.0
REFUSED_SECONDS = 300.0
OUTAGE_SECONDS = 5.0

THROTTLED, OUTAGE, ELSEWHERE = "throttled", "outage: ", "other_data_centre: "

_FIND = "`zohocrm-mcp doctor` finds out which data centre knows it."
_SENTENCES = {
    "invalid_code": (
        "Zoho no longer accepts the sign-in {name}: it was revoked, or it belongs to another data centre.",
        f"Run `{{login}}`; {_FIND}",
    ),
    "code": (
        "Zoho does not accept the code: it was used already, has expired, or belongs to another client or data centre.",
        "Ask for a new one with `{login}` or `zohocrm-mcp auth url`; add --self-client for a code of a self client.",
    ),
    "invalid_client": (
        "Zoho does not know the client id in this data centre.",
        f"Check ZOHO_SDK_CLIENT_ID and ZOHO_SDK_REGION, then run `{{login}}`; {_FIND}",
    ),
    "invalid_client_secret": (
        "Zoho does not accept the client secret.",
        "Check ZOHO_SDK_CLIENT_SECRET against the API console, then run `{login}`.",
    ),
    "invalid_redirect_uri": (
        "Zoho knows the client under another redirect address.",
        "Set ZOHO_SDK_REDIRECT_URL to the address registered in the API console, then run `{login}`.",
    ),
}


@dataclass(frozen=True)
class Refusal:
    """A refusal as it is shared between processes: a word for the table, and how many seconds it stands."""

    word: str
    seconds: float

    def error(self, connection: str, seconds_left: float | None = None) -> ZohoError:
        """Return the error that everybody gets while the refusal stands."""
        if self.word == THROTTLED:
            return _throttled(self.seconds if seconds_left is None else max(seconds_left, 1.0))
        if self.word.startswith(OUTAGE):
            return UnavailableError(f"Zoho's token server did not answer ({self.word.removeprefix(OUTAGE)}).")
        if self.word.startswith(ELSEWHERE):
            return _elsewhere(connection, self.word.removeprefix(ELSEWHERE))
        unknown = (f"Zoho refused to give an access token ({self.word}).", "Run `{login}` to sign in again.")
        sentence, hint = _SENTENCES.get(self.word, unknown)
        words = {"name": repr(connection), "login": login_command(connection)}
        return ZohoAuthError(sentence.format(**words), hint=hint.format(**words), code=self.word)


class TokenRefusedError(Exception):
    """Carries a Refusal from the endpoint to whoever shares it; never leaves this room."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.word)
        self.refusal = refusal


def _throttled(seconds: float) -> ZohoRateLimitError:
    return ZohoRateLimitError(
        "Zoho gives no more access tokens to this sign-in for the moment (ten in ten minutes are allowed).",
        retry_after=seconds,
        hint="Wait for the window to pass; processes that share the database also share one token.",
        code="Access Denied",
    )


def _elsewhere(connection: str, region: str) -> ZohoAuthError:
    centre = DATA_CENTRES[region]
    return ZohoAuthError(
        f"The sign-in {connection!r} belongs to another data centre: {centre.name} ({region}, {centre.accounts}).",
        hint=f"Set ZOHO_SDK_REGION={region} and run `{login_command(connection)}`.",
        code="other_data_centre",
        region=region,
    )
