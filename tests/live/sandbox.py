"""Whose Zoho the live tests speak to: variables named like the product's own, so that none is taken by mistake.

``LIVE_ZOHO_X`` stands for ``ZOHO_SDK_X``. Nothing here has a default that leads to records of a real business.
"""

from __future__ import annotations

from collections.abc import Mapping

PREFIX = "LIVE_ZOHO_"
NEEDED = ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")
CONSENT = "PRODUCTION"


class RefusedError(Exception):
    """The tests write and delete records, and nobody has said that they may do so there."""


def lacking(variables: Mapping[str, str]) -> list[str]:
    """Return the variables without which there is no sandbox."""
    return [PREFIX + name for name in NEEDED if not variables.get(PREFIX + name)]


def sign_in(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the settings of the sandbox by the names of the product's variables.

    Raises:
        RefusedError: they name a production organisation.
    """
    given = {name.removeprefix(PREFIX): value for name, value in variables.items() if name.startswith(PREFIX) and value}
    consent = given.pop(CONSENT, "no")
    given.setdefault("ENVIRONMENT", "sandbox")
    if given["ENVIRONMENT"].lower() == "production" and consent != "yes":
        raise RefusedError(f"these tests change records; {PREFIX}{CONSENT}=yes lets them do so in production")
    return {f"ZOHO_SDK_{name}": value for name, value in given.items()}
