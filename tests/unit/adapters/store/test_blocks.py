"""Hours of slices as bytes, and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.adapters.store.blocks import Hours, decode, encode
from leadline.adapters.store.days import Sums, decode_days, encode_days

_largest = 2**63 - 1
_counts = st.one_of(st.integers(0, 3), st.integers(0, 2**17), st.integers(0, _largest))
_slot = st.one_of(st.none(), st.tuples(_counts, _counts))
_hour = st.lists(_slot, min_size=60, max_size=60).filter(any) | st.lists(
    st.tuples(_counts, _counts), min_size=60, max_size=60
)


def _hours(rows: list[list[tuple[int, int] | None]]) -> Hours:
    dense = Hours.empty(np.arange(len(rows)), np.full(len(rows), 490_000))
    for row, slots in enumerate(rows):
        for column, pair in enumerate(slots):
            if pair is not None:
                dense.bad[row, column], dense.total[row, column] = pair
                dense.seen[row, column] = True
    return dense


@settings(max_examples=60)
@given(rows=st.lists(_hour, min_size=1, max_size=4))
def test_every_count_and_every_gap_comes_back(rows: list[list[tuple[int, int] | None]]) -> None:
    dense = _hours(rows)
    back = decode(dense.series, dense.hours, encode(dense))
    assert np.array_equal(back.seen, dense.seen)
    assert np.array_equal(back.bad, dense.bad)
    assert np.array_equal(back.total, dense.total)


@settings(max_examples=60)
@given(data=st.data(), days=st.integers(1, 3))
def test_every_hourly_sum_comes_back(data: st.DataObject, days: int) -> None:
    masks = st.one_of(st.just(0), st.just(2**60 - 1), st.integers(0, 2**60 - 1))
    sums = Sums.zeros((days, 24))
    for part, numbers in ((sums.bad, _counts), (sums.total, _counts), (sums.seen, masks), (sums.traffic, masks)):
        part[:] = np.array(data.draw(st.lists(numbers, min_size=24 * days, max_size=24 * days))).reshape(days, 24)
    back = decode_days(encode_days(sums))
    for name in ("bad", "total", "seen", "traffic"):
        assert np.array_equal(getattr(back, name), getattr(sums, name))


def test_a_quiet_hour_costs_a_few_bytes() -> None:
    (block,) = encode(_hours([[(0, 1000)] * 60]))
    # Two bytes of head and two of the base, 1000.
    assert block == bytes((0b00001010, 0)) + (1000).to_bytes(2, "little")


def test_realistic_traffic_costs_less_than_two_bytes_a_slice() -> None:
    chance = np.random.default_rng(7)
    minutes = np.arange(28 * 1440)
    total = chance.poisson(1000 + 600 * np.sin(2 * np.pi * minutes / 1440))
    bad = chance.binomial(total, 0.0005)
    dense = Hours.of(np.ones_like(minutes), minutes * 60, bad, total)
    assert sum(map(len, encode(dense))) < 2 * len(minutes)


@pytest.mark.parametrize("block", [bytes((0x40, 0)), bytes((0x80, 0, 1))])
def test_a_block_of_a_newer_version_is_not_guessed_at(block: bytes) -> None:
    one = np.array([1])
    with pytest.raises(ValueError, match="newer version"):
        decode(one, one, [block])
    with pytest.raises(ValueError, match="newer version"):
        decode_days([block])
