"""
Ageing: where in its window the events of an objective lie, corrected, so that it is known when they leave.

Leaves out what leaving means for the budget (`core/exhaustion`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from leadline.core.benches import Bench
from leadline.core.history import History
from leadline.core.subjects import Subject, Subjects
from leadline.core.windows import Span


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was counted of one objective in some stretch of time; events in quanta, corrected and exact."""

    span: Span
    bad: Fraction
    total: Fraction
    expected: int
    """Slices that can be expected: since birth, in business hours, not taken out by a correction."""
    seen: int
    excluded: int
    """Slices that a correction takes out."""
    raw_bad: int
    raw_total: int
    """As measured."""


def counted_between(
    history: History, subject: Subject, column: int, at: int, edges: Sequence[int]
) -> Iterator[Stretch]:
    """
    What was counted of a subject between edges.

    Args:
        column: where the subject stands in the history.
        at: instant of the evaluation; slices before it are lived.
        edges: epoch seconds, increasing, at most `at`; the history has slices of the hours that they cut.
    """
    [cohort] = Subjects.of([subject]).cohorts
    bench = Bench.of(history, cohort, np.array([column]), at)
    lived = bench.count(bench.lived)
    for start, end in pairwise(edges):
        counted = bench.count(Span(start, end))
        bad, total = Fraction(int(counted.bad[0])), Fraction(int(counted.total[0]))
        if counted.states is not None and len(counted.states.of):
            traffic = bench.traffic(counted.states.of, lived)
            bad += traffic.exactly_expected(counted.states.bad, 0)
            total += traffic.exactly_expected(counted.states.total, 0)
        yield Stretch(
            span=Span(start, end),
            bad=bad,
            total=total,
            expected=int(counted.expected[0]),
            seen=int(counted.seen[0]),
            excluded=int(counted.excluded[0]),
            raw_bad=int(counted.measured.bad[0]),
            raw_total=int(counted.measured.total[0]),
        )


def bad_between(
    history: History, subjects: Sequence[Subject], columns: Sequence[int], at: int, edges: Sequence[int]
) -> list[tuple[Fraction, ...]]:
    """
    Bad events of each subject between edges, corrected and exact, in quanta; they add up to those of `exact_sums`.

    Args:
        columns: where each subject stands in the history.
        edges: epoch seconds, from the start of the budget window to its lived end; between these, whole hours.
    """
    found: list[list[Fraction]] = [[] for _ in subjects]
    for cohort in Subjects.of(subjects).cohorts:
        bench = Bench.of(history, cohort, np.array(columns)[cohort.index], at)
        lived = bench.count(bench.lived)
        for start, end in pairwise(edges):
            counted = bench.count(Span(start, end))
            bads = [Fraction(bad) for bad in counted.bad.tolist()]
            if counted.states is not None and len(counted.states.of):
                traffic = bench.traffic(counted.states.of, lived)
                for row, place in enumerate(counted.states.of.tolist()):
                    bads[place] += traffic.exactly_expected(counted.states.bad, row)
            for place, bad in zip(cohort.index.tolist(), bads, strict=True):
                found[place].append(bad)
    return [tuple(each) for each in found]
