"""Histories made of single slices, for tests of the core: {start: (bad, total)} per column."""

from collections.abc import Mapping, Sequence

import numpy as np

from leadline.core.budgets import BudgetingMethod, Evaluation, Figures, Subject, edges, evaluate, needed_span
from leadline.core.history import History, detail_hours
from leadline.core.slices import HOUR, STEP, DenseSlices, HourSums
from leadline.core.time_slices import time_slices
from leadline.core.windows import Span

Slices = Mapping[int, tuple[int, int]]


def dense_of(slices: Slices, span: Span) -> DenseSlices:
    """The slices of a span of whole hours; what is not in the mapping was not seen."""
    size = span.slices
    bad, total, seen = np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(size, np.bool_)
    for start, (bad_count, total_count) in slices.items():
        assert start % STEP == 0
        if span.start <= start < span.end:
            place = (start - span.start) // STEP
            bad[place], total[place], seen[place] = bad_count, total_count, True
    return DenseSlices(span.start, bad, total, seen)


def hours_of(dense: DenseSlices) -> HourSums:
    """Hourly sums, bit by bit."""
    hours = len(dense.bad) // 60
    seen, traffic = np.zeros(hours, np.uint64), np.zeros(hours, np.uint64)
    for place in np.flatnonzero(dense.seen):
        seen[place // 60] |= np.uint64(1 << int(place % 60))
        if dense.total[place]:
            traffic[place // 60] |= np.uint64(1 << int(place % 60))
    by_hour = (hours, 60)
    return HourSums(
        dense.start, dense.bad.reshape(by_hour).sum(axis=1), dense.total.reshape(by_hour).sum(axis=1), seen, traffic
    )


def figures_of(columns: Sequence[Slices], subjects: Sequence[Subject], at: int, burn_windows: Sequence[int]) -> Figures:
    """Lay out a history that covers what the evaluation needs, and evaluate."""
    span = needed_span(subjects, at, burn_windows)
    dense, hours = [], []
    for slices, subject in zip(columns, subjects, strict=True):
        steps = dense_of(slices, span)
        sums = hours_of(steps)
        if subject.terms.method is not BudgetingMethod.OCCURRENCES:
            sums, steps = time_slices(steps, subject.terms)
        dense.append(steps)
        hours.append(sums)
    cuts = set().union(*(edges(subject, at, burn_windows) for subject in subjects))
    detail = {hour: dense for hour in detail_hours(cuts) if span.start <= hour < span.end}
    return evaluate(History.of(span.start, span.end, hours, detail), subjects, at, burn_windows)


def judge(slices: Slices, subject: Subject, at: int, burn_windows: Sequence[int] = (HOUR,)) -> Evaluation:
    """The evaluation of one subject."""
    return figures_of([slices], [subject], at, burn_windows).evaluation(0)


def first_of(slices: Slices) -> int | None:
    """Birth: the first slice ever."""
    return min(slices, default=None)
