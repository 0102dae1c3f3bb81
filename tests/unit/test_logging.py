"""Logs go to stderr, and no secret with them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from zohocrm_mcp.observe.logging import configure_logging, masked

TOKEN = "1000." + "0123456789abcdef" * 2 + "." + "fedcba9876543210" * 2


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root, handlers, level = logging.getLogger(), logging.getLogger().handlers[:], logging.getLogger().level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"got {TOKEN}.", "got ***."),
        ("Authorization: Zoho-oauthtoken abc.def", "Authorization: Zoho-oauthtoken ***"),
        ("Bearer abc", "Bearer ***"),
        ("postgresql://ada:hunter2@db/crm", "postgresql://***@db/crm"),
        ("POST /token?refresh_token=abc&grant_type=x", "POST /token?refresh_token=***&grant_type=x"),
        ('{"access_token": "abc", "api_domain": "x"}', '{"access_token": "***", "api_domain": "x"}'),
        (f"the token zohocrm_mcp_{'aB3_-' * 8}abc is bad", "the token *** is bad"),
        ("eyJhbGciOiJub25lIn0.e30.c2ln and more", "*** and more"),
        ("zohocrm_mcp_connection", "zohocrm_mcp_connection"),
        ("nothing to hide", "nothing to hide"),
        ("token_count=5", "token_count=5"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_a_log_line_is_json_with_its_context_and_masked_values_at_any_depth(stream: io.StringIO) -> None:
    configure_logging("INFO", "json", stream)
    with structlog.contextvars.bound_contextvars(call_id="c1"):
        structlog.get_logger("here").info("signed in", client_secret="x", sent={"headers": [f"token {TOKEN}"]})
    entry = json.loads(stream.getvalue())
    assert entry["event"] == "signed in"
    assert (entry["call_id"], entry["logger"], entry["level"]) == ("c1", "here", "info")
    assert entry["client_secret"] == "***"
    assert entry["sent"] == {"headers": ["token ***"]}


def test_the_standard_library_logs_the_same_way(stream: io.StringIO) -> None:
    configure_logging("INFO", "json", stream)
    logging.getLogger("there").warning("took %s for %s", TOKEN, 5)
    assert json.loads(stream.getvalue())["event"] == "took *** for 5"


def test_a_traceback_is_masked_too(stream: io.StringIO) -> None:
    configure_logging("INFO", "console", stream)
    try:
        int(TOKEN)
    except ValueError:
        structlog.get_logger("here").exception("failed")
    assert "ValueError" in stream.getvalue()
    assert TOKEN not in stream.getvalue()


def test_levels_below_the_one_set_are_not_shown_and_the_sdk_is_quiet(stream: io.StringIO) -> None:
    configure_logging("WARNING", "console", stream)
    structlog.get_logger("here").info("hidden")
    logging.getLogger("SDKLogger").error("hidden too")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("forged", ["zz\n2026-11-25 [error] all is lost", "zz\x1b[2J", "zz\r\x85\u2028[error]"])
def test_what_a_caller_has_sent_begins_no_line_and_commands_no_terminal(stream: io.StringIO, forged: str) -> None:
    configure_logging("INFO", "console", stream)
    logging.getLogger("there").warning("no session %s", forged)
    structlog.get_logger("here").warning("refused", client=forged.replace(" ", ""))
    lines = stream.getvalue().removesuffix("\n").split("\n")
    assert len(lines) == 2
    assert all(line.isprintable() for line in lines)


def test_a_traceback_keeps_its_lines(stream: io.StringIO) -> None:
    configure_logging("INFO", "console", stream)
    try:
        int("a riddle")
    except ValueError:
        structlog.get_logger("here").exception("crashed")
    assert stream.getvalue().splitlines()[-1].startswith("ValueError: ")
    assert len(stream.getvalue().splitlines()) > 3
