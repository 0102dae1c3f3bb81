"""A lookup into one of several modules."""

from __future__ import annotations

from typing import NamedTuple


class Reference(NamedTuple):
    module: str
    id: int
