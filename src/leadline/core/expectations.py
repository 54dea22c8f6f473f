"""
Expected traffic: what slices would have carried that are not lived yet, lie before birth, or were not seen.

The same hour of the week in the last four weeks, as mean total per seen slice; where that hour was never seen, the
mean so far. Hours of the week are UTC. Everything is kept as counts and sums, so that the same expectation can be had
as a float64 or as an exact Fraction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from leadline.core.history import History, Sums
from leadline.core.slices import HOUR, SLICES_PER_HOUR, STEP, Ints

Floats = NDArray[np.float64]

WEEK_HOURS = 168
WEEK = WEEK_HOURS * HOUR
MEMORY = 4 * WEEK
"""How far back expected traffic looks."""


@dataclass(frozen=True, slots=True, eq=False)
class Traffic:
    """Traffic by hour of the week, for each of n columns: sums of total, and slices that were seen."""

    total: Ints
    """[168, n]"""
    seen: Ints
    """[168, n]"""
    fallback_total: Ints
    """[n]; with `fallback_seen` the mean so far."""
    fallback_seen: Ints

    @staticmethod
    def of_events(history: History, at: int, columns: Ints, so_far: Sums) -> Traffic:
        """Traffic of the four weeks before `at`; `so_far` are the sums of the lived part of the window."""
        edges = [at - MEMORY, *range((at - MEMORY) // HOUR * HOUR + HOUR, at, HOUR), at]
        total, seen = _between(history, edges, columns)
        if len(total) > MEMORY // HOUR:  # the first and the last hour are parts of one and the same hour of the week
            total[0] += total[-1]
            seen[0] += seen[-1]
        first = edges[0] // HOUR % WEEK_HOURS
        by_hour = [
            np.roll(values[: MEMORY // HOUR].reshape(4, WEEK_HOURS, -1).sum(axis=0), first, axis=0)
            for values in (total, seen)
        ]
        lived = so_far.seen > 0
        return Traffic(
            by_hour[0],
            by_hour[1],
            np.where(lived, so_far.total, by_hour[0].sum(axis=0)),
            np.where(lived, so_far.seen, by_hour[1].sum(axis=0)),
        )

    @staticmethod
    def of_time_slices(unit: int, width: int) -> Traffic:
        """Time slices weigh the same whenever they are."""
        weight, ones = np.full((WEEK_HOURS, width), unit, np.int64), np.ones((WEEK_HOURS, width), np.int64)
        return Traffic(weight, ones, weight[0], ones[0])

    def expected(self, counts: Ints) -> Floats:
        """Expected total, in quanta, of `counts` slices ([168, n], by hour of the week) for each column."""
        mean = np.divide(self.fallback_total, self.fallback_seen, out=np.zeros(counts.shape[1]), where=self._has_mean)
        per_slice = np.where(self.seen > 0, self.total / np.maximum(self.seen, 1), mean)
        return np.asarray((per_slice * counts).sum(axis=0), dtype=np.float64)

    def exactly_expected(self, counts: Ints, column: int) -> Fraction:
        """As `expected`, for one column, exactly."""
        mean = Fraction(0)
        if self._has_mean[column]:
            mean = Fraction(int(self.fallback_total[column]), int(self.fallback_seen[column]))
        expected = Fraction(0)
        for hour in np.flatnonzero(counts[:, column]):
            seen, count = int(self.seen[hour, column]), int(counts[hour, column])
            expected += count * (Fraction(int(self.total[hour, column]), seen) if seen else mean)
        return expected

    @property
    def _has_mean(self) -> NDArray[np.bool_]:
        return np.asarray(self.fallback_seen > 0, dtype=np.bool_)


def _between(history: History, edges: Sequence[int], columns: Ints) -> tuple[Ints, Ints]:
    """Sums of total and of seen slices between neighbouring edges, [len(edges) - 1, n]."""
    total, seen = (np.empty((len(edges), len(columns)), np.int64) for _ in range(2))
    for row, edge in enumerate(edges):
        sums = history.cut(edge, columns)
        total[row], seen[row] = sums.total, sums.seen
    return np.diff(total, axis=0), np.diff(seen, axis=0)


def slices_between(start: Ints, end: Ints, length: int) -> Ints:
    """Number of slices of `length` seconds, aligned to UTC, with start in [start, end); 0 for an empty span."""
    return np.asarray(np.maximum(-(-end // length) - -(-start // length), 0), dtype=np.int64)


def slices_by_hour_of_week(start: Ints, end: Ints, length: int) -> Ints:
    """
    As `slices_between`, by hour of the week: [168, n].

    Longer slices than a step weigh the same in every hour, so their whole number stands in the first row.
    """
    if length != STEP:
        counts = np.zeros((WEEK_HOURS, len(start)), np.int64)
        counts[0] = slices_between(start, end, length)
        return counts
    return _before(np.maximum(start, end)) - _before(start)


def _before(at: Ints) -> Ints:
    """Steps of each hour of the week between the epoch and `at`, [168, n]."""
    hours, seconds = at // HOUR, at % HOUR
    rest = hours % WEEK_HOURS
    row = np.arange(WEEK_HOURS)[:, None]
    whole = SLICES_PER_HOUR * (hours // WEEK_HOURS + (row < rest))
    return np.asarray(whole + np.where(row == rest, -(-seconds // STEP), 0), dtype=np.int64)
