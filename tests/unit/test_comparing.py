"""When a value read back is the one that was sent."""

from __future__ import annotations

import pytest
from pydantic import JsonValue

from zohocrm_mcp.services.records.comparing import same


@pytest.mark.parametrize(
    ("found", "sent"),
    [
        ("spaced", "  spaced "),
        (None, "  "),
        ("", None),
        ([], None),
        ("a\nb", "a\r\nb"),
        (10.01, 10.005),
        (10.0, 10.004),
        (0.123456789, 0.1234567891234),
        (5, 5.0),
        (True, True),
        ({"id": "1", "name": "X"}, {"id": "1"}),
        ([{"id": "7", "name": "New"}], [{"name": "New"}]),
        (["b", "a"], ["a", "b"]),
        ("2026-01-02T10:00:00+05:30", "2026-01-02T04:30:00+00:00"),
    ],
)
def test_what_zoho_keeps_otherwise_is_the_same(found: JsonValue, sent: JsonValue) -> None:
    assert same(found, sent)


@pytest.mark.parametrize(
    ("found", "sent"),
    [
        ("a  b", "a b"),
        ("A", "a"),
        (10.01, 10.0),
        (10.0, 10.01),
        (10.02, 10.005),
        (10, 11),
        (1.004, 1.001),
        (0, None),
        (False, None),
        (False, True),
        (True, False),
        ("5", 5),
        ({"id": "1"}, {"id": "2"}),
        ([{"id": "7", "name": "New"}], [{"name": "Old"}]),
        ("2026-01-02T10:00:00+05:30", "2026-01-02T10:00:00+00:00"),
    ],
)
def test_what_somebody_has_changed_is_not(found: JsonValue, sent: JsonValue) -> None:
    assert not same(found, sent)
