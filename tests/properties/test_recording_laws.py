"""Laws of what people record: order and repetition change nothing, sums are exact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from instants import NOON, NOON_SECONDS
from leadline.core.slices import STEP, SeriesKey, SliceBatch
from leadline.domains.measurement.model import RecordDowntime, RecordFailures
from leadline.domains.measurement.outages import Overlap, apportioned, failed, overlaps
from leadline.domains.measurement.recording import record_downtime, record_failures
from leadline.ports.operation import Context
from made_handbooks import a_context, a_handbook, an_sli

HOUR_AGO = NOON - timedelta(hours=1)
shares = st.integers(1, 20).map(lambda twentieths: Decimal(twentieths) / 20)


@st.composite
def outages(draw: st.DrawFn) -> RecordDowntime:
    first = draw(st.integers(0, 3_540))
    length = draw(st.integers(1, 3_600 - first))
    start = HOUR_AGO + timedelta(seconds=first)
    return RecordDowntime(
        slo="requests-slo", start=start, end=start + timedelta(seconds=length), fraction=draw(shares)
    )  # fmt: skip


def a_world(totals: Sequence[int]) -> Context:
    """An hour of traffic before noon, one bad event in each slice that has any."""
    context = a_context(a_handbook([an_sli(measure=None, source="people")]))
    starts = np.arange(NOON_SECONDS - 3600, NOON_SECONDS, STEP)
    bad = [min(1, total) for total in totals]
    context.ledger.append("people", [SliceBatch(SeriesKey("requests"), starts, np.array(bad), np.array(totals))])
    return context


def slices_of(context: Context) -> list[tuple[int, int]]:
    [dense] = context.ledger.read(["requests"], NOON_SECONDS - 3600, NOON_SECONDS).values()
    return list(zip(dense.bad.tolist(), dense.total.tolist(), strict=True))


traffic = st.lists(st.integers(0, 40), min_size=60, max_size=60).filter(lambda totals: max(totals) > 1)


@settings(max_examples=60, deadline=None)
@given(traffic, st.lists(outages(), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_downtime_unites_in_any_order_and_any_number_of_times(
    totals: list[int], recordings: list[RecordDowntime], chance: object
) -> None:
    def recorded(order: Sequence[RecordDowntime]) -> list[tuple[int, int]]:
        context = a_world(totals)
        for recording in order:
            if any(totals[(each.start - NOON_SECONDS + 3600) // STEP] for each in _pieces(recording)):
                record_downtime(recording, context)
        return slices_of(context)

    once = recorded(recordings)
    again = list(recordings) * 2
    chance.shuffle(again)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert recorded(again) == once
    for number, (bad, total) in enumerate(once):
        start = NOON_SECONDS - 3600 + number * STEP
        wanted = [failed(each, Fraction(one.fraction), total) for one in recordings for each in _pieces(one)
                  if each.start == start]  # fmt: skip
        assert total == totals[number]
        assert bad == max([min(1, total), *wanted])


def _pieces(recording: RecordDowntime) -> tuple[Overlap, ...]:
    return overlaps(int(recording.start.timestamp()), int(recording.end.timestamp()))


@settings(max_examples=60, deadline=None)
@given(traffic, st.lists(outages(), min_size=1, max_size=3))
def test_what_is_taken_back_leaves_what_was_measured(totals: list[int], recordings: list[RecordDowntime]) -> None:
    context = a_world(totals)
    before = slices_of(context)
    for recording in recordings:
        if any(totals[(each.start - NOON_SECONDS + 3600) // STEP] for each in _pieces(recording)):
            record_downtime(recording, context)
    everything = RecordDowntime(slo="requests-slo", start=HOUR_AGO, end=NOON, take_back=True)
    record_downtime(everything, context)
    assert slices_of(context) == before


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9), shares, shares, st.integers(1, STEP), st.integers(0, 10**6))
def test_a_larger_share_never_gives_fewer_failures(
    slice_number: int, one: Decimal, other: Decimal, seconds: int, total: int
) -> None:
    small, large = sorted(
        failed(Overlap(slice_number * STEP, seconds), Fraction(share), total) for share in (one, other)
    )
    exact = [Fraction(share) * seconds * total / STEP for share in sorted((one, other))]
    assert abs(small - exact[0]) < 1
    assert abs(large - exact[1]) < 1
    assert large <= total
    assert small <= large


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.integers(0, 1000), min_size=1, max_size=50).filter(any))
def test_parts_are_near_their_share_and_exact_in_sum(amount: int, weights: list[int]) -> None:
    parts = apportioned(amount, weights)
    assert sum(parts) == amount
    assert all(
        abs(part - Fraction(amount * weight, sum(weights))) < 1 for part, weight in zip(parts, weights, strict=True)
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 3_000), st.integers(1, 600))
def test_failures_with_a_total_are_exact_and_fit_into_their_slices(
    some: int, more: int, first: int, length: int
) -> None:
    bad, total = min(some, more), max(some, more)
    context = a_context(a_handbook([an_sli(measure=None, source="people")]))
    start: datetime = HOUR_AGO + timedelta(seconds=first)
    asked = RecordFailures(sli="requests", bad=bad, total=total, start=start, end=start + timedelta(seconds=length))
    recorded = record_failures(asked, context)
    found = slices_of(context) if recorded.slices else []
    assert (sum(row[0] for row in found), sum(row[1] for row in found)) == (bad, total)
    assert all(row[0] <= row[1] for row in found)
