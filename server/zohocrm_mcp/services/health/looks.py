"""What a look at the server's state has found, in words that may be told to anybody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from zohocrm_mcp.errors import UnavailableError, ZohoAuthError, ZohoConfigError, ZohoDatabaseError, ZohoError
from zohocrm_mcp.observe import meters

SENTENCES = {
    "start": "The server has not opened its parts yet.",
    "configuration": "A setting, an encryption key or the installation does not fit.",
    "database": "PostgreSQL does not answer.",
    "migrations": "The migrations of the database are not applied, or do not fit this version.",
    "sign_in": "Nobody is signed in, or Zoho refuses the sign-in.",
}
"""What can be wrong, in the order in which it is looked at."""
SIGN_IN = frozenset(("ZOHO_SDK_CLIENT_ID", "ZOHO_SDK_CLIENT_SECRET", "ZOHO_SDK_REFRESH_TOKEN"))
DOCTOR = "`zohocrm-mcp doctor` and the log tell more."


@dataclass(frozen=True)
class Look:
    """``wrong`` is a key of ``SENTENCES``, empty where all is well; ``reason`` is for the log alone."""

    wrong: str = ""
    reason: str = ""
    levels: tuple[meters.Reading, ...] = field(default=(), repr=False)

    @property
    def checks(self) -> dict[str, bool | None]:
        """Each check with what was found; what comes after a failed one was not looked at."""
        found: dict[str, bool | None] = {}
        for name in SENTENCES:
            failed = False in found.values()
            found[name] = None if failed else name != self.wrong
        return found

    def shown(self) -> dict[str, object]:
        """Return what anybody may read: no host, no name, no secret."""
        words = {True: "ok", False: "error", None: "not checked"}
        checks: dict[str, dict[str, str]] = {name: {"status": words[ok]} for name, ok in self.checks.items()}
        if not self.wrong:
            return {"status": "ready", "checks": checks}
        checks[self.wrong] |= {"detail": SENTENCES[self.wrong], "hint": DOCTOR}
        return {"status": "not ready", "checks": checks}

    def gauges(self) -> Iterable[meters.Reading]:
        yield from ((meters.READY, float(ok), (name,)) for name, ok in self.checks.items() if ok is not None)
        yield from self.levels


STARTING = Look("start")


def trouble(error: ZohoError) -> Look:
    """Return what keeps the parts from opening, or a look from seeing anything."""
    match error:
        case ZohoDatabaseError() | UnavailableError():
            wrong = "migrations" if "migration" in error.details else "database"
        case ZohoAuthError():
            wrong = "sign_in"
        case ZohoConfigError() if error.details.get("variable") in SIGN_IN:
            wrong = "sign_in"
        case _:
            wrong = "configuration"
    return Look(wrong, error.message)
