"""Texts as PostgreSQL takes them."""

from __future__ import annotations

import uuid


def uuid_of(text: str) -> uuid.UUID | None:
    """Return the id that a text is, in the form that PostgreSQL writes; None where it is none."""
    try:
        found = uuid.UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None
