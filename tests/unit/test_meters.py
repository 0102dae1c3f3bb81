"""The hooks through which the rooms are heard, and the levels that are read."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from zohocrm_mcp.observe import meters
from zohocrm_mcp.observe.meters import Labels, Meter, Reading
from zohocrm_mcp.observe.metrics import metrics

Heard = list[tuple[Meter, float, Labels]]


@pytest.fixture
def heard() -> Iterator[Heard]:
    found: Heard = []

    def listen(meter: Meter, value: float, labels: Labels) -> None:
        found.append((meter, value, labels))

    meters.subscribe(listen)
    yield found
    meters.unsubscribe(listen)


class Source:
    """Something with a level."""

    def __init__(self, level: float) -> None:
        self.level = level

    def gauges(self) -> list[Reading]:
        return [(meters.POOL_LENT, self.level, ())]


def level() -> float | None:
    return next((value for meter, value, _ in meters.readings() if meter is meters.POOL_LENT), None)


def test_what_is_told_is_heard_until_nobody_listens(heard: Heard) -> None:
    meters.ZOHO_RETRIES.add(1, "/crm/v8/org")
    assert heard == [(meters.ZOHO_RETRIES, 1, ("/crm/v8/org",))]


def test_a_block_is_timed_however_it_ends(heard: Heard) -> None:
    with pytest.raises(ValueError, match="no"), meters.STORE_SECONDS.timed("read"):
        raise ValueError("no")
    ((meter, seconds, labels),) = heard
    assert (meter, labels) == (meters.STORE_SECONDS, ("read",))
    assert seconds >= 0


def test_levels_of_the_same_kind_add_up_and_go_with_their_source() -> None:
    before = level() or 0.0
    first, second = Source(2), Source(3)
    meters.watch(first)
    meters.watch(second)
    assert level() == before + 5
    meters.unwatch(first)
    del second
    gc.collect()
    assert (level() or 0.0) == before


def test_numbers_count_while_somebody_counts_and_only_then() -> None:
    counted = metrics()
    assert counted

    def retries() -> float:
        return counted.registry.get_sample_value(meters.ZOHO_RETRIES.exposed, {"endpoint": "/a-test"}) or 0.0

    meters.ZOHO_RETRIES.add(1, "/a-test")
    with counted.counting(), counted.counting():
        meters.ZOHO_RETRIES.add(1, "/a-test")
    meters.ZOHO_RETRIES.add(1, "/a-test")
    assert retries() == 1


def test_every_meter_has_a_name_of_its_own_and_a_sentence() -> None:
    assert len({one.name for one in meters.ALL}) == len(meters.ALL)
    assert all(one.about.endswith(".") for one in meters.ALL)
    assert all(one.name.endswith("_seconds") for one in meters.ALL if one.buckets)
