"""
Ageing: where in its window the bad events of an objective lie, corrected, so that it is known when they leave.

Leaves out what leaving means for the budget (`core/exhaustion`).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

from leadline.core.history import History
from leadline.core.judging import Bench
from leadline.core.subjects import Subject, Subjects
from leadline.core.windows import Span


def bad_between(history: History, subject: Subject, column: int, at: int, edges: Sequence[int]) -> tuple[Fraction, ...]:
    """
    Bad events of a subject between edges, corrected and exact, in quanta; they add up to those of `exact_sums`.

    Args:
        edges: epoch seconds, from the start of the budget window to its lived end; between these, whole hours.
    """
    [cohort] = Subjects.of([subject]).cohorts
    bench = Bench.of(history, cohort, np.array([column]), at)
    lived = bench.count(bench.lived)
    found = []
    for start, end in pairwise(edges):
        counted = bench.count(Span(start, end))
        bad = Fraction(int(counted.bad[0]))
        if counted.states is not None:
            traffic = bench.traffic(counted.states.of, lived)
            bad += sum(
                (traffic.exactly_expected(counted.states.bad, row) for row in range(len(counted.states.of))),
                Fraction(0),
            )
        found.append(bad)
    return tuple(found)
