"""Cursors that nobody else can make, and that lead on in one walk only."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.services.records.cursors import LIFETIME, Cursors

KEY, OLDER = b"n" * 32, b"o" * 32
QUERY = ("search", "Accounts", "[]", "all")


def test_a_cursor_leads_back_to_its_state_on_any_replica() -> None:
    cursor = Cursors([KEY], "main").seal(QUERY, {"last": "42", "t": 5})
    assert Cursors([KEY], "main").open(QUERY, cursor) == {"last": "42", "t": 5}


def test_no_cursor_is_the_start() -> None:
    assert Cursors([KEY]).open(QUERY, "") == {}


def test_a_cursor_is_safe_in_a_url_and_short() -> None:
    cursor = Cursors([KEY]).seal(QUERY, {"last": "5437896100000000002", "t": 1795614817})
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert len(cursor) < 200


def test_an_older_key_is_still_accepted() -> None:
    cursor = Cursors([OLDER]).seal(QUERY, {"offset": 5})
    assert Cursors([KEY, OLDER]).open(QUERY, cursor) == {"offset": 5}


@pytest.mark.parametrize(
    ("reader", "query"),
    [
        (Cursors([KEY], "main"), ("search", "Contacts", "[]", "all")),
        (Cursors([KEY], "main"), ("search", "Accounts", "[]", "any")),
        (Cursors([KEY], "other"), QUERY),
    ],
)
def test_a_cursor_of_another_call_or_connection_is_refused(reader: Cursors, query: tuple[str, ...]) -> None:
    cursor = Cursors([KEY], "main").seal(QUERY, {"offset": 5})
    with pytest.raises(InvalidInputError, match=r"^The cursor belongs to another call\.$") as refused:
        reader.open(query, cursor)
    assert refused.value.details == {"field": "cursor", "code": "INVALID_CURSOR"}


def test_a_cursor_lives_a_day() -> None:
    now = 1_000_000.0
    cursors = Cursors([KEY], clock=lambda: now)
    cursor = cursors.seal(QUERY, {"offset": 5})
    now += LIFETIME
    assert cursors.open(QUERY, cursor) == {"offset": 5}
    now += 1
    with pytest.raises(InvalidInputError, match="has expired after 24 hours"):
        cursors.open(QUERY, cursor)


def test_a_cursor_of_another_key_is_refused() -> None:
    cursor = Cursors([OLDER]).seal(QUERY, {"offset": 5})
    with pytest.raises(InvalidInputError, match="is damaged or not one of ours"):
        Cursors([KEY]).open(QUERY, cursor)


def test_a_cursor_with_any_bit_changed_is_refused() -> None:
    cursors = Cursors([KEY])
    cursor = cursors.seal(QUERY, {"offset": 5})
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    for place in range(len(raw)):
        raw[place] ^= 1
        with pytest.raises(InvalidInputError):
            cursors.open(QUERY, base64.urlsafe_b64encode(bytes(raw)).decode())
        raw[place] ^= 1


@given(st.text(min_size=1))
def test_any_other_text_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InvalidInputError, match="is damaged or not one of ours"):
        Cursors([KEY]).open(QUERY, text)


@pytest.mark.parametrize("keys", [[], [b""]])
def test_without_a_key_there_are_no_cursors(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="needs a key"):
        Cursors(keys)
