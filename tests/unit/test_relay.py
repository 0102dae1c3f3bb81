"""What is logged during a call can be heard by its caller: named facts, masked, and nothing else."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
import stamina
import structlog
from structlog.contextvars import bound_contextvars

from zohocrm_mcp.errors import UnavailableError
from zohocrm_mcp.observe.logging import configure_logging
from zohocrm_mcp.observe.relay import Fact, listening
from zohocrm_mcp.observe.retries import tell_retries

Heard = list[tuple[str, str, dict[str, Fact]]]
TOKEN = "1000." + "0123456789abcdef" * 2 + "." + "fedcba9876543210" * 2


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    root, handlers, level = logging.getLogger(), logging.getLogger().handlers[:], logging.getLogger().level
    hooks = stamina.instrumentation.get_on_retry_hooks()
    configure_logging("ERROR", "json", io.StringIO())
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    stamina.instrumentation.set_on_retry_hooks(hooks)


@contextmanager
def hearing() -> Iterator[Heard]:
    heard: Heard = []
    with listening(lambda *line: heard.append(line)):
        yield heard


def test_a_line_is_heard_with_its_context_whatever_the_process_itself_logs() -> None:
    with hearing() as heard, bound_contextvars(call_id="c1", client="Desktop 1", who="ada"):
        structlog.get_logger("here").debug("job.progress", done=1, total=2)
    assert heard == [("debug", "here", {"event": "job.progress", "call_id": "c1", "done": 1, "total": 2})]


def test_a_fact_without_a_name_that_is_let_through_stays_here() -> None:
    with hearing() as heard:
        structlog.get_logger("here").info("sent", values={"Phone": "1"}, path="/crm/v8", token=TOKEN, reason=["a"])
    assert heard == [("info", "here", {"event": "sent"})]


def test_what_looks_like_a_secret_is_masked() -> None:
    with hearing() as heard:
        structlog.get_logger("here").warning(f"got {TOKEN}", reason=f"Bearer {TOKEN}")
    assert heard == [("warning", "here", {"event": "got ***", "reason": "Bearer ***"})]


def test_an_exception_is_heard_of_without_its_traceback() -> None:
    with hearing() as heard:
        try:
            int("inner")
        except ValueError:
            structlog.get_logger("here").exception("crashed")
    assert heard == [("error", "here", {"event": "crashed"})]


def test_nobody_hears_what_is_logged_elsewhere() -> None:
    with hearing() as heard:
        other = Thread(target=lambda: structlog.get_logger("there").warning("another call"))
        other.start()
        other.join()
    structlog.get_logger("here").warning("after it")
    assert heard == []


def test_a_repeated_call_is_told_with_its_reason_and_without_what_it_carries() -> None:
    tell_retries()
    tries = iter([UnavailableError("Zoho does not answer."), None])

    def send(_record: str) -> None:
        if error := next(tries):
            raise error

    with hearing() as heard:
        stamina.RetryingCaller(attempts=2).on(UnavailableError)(send, "secret value")
    ((level, _, facts),) = heard
    assert level == "warning"
    assert facts == {
        "event": "call.repeated",
        "attempt": 1,
        "seconds": 0.0,
        "kind": "unavailable",
        "reason": "Zoho does not answer.",
    }
