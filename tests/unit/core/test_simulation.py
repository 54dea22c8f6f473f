"""The numbers of a scenario: traffic, what is planted into it, and what nobody sees."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace

import numpy as np
import pytest

from instants import NOON_SECONDS
from leadline.core.scenarios import DAY_MINUTES, MILLION, Effect, Kind, Level, Planted, Rhythm, Scenario, Shape, Stream
from leadline.core.simulation import Events, demands, events, share_of, shares, values

NOON = NOON_SECONDS // 60
"""A Wednesday, in minutes."""
MIDNIGHT = NOON - DAY_MINUTES // 2
STEADY = Rhythm(low=1, weekend=1, noise=0)
HUNDRED = Stream("requests", (), STEADY, 100, 0, 0, None)
GAUGE = Level("depth", (), STEADY, 80, 0, None)


def planted(
    shape: Shape, depth: int = MILLION, *, value: float | None = None, failures: int = 0, lag: int = 0
) -> Planted:
    effects = tuple(Effect(sli, depth, lag, (), failures, value) for sli in ("requests", "depth"))
    return Planted("it", Kind.INCIDENT, shape, "", (), NOON, True, 10, DAY_MINUTES, 1, 4, effects)


def a_scenario(*things: Planted) -> Scenario:
    return Scenario("s", 1, 28 * DAY_MINUTES, {}, {}, things)


def around(thing: Planted, stream: Stream = HUNDRED) -> Events:
    """From 3 minutes before noon to 13 after; what is planted lasts 10."""
    return events(a_scenario(thing), stream, NOON - 3, NOON + 13)


def test_traffic_is_highest_at_the_peak_and_lowest_twelve_hours_away() -> None:
    day = shares(Rhythm(peak=15 * 60, low=0.3), MIDNIGHT, MIDNIGHT + DAY_MINUTES)
    assert int(day.argmax()) == 15 * 60
    assert day.max() == 1
    assert day[3 * 60] == pytest.approx(0.3)
    assert day[9 * 60] == pytest.approx(0.65), "half way"


def test_saturday_and_sunday_have_their_share() -> None:
    week = shares(Rhythm(low=1, weekend=0.6), MIDNIGHT, MIDNIGHT + 7 * DAY_MINUTES).reshape(7, DAY_MINUTES)
    assert week[:, 0].tolist() == [1, 1, 1, 0.6, 0.6, 1, 1], "from Wednesday to Tuesday"
    assert (week == week[:, :1]).all()


def test_a_steady_service_counts_every_event_it_is_said_to_have() -> None:
    found = around(planted(Shape.OUTAGE, lag=60))
    assert found.total.tolist() == [100] * 16
    assert (found.bad == 0).all()
    assert found.seen.all()


def test_traffic_and_bad_share_come_out_over_many_minutes() -> None:
    stream = Stream("requests", (), Rhythm(low=1, weekend=1, noise=0.2), 3.3, 0.02, 0.05, None)
    found = events(a_scenario(), stream, MIDNIGHT, MIDNIGHT + 100 * DAY_MINUTES)
    minutes = 100 * DAY_MINUTES
    assert found.total.sum() / minutes == pytest.approx(3.3, rel=0.01)
    assert found.bad.sum() / found.total.sum() == pytest.approx(0.02, rel=0.03)
    assert found.failures.sum() / minutes == pytest.approx(0.05, rel=0.03)
    assert len(np.unique(found.total)) > 2, "traffic is not the same in each minute"


def test_an_outage_turns_its_share_of_good_events_bad() -> None:
    assert around(planted(Shape.OUTAGE)).bad.tolist() == [0] * 3 + [100] * 10 + [0] * 3
    half = around(planted(Shape.OUTAGE, 500_000))
    assert half.bad.tolist() == [0] * 3 + [50] * 10 + [0] * 3
    assert (half.total == 100).all()


def test_a_ramp_rises_to_its_depth() -> None:
    assert around(planted(Shape.RAMP, 500_000)).bad[3:13].tolist() == [5, 10, 15, 20, 25, 30, 35, 40, 45, 50]


def test_a_burst_is_one_minute_of_each_period() -> None:
    assert around(planted(Shape.BURST)).bad[3:13].tolist() == [100, 0, 0, 0, 100, 0, 0, 0, 100, 0]


def test_a_lag_moves_the_effect() -> None:
    assert around(planted(Shape.CASCADE, lag=2)).bad.tolist() == [0] * 5 + [100] * 10 + [0]


def test_silence_is_not_zero() -> None:
    found = around(planted(Shape.SILENCE))
    assert found.seen.tolist() == [True] * 3 + [False] * 10 + [True] * 3


def test_traffic_that_stays_away_is_neither_good_nor_bad() -> None:
    stream = replace(HUNDRED, bad=0.1)
    calm = events(a_scenario(), stream, NOON - 3, NOON + 13)
    found = around(planted(Shape.COLLAPSE, 900_000), stream)
    assert found.total.tolist() == [100] * 3 + [10] * 10 + [100] * 3
    assert (found.bad <= calm.bad).all()
    assert found.bad.sum() < calm.bad.sum()


def test_failures_come_in_the_first_minute() -> None:
    assert around(planted(Shape.OUTAGE, failures=7)).failures.tolist() == [0] * 3 + [7] + [0] * 12


def test_little_of_little_traffic_is_something_now_and_then() -> None:
    added = share_of(np.ones(1000, dtype=np.int64), np.full(1000, 40_000), np.arange(1000))
    assert set(added.tolist()) == {0, 1}
    assert abs(int(added.sum()) - 40) <= 1
    assert share_of(np.arange(5), np.full(5, MILLION), np.arange(5)).tolist() == [0, 1, 2, 3, 4]
    assert share_of(np.arange(5), np.zeros(5, dtype=np.int64), np.arange(5)).tolist() == [0] * 5


def test_a_gauge_goes_where_it_is_sent_and_comes_back() -> None:
    span = (NOON - 3, NOON + 13)
    assert values(a_scenario(planted(Shape.OUTAGE, value=20)), GAUGE, *span).tolist() == [80] * 3 + [20] * 10 + [80] * 3
    ramp = values(a_scenario(planted(Shape.RAMP, value=20)), GAUGE, *span)
    assert ramp[3:13] == pytest.approx([74, 68, 62, 56, 50, 44, 38, 32, 26, 20])
    silent = values(a_scenario(planted(Shape.SILENCE)), GAUGE, *span)
    assert np.isnan(silent).tolist() == [False] * 3 + [True] * 10 + [False] * 3


def test_a_gauge_follows_traffic_as_far_as_it_swings() -> None:
    level = Level("depth", (), Rhythm(low=0.2, weekend=1, noise=0), 100, 0.5, None)
    day = values(a_scenario(), level, MIDNIGHT, MIDNIGHT + DAY_MINUTES)
    assert day.max() == 100
    assert day.min() == pytest.approx(100 * (1 - 0.5 * 0.8))


def test_there_is_demand_while_traffic_is_high_enough() -> None:
    level = Level("depth", (), Rhythm(peak=12 * 60, low=0), 100, 0, 0.6)
    day = demands(level, MIDNIGHT, MIDNIGHT + DAY_MINUTES)
    reach = int(math.acos(2 * 0.6 - 1) / math.pi * 720)
    assert reach == 313
    assert np.flatnonzero(day == 1).tolist() == list(range(720 - reach, 720 + reach + 1))
    assert np.isnan(day[: 720 - reach]).all()
    assert (demands(GAUGE, NOON, NOON + 5) == 1).all()


def test_another_seed_sli_or_group_has_other_numbers() -> None:
    stream = replace(HUNDRED, rhythm=Rhythm())
    labelled = replace(stream, labels=(("region", "eu"),))
    found = [
        events(scenario, each, NOON, NOON + 60).total.tolist()
        for scenario, each in [
            (a_scenario(), stream),
            (replace(a_scenario(), seed=2), stream),
            (a_scenario(), replace(stream, sli="others")),
            (a_scenario(), labelled),
        ]
    ]
    assert len({tuple(each) for each in found}) == 4


def philox(key: tuple[int, int], block: int, day: int) -> list[int]:
    """Philox 4x64-10 as its paper has it (Salmon et al. 2011), in Python's integers."""
    words, (left, right) = [block, day, 0, 0], key
    for _ in range(10):
        first, second = 0xD2E7470EE14C6C93 * words[0], 0xCA5A826395121157 * words[2]
        words = [(second >> 64) ^ words[1] ^ left, second % 2**64, (first >> 64) ^ words[3] ^ right, first % 2**64]
        left, right = (left + 0x9E3779B97F4A7C15) % 2**64, (right + 0xBB67AE8584CAA73B) % 2**64
    return words


def test_numbers_are_those_of_a_counted_generator_and_of_no_version_of_a_library() -> None:
    stream = Stream("requests", (("region", "eu"),), Rhythm(low=1, weekend=1), 50, 0.1, 0.1, None)
    found = events(a_scenario(), stream, MIDNIGHT, MIDNIGHT + 20)
    digest = hashlib.sha256(b"1\0requests\0region\0eu").digest()
    key = (int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:16], "little"))
    words = [word for block in range(1, 26) for word in philox(key, block, MIDNIGHT // DAY_MINUTES)]
    units = iter((word >> 11) / 2**53 for word in words)
    for minute in range(20):
        a, b, c, d, e = (next(units) for _ in range(5))
        total = math.floor(50 * (1 + 0.1 * (2 * a - 1)) + b)
        assert found.total[minute] == total
        assert found.bad[minute] == min(total, math.floor(total * 0.1 * 2 * c + d))
        assert found.failures[minute] == math.floor(0.1 + e)
