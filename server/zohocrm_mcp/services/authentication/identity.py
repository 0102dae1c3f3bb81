"""Whose sign-in is it? The organisation and the user, as Zoho names them."""

from __future__ import annotations

from dataclasses import dataclass

from zohocrm_mcp.models import Answer, Record
from zohocrm_mcp.zoho.api import CrmApi


@dataclass(frozen=True)
class Identity:
    """Who is signed in where; ``edition`` decides the limits."""

    organisation: str
    organisation_id: str
    edition: str
    user: str
    email: str

    def __str__(self) -> str:
        edition = f", {self.edition}" if self.edition else ""
        return f"{self.user} ({self.email}) at {self.organisation} ({self.organisation_id}{edition})"


async def identify(api: CrmApi) -> Identity:
    """Ask Zoho who is signed in.

    Raises:
        ZohoError: it does not say.
    """
    return identity_of(await api.org(), await api.users("CurrentUser"))


def identity_of(org: Answer, current_user: Answer) -> Identity:
    """Read the identity out of the answers about the organisation and the current user."""
    organisation, user = first_of(org, "org"), first_of(current_user, "users")
    licence = organisation.get("license_details")
    edition = licence.get("paid_type") if isinstance(licence, dict) else None
    return Identity(
        organisation=str(organisation.get("company_name") or ""),
        organisation_id=str(organisation.get("id") or ""),
        edition=str(edition or ""),
        user=str(user.get("full_name") or f"{user.get('first_name') or ''} {user.get('last_name') or ''}".strip()),
        email=str(user.get("email") or ""),
    )


def first_of(answer: Answer, key: str) -> Record:
    """Return the first object under ``key`` of an envelope, an empty one for 204."""
    rows = answer.body.get(key) if isinstance(answer.body, dict) else None
    return rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else {}
