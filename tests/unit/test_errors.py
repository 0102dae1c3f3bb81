"""The tree of errors: names users know, a kind and a hint each, and the drawing at the top of the file."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import get_args

import pytest

from zohocrm_mcp import errors
from zohocrm_mcp.errors import Kind, ZohoError, ZohoRateLimitError


def tree(root: type[ZohoError] = ZohoError) -> Iterator[type[ZohoError]]:
    yield root
    for below in root.__subclasses__():
        if below.__module__ == errors.__name__:
            yield from tree(below)


@pytest.mark.parametrize("kind", list(tree()), ids=lambda kind: kind.__name__)
def test_every_error_stands_in_the_drawing_with_its_kind_and_has_a_hint(kind: type[ZohoError]) -> None:
    (line,) = [line for line in (inspect.getdoc(errors) or "").splitlines() if f" {kind.__name__} " in f" {line} "]
    assert kind.kind in line.split()
    assert kind("It happened.").hint.endswith(".")


def test_every_kind_of_the_contract_has_an_error() -> None:
    assert {kind.kind for kind in tree()} == set(get_args(Kind))


def test_a_model_reads_kind_message_hint_and_what_is_known() -> None:
    error = ZohoRateLimitError("Too many.", retry_after=12.34, code="TOO_MANY_REQUESTS", status=429)
    assert error.as_dict() == {
        "kind": "rate_limited",
        "message": "Too many.",
        "hint": "Wait, then call again; smaller and fewer calls help.",
        "code": "TOO_MANY_REQUESTS",
        "retry_after_seconds": 12.3,
    }
    assert error.retry_after == 12.34


def test_an_unstated_wait_is_a_guess_and_says_so() -> None:
    assert ZohoRateLimitError("Too many.").details["stated"] is False
