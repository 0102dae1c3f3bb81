"""How a throttle answers 429s, second by second."""

from __future__ import annotations

import pytest

from zohocrm_mcp.limits.throttle import Pace, Throttle

PACE = Pace(pause=1.0, pause_most=8.0, recover=2.0)


def throttle(most: int = 16, least: int = 2) -> Throttle:
    return Throttle(most, least, PACE)


def test_nothing_is_held_back_before_the_first_429() -> None:
    assert throttle().allowed(0.0) == 16


def test_a_429_halves_what_is_allowed_and_pauses() -> None:
    slow = throttle()
    assert slow.hit(10.0, sent=9.0, stated=None)
    assert (slow.allowed(10.0), slow.until) == (8, 11.0)


def test_after_the_pause_it_comes_back_one_by_one() -> None:
    slow = throttle()
    slow.hit(10.0, sent=9.0, stated=None)
    assert [slow.allowed(now) for now in (11.0, 12.9, 13.0, 15.0, 27.0, 99.0)] == [8, 8, 9, 10, 16, 16]


def test_once_back_it_stays_back() -> None:
    slow = throttle()
    slow.hit(10.0, sent=9.0, stated=None)
    assert slow.allowed(99.0) == 16
    assert slow.allowed(12.0) == 16


@pytest.mark.parametrize(("times", "pause"), [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (9, 8.0), (5000, 8.0)])
def test_pauses_double_while_nothing_gets_through(times: int, pause: float) -> None:
    slow = throttle()
    now = 0.0
    for _ in range(times):
        now = max(now, slow.until) + 1.0
        slow.hit(now, sent=now - 0.5, stated=None)
    assert slow.until - now == pause


def test_a_call_that_got_through_makes_the_next_429_a_first_one() -> None:
    slow = throttle()
    slow.hit(1.0, sent=0.5, stated=None)
    slow.hit(3.0, sent=2.5, stated=None)
    slow.passed(6.0)
    slow.hit(7.0, sent=6.5, stated=None)
    assert slow.until == 8.0


def test_a_call_sent_before_the_pause_proves_nothing() -> None:
    slow = throttle()
    slow.hit(1.0, sent=0.5, stated=None)
    slow.passed(0.9)
    slow.hit(3.0, sent=2.5, stated=None)
    assert slow.until == 5.0


def test_it_never_goes_below_the_least() -> None:
    slow = throttle(least=2)
    for now in range(10, 20):
        slow.hit(float(now), sent=now - 0.5, stated=None)
    assert slow.allowed(20.0) == 2


def test_a_late_429_of_calls_under_way_changes_nothing_but_a_stated_wait() -> None:
    slow = throttle()
    slow.hit(10.0, sent=9.0, stated=None)
    assert not slow.hit(10.5, sent=9.5, stated=None)
    assert slow.hit(10.5, sent=9.5, stated=30.0)
    assert (slow.allowed(10.5), slow.until) == (8, 40.5)


def test_what_others_have_met_is_taken_over() -> None:
    slow, other = throttle(), throttle()
    slow.hit(10.0, sent=9.0, stated=20.0)
    ceiling, strikes, wait = slow.shared(12.0)
    other.adopt(112.0, ceiling, strikes, 2.0, wait)
    assert (other.allowed(112.0), other.until, other.since) == (8, 130.0, 110.0)


def test_old_news_of_ones_own_changes_nothing() -> None:
    slow = throttle()
    slow.hit(10.0, sent=9.0, stated=None)
    slow.adopt(12.0, 3, 5, age=2.5, wait=-1.5)
    assert slow.allowed(10.5) == 8
