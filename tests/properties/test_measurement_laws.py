"""Laws of measurement: sums never drift, however collections split; a watermark claims only what was asked for."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import MemoryLedger
from instants import NOON_SECONDS
from leadline.core.slices import STEP, Bools, SeriesKey
from leadline.core.windows import Span
from leadline.domains.measurement.collection import collect
from leadline.domains.measurement.model import Collect
from leadline.domains.measurement.rules import REOPENED_SECONDS, Reading, extended, missing_spans, rounded
from leadline.ports.ledger import Watermark
from leadline.units import parse_instant
from made_handbooks import a_context, a_handbook, an_sli, ratio
from made_sources import TableSource

KEY = SeriesKey("requests")
NEARLY_ONE = 1 + 1e-6
"""One quantum and the noise of summing floats."""
EVENTS = st.floats(0, 50, allow_subnormal=False) | st.integers(0, 50).map(float) | st.just(0.5) | st.just(0.1)
SLICES = st.lists(st.tuples(EVENTS, EVENTS), min_size=1, max_size=60)
"""Bad and good events of each slice."""
QUANTA = st.sampled_from([Fraction(1), Fraction(1, 1000), Fraction(1, 3), Fraction(2)])


def none_of(count: int) -> Bools:
    return np.zeros(count, dtype=np.bool_)


def reading(slices: list[tuple[float, float]]) -> Reading:
    bad = np.array([bad for bad, _ in slices])
    return Reading(bad, bad + np.array([good for _, good in slices]), none_of(len(slices)))


@settings(max_examples=150, deadline=None)
@given(SLICES, QUANTA)
def test_rounded_sums_stay_within_a_quantum_and_bad_within_total(
    slices: list[tuple[float, float]], quantum: Fraction
) -> None:
    found = reading(slices)
    batch = rounded(KEY, 0, found, quantum, (0, 0), reopen_at=0, may_exceed=False).batch
    assert (batch.bad <= batch.total).all()
    assert (batch.bad >= 0).all()
    for stored, exact in ((batch.bad, found.bad), (batch.total, found.total)):
        drift = np.cumsum(stored) - np.cumsum(exact) / float(quantum)
        assert np.abs(drift).max() < NEARLY_ONE


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=40))
def test_whole_events_are_stored_exactly(slices: list[tuple[int, int]]) -> None:
    batch = rounded(
        KEY, 0, reading([(float(a), float(b)) for a, b in slices]), Fraction(1), (0, 0), reopen_at=0, may_exceed=False
    ).batch
    assert batch.bad.tolist() == [bad for bad, _ in slices]
    assert batch.total.tolist() == [bad + good for bad, good in slices]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(EVENTS, EVENTS), min_size=20, max_size=60),
    st.lists(st.integers(1, 12), min_size=1, max_size=12),
    QUANTA,
)
def test_however_collections_split_the_sums_are_within_a_quantum(
    slices: list[tuple[float, float]], lengths: list[int], quantum: Fraction
) -> None:
    start = NOON_SECONDS - NOON_SECONDS % 86_400 - 20 * STEP
    source = TableSource({"errors": _table(start, [bad for bad, _ in slices]),
                          "total": _table(start, [bad + good for bad, good in slices])})  # fmt: skip
    ledger, handbook = MemoryLedger(), a_handbook([an_sli(measure=ratio(bad="errors"), quantum=str(quantum))])
    ends = [end for end in accumulate(lengths) if end < len(slices)]
    for end in [*ends, len(slices)]:
        until = parse_instant(str(start + end * STEP))
        context = a_context(handbook, {"prom": source}, ledger=ledger, now=until)
        collect(Collect(since=parse_instant(str(start)), at=until), context)
        stored = ledger.read(["requests"], start, start + end * STEP)[KEY]
        for whole, exact in ((stored.bad, source.values("errors", end)), (stored.total, source.values("total", end))):
            assert np.abs(np.cumsum(whole) - np.cumsum(exact) / float(quantum)).max() < NEARLY_ONE


def _table(start: int, values: list[float]) -> dict[int, float]:
    return {start + number * STEP: value for number, value in enumerate(values)}


MINUTES = st.integers(0, 4 * 1440)
RUNS = st.lists(st.tuples(MINUTES, MINUTES, st.booleans(), st.integers(0, 6)), min_size=1, max_size=8)
"""Since, end, again, and after how many spans the run was cut off (6: it was not)."""


@settings(max_examples=300, deadline=None)
@given(RUNS)
def test_a_watermark_is_one_span_of_slices_that_were_all_asked_for(runs: list[tuple[int, int, bool, int]]) -> None:
    known: Watermark | None = None
    asked: set[int] = set()
    for since, end, again, cut in runs:
        for span in missing_spans(known, since * STEP, end * STEP, again=again)[: cut if cut < 6 else None]:
            asked.update(range(span.start, span.end, STEP))
            known = extended(known, "requests", span, {})
            assert set(range(known.start, known.end, STEP)) <= asked
    assert known is None or known.start < known.end


@settings(max_examples=200, deadline=None)
@given(MINUTES, MINUTES, st.integers(1, 1440), st.booleans())
def test_one_run_covers_all_that_was_wanted(first: int, wanted: int, length: int, again: bool) -> None:
    since, end = wanted * STEP, (wanted + length) * STEP
    known = Watermark("requests", first * STEP, (first + 100) * STEP)
    spans = missing_spans(known, since, end, again=again)
    asked = {at for span in spans for at in range(span.start, span.end, STEP)}
    old = set() if again else set(range(known.start, known.end, STEP))
    assert set(range(since, end, STEP)) <= asked | old


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10_000), st.integers(6, 1440), st.integers(1, 2000))
def test_the_newest_five_slices_are_asked_for_again(start: int, length: int, later: int) -> None:
    known = Watermark("requests", start * STEP, (start + length) * STEP)
    spans = missing_spans(known, known.start, known.end + later * STEP, again=False)
    assert spans[0].start == known.end - REOPENED_SECONDS
    assert sum(span.seconds for span in spans) == REOPENED_SECONDS + later * STEP
    assert all(isinstance(span, Span) for span in spans)
