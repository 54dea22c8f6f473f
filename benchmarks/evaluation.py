"""
Row `evaluation`: one evaluation of many SLOs in memory, with coverage, raw and corrected figures and levels.

The peer does what a script around numpy would: for each SLO and window two sums over the slices, then ratio, budget
and burn rate; no coverage, no corrections, no levels. Its bad and total are compared with ours.
"""

from __future__ import annotations

import resource
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from benchmarks.figures import Figure, at_most, median, milliseconds, ratio, repeated, say, seconds_of
from benchmarks.made import DAY, DAYS, END, Minutes
from leadline.core.budgets import BudgetTerms, Figures, Subject, Subjects, edges, evaluate, needed_span
from leadline.core.corrections import CorrectionMode, CorrectionSpan
from leadline.core.history import History, detail_hours
from leadline.core.slices import HOUR, STEP, DenseSlices, HourSums
from leadline.core.windows import RollingWindow, Span
from leadline.domains.budgets.loading import BURN_WINDOWS
from leadline.units import parse_duration

SLOS = 10_000
SHAPES = 64
"""Different histories; an SLO is one of them, multiplied."""
PEER_SLOS = 300
AT = END + 13 * HOUR + 37 * STEP
TARGETS = ("0.999", "0.9995", "0.99", "0.95")
WINDOW = RollingWindow(parse_duration(f"{DAYS}d"))
BUDGET_SECONDS = DAYS * DAY


def run(slos: int = SLOS, times: int = 31) -> list[Figure]:
    figures, _ = measured(slos, times)
    return figures


def measured(slos: int, times: int) -> tuple[list[Figure], Figures]:
    """The figures of the row, and what was evaluated."""
    say(f"laying out {slos:,} SLOs with {DAYS} days each")
    shapes = _shapes()
    subjects = [_subject(place) for place in range(slos)]
    table, making = _timed(lambda: Subjects.of(subjects))
    history, laying = _timed(lambda: _history(shapes, subjects))
    say(f"evaluating {times} times, then as the peer does")
    runs = repeated(lambda: evaluate(history, table, AT, BURN_WINDOWS), times, warm=3)
    found = evaluate(history, table, AT, BURN_WINDOWS)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    peer = _peer_seconds(shapes, subjects, found)
    corrected = sum(bool(subject.corrections) for subject in subjects)
    what = f"{slos:,} SLOs, {len(BURN_WINDOWS)} burn windows and the budget's, {corrected} corrected"
    return [
        milliseconds("one evaluation", runs, at_most(10), what),
        Figure("peak memory of the process", peak, "MB", at_most(1024), "history, terms and what they were made of"),
        ratio("numpy loop over SLOs / one evaluation", peer / median(runs), f"the loop takes {peer:.2f} s"),
        milliseconds("laying out the history (once)", [laying]),
        milliseconds("making arrays of the terms (once a handbook)", [making]),
    ], found


def _timed(action: Any) -> tuple[Any, float]:
    kept: list[Any] = []
    taken = seconds_of(lambda: kept.append(action()))
    return kept[0], taken


def _span() -> Span:
    return needed_span([_subject(0)], AT, BURN_WINDOWS)


def _shapes() -> list[Minutes]:
    span = _span()
    return [Minutes.made(seed, span.start, span.slices) for seed in range(SHAPES)]


def _scale(place: int) -> int:
    return 1 + place % 11


def _subject(place: int) -> Subject:
    target = Decimal(TARGETS[place % len(TARGETS)])
    terms = BudgetTerms(target, Fraction(1) - Fraction(target), WINDOW)
    if place % 100:
        return Subject(terms, END - 60 * DAY)
    begin = END - (1 + place // 100 % 5) * 3 * DAY + 11 * STEP
    correction = CorrectionSpan(Span(begin, begin + 2 * HOUR + 7 * STEP), CorrectionMode.EXCLUDE)
    return Subject(terms, END - 60 * DAY, (correction,))


def _history(shapes: Sequence[Minutes], subjects: Sequence[Subject]) -> History:
    span = _span()
    shared = edges(subjects[1 % len(subjects)], AT, BURN_WINDOWS)
    by_correction = {
        subject.corrections: set(detail_hours(edges(subject, AT, BURN_WINDOWS)))
        for subject in subjects
        if subject.corrections
    }
    for_all = {hour for hour in detail_hours(shared) if span.start <= hour < span.end}
    hours = for_all.union(*by_correction.values()) if by_correction else for_all
    sums = [shape.hours() for shape in shapes]
    columns = [_scaled(sums[place % SHAPES], _scale(place)) for place in range(len(subjects))]
    detail: dict[int, list[DenseSlices | None]] = {}
    for hour in sorted(hours):
        detail[hour] = [
            _dense(shapes[place % SHAPES], hour, _scale(place))
            if hour in for_all or hour in by_correction.get(subject.corrections, ())
            else None
            for place, subject in enumerate(subjects)
        ]
    return History.of(span.start, span.end, columns, detail)


def _scaled(sums: HourSums, scale: int) -> HourSums:
    return HourSums(sums.start, sums.bad * scale, sums.total * scale, sums.seen, sums.traffic)


def _dense(shape: Minutes, hour: int, scale: int) -> DenseSlices:
    first = (hour - shape.start) // STEP
    part = slice(first, first + 60)
    return DenseSlices(hour, shape.bad[part] * scale, shape.total[part] * scale, np.ones(60, np.bool_))


def _peer_seconds(shapes: Sequence[Minutes], subjects: Sequence[Subject], found: Figures) -> float:
    """Seconds of the peer for all SLOs, from those of some; refuses to compare with other numbers than ours."""
    some = range(0, len(subjects), max(1, len(subjects) // PEER_SLOS))
    until = (AT - shapes[0].start) // STEP
    histories = [
        (shapes[place % SHAPES].bad[:until] * _scale(place), shapes[place % SHAPES].total[:until] * _scale(place))
        for place in some
    ]
    budgets = [float(subjects[place].terms.error_budget) for place in some]
    windows = [seconds // STEP for seconds in (*BURN_WINDOWS, BUDGET_SECONDS)]
    sums: list[list[tuple[int, int, float, float]]] = []

    def loop() -> None:
        for (bad, total), budget in zip(histories, budgets, strict=True):
            row = []
            for count in windows:
                bad_sum, total_sum = int(bad[-count:].sum()), int(total[-count:].sum())
                share = bad_sum / total_sum if total_sum else 0.0
                row.append((bad_sum, total_sum, share / budget, 1 - share / budget))
            sums.append(row)

    taken = seconds_of(loop)
    for place, row in zip(some, sums, strict=True):
        if not subjects[place].corrections:
            ours = [*found.burn_bad[:, place], found.bad[place]], [*found.burn_total[:, place], found.total[place]]
            assert ours == ([each[0] for each in row], [each[1] for each in row]), f"SLO {place} differs from the peer"
    return taken / len(some) * len(subjects)
