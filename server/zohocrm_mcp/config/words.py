"""Settings that are lists of words, separated by commas."""

from __future__ import annotations

from typing import Annotated

from pydantic_settings import NoDecode

Words = Annotated[tuple[str, ...], NoDecode]


def split(value: object) -> object:
    """Return the words of a text; anything else as it is."""
    return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value
