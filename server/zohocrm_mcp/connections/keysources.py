"""Where the keys are kept: the setting, the desktop's keyring (extra ``keyring``), or a file that only we can read."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Protocol

from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.desktop import desktop_keyring
from zohocrm_mcp.connections.keycodes import VARIABLE, alone, decoded, new_key
from zohocrm_mcp.connections.keyring import Keys
from zohocrm_mcp.errors import ZohoConfigError

KEY_FILE = "encryption.key"


class KeySource(Protocol):
    """``read`` gives the keys, newest first, making one when there is none; ``add`` puts a new one in front."""

    name: str

    def read(self) -> Keys: ...

    def add(self) -> None: ...


def source_of(settings: Settings) -> KeySource:
    """Return the source that the settings and this machine decide for.

    The desktop's keyring is used when it can be and holds a key already, or when there is no key file yet.
    """
    given = settings.encryption_keys.get_secret_value()
    if given:
        return _Variable(given)
    file = _File(settings.data_dir / KEY_FILE)
    desktop = desktop_keyring(settings.data_dir)
    return desktop if desktop and (desktop.holds_key() or not file.path.exists()) else file


class _Variable:
    name = VARIABLE

    def __init__(self, given: str) -> None:
        self._given = given

    def read(self) -> Keys:
        return decoded(self._given.replace(",", " "), VARIABLE)

    def add(self) -> None:
        raise ZohoConfigError(
            f"The keys come from {VARIABLE}, which this program cannot change.",
            hint="Put a new key (`openssl rand -base64 32`) in front there, restart every process, and then run "
            "`zohocrm-mcp keys rotate`.",
            variable=VARIABLE,
        )


class _File:
    def __init__(self, path: Path) -> None:
        self.path, self.name = path, str(path)

    def read(self) -> Keys:
        try:
            if not self.path.exists():
                with alone(self.path.parent):
                    if not self.path.exists():
                        self._put(new_key())
            self._refuse_open_doors()
            return decoded(self.path.read_text(), self.name)
        except OSError as error:
            raise self._unusable(error) from None

    def add(self) -> None:
        self.read()
        try:
            with alone(self.path.parent):
                self._put(f"{new_key()}\n{self.path.read_text()}")
        except OSError as error:
            raise self._unusable(error) from None

    def _put(self, text: str) -> None:
        """Write beside, then move into place: a key must be on the disk before anything is sealed under it."""
        draft = self.path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123 -- the mode
            file.write(text.rstrip() + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)

    def _refuse_open_doors(self) -> None:
        mode = stat.S_IMODE(self.path.stat().st_mode)
        if os.name == "posix" and mode & 0o077:
            raise ZohoConfigError(
                f"The key file {self.path} can be read by others (mode {mode:04o}).",
                hint=f"Run `chmod 600 {self.path}`, then `zohocrm-mcp keys rotate --new`, as others may have read it.",
                variable="ZOHO_MCP_DATA_DIR",
            )

    def _unusable(self, error: OSError) -> ZohoConfigError:
        return ZohoConfigError(
            f"The key file {self.path} cannot be used: {error.strerror}.",
            hint=f"Set {VARIABLE}, or point ZOHO_MCP_DATA_DIR to a directory of yours.",
            variable="ZOHO_MCP_DATA_DIR",
        )
