"""The desktop's keyring (Keychain, Credential Locker, Secret Service) as the place of the keys: extra ``keyring``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zohocrm_mcp.connections.keycodes import VARIABLE, alone, decoded, new_key
from zohocrm_mcp.connections.keyring import Keys
from zohocrm_mcp.errors import ZohoConfigError

SERVICE, ENTRY = "zohocrm-mcp", "encryption-keys"


class Desktop:
    """One entry a data directory, so that two installations of one user do not share keys by accident."""

    name = "the desktop's keyring"

    def __init__(self, backend: Any, data_dir: Path) -> None:
        self._backend, self._data_dir, self._entry = backend, data_dir, f"{ENTRY} {data_dir}"

    def usable(self) -> bool:
        """Whether a keyring answers; the backends raise what they like where there is no desktop."""
        try:
            self._get()
            return float(self._backend.priority) > 0
        except Exception:  # noqa: BLE001 -- see above
            return False

    def holds_key(self) -> bool:
        return bool(self._get())

    def read(self) -> Keys:
        if not self._get():
            with alone(self._data_dir):
                if not self._get():
                    self._set(new_key())
        return decoded(self._get(), self.name)

    def add(self) -> None:
        self.read()
        with alone(self._data_dir):
            self._set(f"{new_key()} {self._get()}")

    def _get(self) -> str:
        return str(self._backend.get_password(SERVICE, self._entry) or "")

    def _set(self, keys: str) -> None:
        try:
            self._backend.set_password(SERVICE, self._entry, keys)
        except Exception as error:  # noqa: BLE001 -- backends raise what they like
            raise ZohoConfigError(
                f"The desktop's keyring does not take the key ({type(error).__name__}).",
                hint=f"Unlock it, or set {VARIABLE}.",
                variable=VARIABLE,
            ) from None


def desktop_keyring(data_dir: Path) -> Desktop | None:
    """Return the desktop's keyring where the extra is installed and a keyring answers."""
    try:
        import keyring
    except ImportError:
        return None
    desktop = Desktop(keyring.get_keyring(), data_dir)
    return desktop if desktop.usable() else None
