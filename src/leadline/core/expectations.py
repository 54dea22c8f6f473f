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
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadline.core.history import History, Sums
from leadline.core.slices import HOUR, SLICES_PER_HOUR, STEP, Ints
from leadline.core.windows import Span

Floats = NDArray[np.float64]

WEEK_HOURS = 168
WEEK = WEEK_HOURS * HOUR
MEMORY = 4 * WEEK
"""How far back expected traffic looks."""
CHUNK = 256
"""Columns that are looked at together where every hour of them is: the tables then fit into the cache."""


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
    def of_events(
        history: History, at: int, columns: Ints, so_far: Sums, open_spans: Sequence[Span] | None = None
    ) -> Traffic:
        """
        Traffic of the four weeks before `at`; `so_far` are the sums of the lived part of the window.

        With `open_spans`, of their part of the four weeks alone, so that what closed hours carried is not expected.
        """
        if open_spans is None:
            total, seen = _recent_traffic(history, at, columns)
        else:
            total, seen = _open_traffic(history, columns, open_spans)
        lived = so_far.seen > 0
        return Traffic(
            total,
            seen,
            np.where(lived, so_far.total, total.sum(axis=0)),
            np.where(lived, so_far.seen, seen.sum(axis=0)),
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
        # `sum` adds in another order when a column stands alone, and its last bit would depend on its neighbours
        return np.asarray(np.cumsum(per_slice * counts, axis=0)[-1], dtype=np.float64)

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


def _by_hour_of_week(cumulative: NDArray[Any], history: History, at: int, columns: Ints) -> Ints:
    """Sums over the 672 whole hours before the hour of `at`, from cumulative sums, by hour of the week: [168, n]."""
    first = (at // HOUR * HOUR - MEMORY - history.start) // HOUR
    last = first + MEMORY // HOUR
    everything = np.array_equal(columns, np.arange(history.width))
    if first >= 0 and last < len(cumulative):
        rows = cumulative[first : last + 1]
    else:
        rows = cumulative[np.clip(np.arange(first, last + 1), 0, len(cumulative) - 1)]
    by_hour = np.empty((WEEK_HOURS, len(columns)), np.int64)
    for start in range(0, len(columns), CHUNK):
        chunk = slice(start, start + CHUNK)
        table = rows[:, chunk] if everything else rows[:, columns[chunk]]
        weeks = sum(
            table[week : week + WEEK_HOURS + 1].astype(np.int64) for week in range(0, MEMORY // HOUR, WEEK_HOURS)
        )
        by_hour[:, chunk] = np.diff(np.asarray(weeks), axis=0)
    return np.roll(by_hour, at // HOUR % WEEK_HOURS, axis=0)


def _recent_traffic(history: History, at: int, columns: Ints) -> tuple[Ints, Ints]:
    """Sums of total and numbers of seen slices over the four weeks before `at`, by hour of the week: [168, n] each."""
    total, seen = (_by_hour_of_week(table, history, at, columns) for table in (history.total, history.seen_count))
    if at % HOUR:  # the oldest and the newest hour are parts of one and the same hour of the week
        row, hour = at // HOUR % WEEK_HOURS, at // HOUR * HOUR
        newest, oldest = Span(hour, at), Span(hour - MEMORY, at - MEMORY)
        gained, lost = history.sums(newest, columns), history.sums(oldest, columns)
        total[row] += gained.total - lost.total
        seen[row] += gained.seen - lost.seen
    return total, seen


def _open_traffic(history: History, columns: Ints, spans: Sequence[Span]) -> tuple[Ints, Ints]:
    """Sums of total and numbers of seen slices over some spans, by hour of the week: [168, n] each."""
    total, seen = (np.zeros((WEEK_HOURS, len(columns)), np.int64) for _ in range(2))
    for span in spans:
        first, last = -(-span.start // HOUR) * HOUR, span.end // HOUR * HOUR
        parts = [Span(span.start, min(first, span.end)), Span(max(last, span.start), span.end)]
        for part in parts[: 1 if last < first else 2]:
            if part.seconds:
                sums, row = history.sums(part, columns), part.start // HOUR % WEEK_HOURS
                total[row] += sums.total
                seen[row] += sums.seen
        if first < last:
            hours = np.arange(first, last, HOUR) // HOUR
            rows = np.clip(np.append(hours, hours[-1] + 1) - history.start // HOUR, 0, len(history.total) - 1)
            np.add.at(total, hours % WEEK_HOURS, np.diff(history.total[rows][:, columns], axis=0))
            np.add.at(seen, hours % WEEK_HOURS, np.diff(history.seen_count[rows][:, columns], axis=0))
    return total, seen


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
