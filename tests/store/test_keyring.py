"""Keys: where they come from, what they open, and how they change while others work."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
import sys
from pathlib import Path

import keyring
import pytest

from zohocrm_mcp.config import Settings, load_settings
from zohocrm_mcp.connections.keyring import KeyRing, key_id, load_keyring
from zohocrm_mcp.connections.keysources import KEY_FILE, source_of
from zohocrm_mcp.errors import ZohoConfigError

OLD, NEW = base64.b64encode(b"o" * 32).decode(), base64.b64encode(b"n" * 32).decode()
HERE, THERE = "production|default|client|refresh_token", "production|other|client|refresh_token"


class Desktop:
    """A keyring of a desktop, in memory; no KeyringBackend, because keyring would find and use it everywhere."""

    priority = 5

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture
def desktop() -> Desktop:
    """A desktop keyring, in the place of whatever this machine has, until the test ends."""
    return Desktop()


@pytest.fixture(autouse=True)
def _no_desktop_but_ours(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    nothing = keyring.backends.fail.Keyring()  # type: ignore[no-untyped-call]  # keyring has no types here
    used = request.getfixturevalue("desktop") if "desktop" in request.fixturenames else nothing
    monkeypatch.setattr(keyring, "get_keyring", lambda: used)


def settings(data_dir: Path, **more: object) -> Settings:
    return Settings.model_validate({"data_dir": data_dir, **more})


def test_what_is_sealed_opens_and_does_not_show(tmp_path: Path) -> None:
    ring = load_keyring(settings(tmp_path))
    sealed = ring.seal("1000.secret", HERE)
    assert b"secret" not in sealed
    assert ring.open(sealed, HERE, ring.newest) == "1000.secret"
    assert ring.seal("1000.secret", HERE) != sealed


def test_a_sealed_value_does_not_open_in_another_place(tmp_path: Path) -> None:
    ring = load_keyring(settings(tmp_path))
    with pytest.raises(ZohoConfigError, match="moved here from another row"):
        ring.open(ring.seal("1000.secret", HERE), THERE, ring.newest)


def test_an_altered_value_does_not_open(tmp_path: Path) -> None:
    ring = load_keyring(settings(tmp_path))
    sealed = bytearray(ring.seal("1000.secret", HERE))
    sealed[-1] ^= 1
    with pytest.raises(ZohoConfigError, match="does not open"):
        ring.open(bytes(sealed), HERE, ring.newest)


def test_the_first_key_seals_and_every_key_opens(tmp_path: Path) -> None:
    old = load_keyring(settings(tmp_path, encryption_keys=OLD))
    both = load_keyring(settings(tmp_path, encryption_keys=f"{NEW}, {OLD}"))
    assert both.open(old.seal("x", HERE), HERE, old.newest) == "x"
    assert both.newest == key_id(b"n" * 32)
    assert "nnnn" not in repr(both)
    assert NEW not in repr(both)


def test_a_key_that_is_lost_is_named_and_so_is_the_way_out(tmp_path: Path) -> None:
    old = load_keyring(settings(tmp_path, encryption_keys=OLD))
    with pytest.raises(ZohoConfigError) as caught:
        load_keyring(settings(tmp_path, encryption_keys=NEW)).open(old.seal("x", HERE), HERE, old.newest)
    assert key_id(b"o" * 32) in caught.value.message
    assert "Nothing was overwritten" in caught.value.hint
    assert "auth logout" in caught.value.hint


@pytest.mark.parametrize("text", ["short", "!!!", OLD[:-5], f"{OLD},,x"])
def test_what_is_no_key_ends_the_start_without_being_shown(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("ZOHO_MCP_ENCRYPTION_KEYS", text)
    with pytest.raises(ZohoConfigError, match="ZOHO_MCP_ENCRYPTION_KEYS is not usable") as caught:
        load_settings()
    assert OLD not in f"{caught.value.message} {caught.value.hint}"


def test_keys_without_a_key_among_them_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ZohoConfigError, match="ZOHO_MCP_ENCRYPTION_KEYS holds something that is no key"):
        load_keyring(settings(tmp_path, encryption_keys=" , "))


def test_the_key_file_is_made_for_us_alone(tmp_path: Path) -> None:
    made = load_keyring(settings(tmp_path / "new"))
    file = tmp_path / "new" / KEY_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load_keyring(settings(tmp_path / "new")).keys == made.keys


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    load_keyring(settings(tmp_path))
    (tmp_path / KEY_FILE).chmod(0o644)
    with pytest.raises(ZohoConfigError, match="can be read by others") as caught:
        load_keyring(settings(tmp_path))
    assert f"chmod 600 {tmp_path / KEY_FILE}" in caught.value.hint


def test_a_data_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ZohoConfigError, match="cannot be used") as caught:
        load_keyring(settings(tmp_path / "file"))
    assert caught.value.details["variable"] == "ZOHO_MCP_DATA_DIR"


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from zohocrm_mcp.config import Settings, load_settings;"
        "from zohocrm_mcp.connections.keyring import load_keyring;"
        "print(load_keyring(Settings(data_dir=Path(sys.argv[1]))).newest)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "shared")]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) for _ in range(4)]
    assert len({process.communicate(timeout=60)[0] for process in started}) == 1


def test_a_new_key_reaches_a_ring_that_was_loaded_before(tmp_path: Path) -> None:
    running = load_keyring(settings(tmp_path))
    first = running.newest
    source_of(settings(tmp_path)).add()
    rotated = load_keyring(settings(tmp_path))
    assert running.open(rotated.seal("x", HERE), HERE, rotated.newest) == "x"
    assert running.ids == [rotated.newest, first]
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


def test_keys_of_the_environment_are_changed_there(tmp_path: Path) -> None:
    with pytest.raises(ZohoConfigError, match="ZOHO_MCP_ENCRYPTION_KEYS, which this program cannot change"):
        source_of(settings(tmp_path, encryption_keys=OLD)).add()


def test_a_desktop_keyring_holds_the_key_where_there_is_no_file(tmp_path: Path, desktop: Desktop) -> None:
    made = load_keyring(settings(tmp_path))
    assert made.source == "the desktop's keyring"
    assert len(desktop.kept) == 1
    assert not (tmp_path / KEY_FILE).exists()
    assert load_keyring(settings(tmp_path)).keys == made.keys
    source_of(settings(tmp_path)).add()
    assert made.keys[0] in load_keyring(settings(tmp_path)).keys


def test_a_key_file_that_is_there_goes_before_an_empty_desktop_keyring(tmp_path: Path, desktop: Desktop) -> None:
    (tmp_path / KEY_FILE).touch(mode=0o600)
    (tmp_path / KEY_FILE).write_text(OLD)
    assert load_keyring(settings(tmp_path)).newest == key_id(b"o" * 32)
    assert desktop.kept == {}


def test_without_a_desktop_the_key_file_is_used(tmp_path: Path) -> None:
    assert load_keyring(settings(tmp_path)).source == str(tmp_path / KEY_FILE)


def test_a_ring_says_nothing_of_its_keys() -> None:
    ring = KeyRing((b"k" * 32,), "a test")
    assert repr(ring) == str(ring) == "KeyRing(1 keys from a test)"
