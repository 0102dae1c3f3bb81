"""A temporary file for what is too large for memory; it has no name and is gone with its process."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from zohocrm_mcp.zoho.files import no_room


@contextmanager
def spool() -> Iterator[BinaryIO]:
    """Lend a temporary file.

    Raises:
        ZohoConfigError: it cannot be made or written: the disk is full.
    """
    try:
        with tempfile.TemporaryFile() as file:
            yield file
    except OSError as error:
        raise no_room(error) from error
