"""Laws of what people record: order and repetition change nothing, sums are exact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from instants import NOON, NOON_SECONDS
from leadline.core.slices import STEP, SeriesKey, SliceBatch
from leadline.domains.measurement.model import RecordDowntime, RecordFailures, RemoveRecording
from leadline.domains.measurement.outages import Overlap, apportioned, failed, overlaps
from leadline.domains.measurement.recording import record_downtime, record_failures, remove_recording
from leadline.errors import RecordError
from leadline.ports.operation import Context
from made_handbooks import a_context, a_handbook, an_sli

WHY = {"reason": "seen", "who": "Ada"}
HOUR_AGO = NOON - timedelta(hours=1)
shares = st.integers(1, 20).map(lambda twentieths: Decimal(twentieths) / 20)


@st.composite
def outages(draw: st.DrawFn) -> RecordDowntime:
    first = draw(st.integers(0, 3_540))
    length = draw(st.integers(1, 3_600 - first))
    start = HOUR_AGO + timedelta(seconds=first)
    return RecordDowntime(
        slo="requests-slo", start=start, end=start + timedelta(seconds=length), fraction=draw(shares), **WHY
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


@st.composite
def some_failures(draw: st.DrawFn) -> RecordFailures:
    outage = draw(outages())
    bad = draw(st.integers(0, 30))
    total = draw(st.none() | st.integers(bad, 60))
    return RecordFailures(sli="requests", bad=bad, total=total, start=outage.start, end=outage.end, **WHY)


def _record(recording: RecordDowntime | RecordFailures, context: Context) -> int | None:
    """Number of the recording; None where it is refused."""
    try:
        if isinstance(recording, RecordDowntime):
            return record_downtime(recording, context).id
        return record_failures(recording, context).id
    except RecordError:
        return None


@settings(max_examples=60, deadline=None)
@given(
    traffic,
    st.lists(st.tuples(outages() | some_failures(), st.booleans()), min_size=1, max_size=5),
    st.randoms(use_true_random=False),
)
def test_recording_and_removing_is_as_recording_what_is_left_in_any_order(
    totals: list[int], said: list[tuple[RecordDowntime | RecordFailures, bool]], chance: Random
) -> None:
    context = a_world(totals)
    before = slices_of(context)
    steps = [(number, recording) for number, (recording, _) in enumerate(said)]
    ids: dict[int, int] = {}
    for number, recording in steps:
        if (made := _record(recording, context)) is not None:
            ids[number] = made
        gone = chance.choice([None, *(each for each in ids if said[each][1])])
        if gone is not None:
            remove_recording(RemoveRecording(id=ids.pop(gone), **WHY), context)
    for number in [each for each in ids if said[each][1]]:
        remove_recording(RemoveRecording(id=ids.pop(number), **WHY), context)
    left = [said[number][0] for number in ids]
    chance.shuffle(left)
    alone = a_world(totals)
    assume(all(_record(recording, alone) is not None for recording in left))
    assert slices_of(context) == slices_of(alone)
    for number in list(ids.values()):
        remove_recording(RemoveRecording(id=number, **WHY), context)
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
    asked = RecordFailures(
        sli="requests", bad=bad, total=total, start=start, end=start + timedelta(seconds=length), **WHY
    )
    recorded = record_failures(asked, context)
    found = slices_of(context) if recorded.slices else []
    assert (sum(row[0] for row in found), sum(row[1] for row in found)) == (bad, total)
    assert all(row[0] <= row[1] for row in found)
