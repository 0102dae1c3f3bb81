"""Where a Bulk Read goes on after a page of 200,000 records."""

from __future__ import annotations

import pytest

from zohocrm_mcp.errors import UnavailableError
from zohocrm_mcp.services.exports.bulk_read import _following


def test_a_last_page_has_none_after_it() -> None:
    assert _following({"more_records": False, "next_page_token": "t"}, {"page": 1}) is None


def test_a_token_goes_before_a_number() -> None:
    assert _following({"more_records": True, "next_page_token": "t"}, {"page": 1}) == {"page_token": "t"}


def test_without_a_token_pages_are_counted_up_to_the_fiftieth() -> None:
    assert _following({"more_records": True}, {"page": 49}) == {"page": 50}
    with pytest.raises(UnavailableError, match="50 pages"):
        _following({"more_records": True}, {"page": 50})
