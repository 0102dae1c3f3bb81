"""Texts as PostgreSQL takes them."""

from __future__ import annotations


def storable(text: str) -> str:
    """Return ``text`` without what PostgreSQL has no character for: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()
