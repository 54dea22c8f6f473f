"""
History: what many SLIs saw over whole hours, laid out so that any span is the difference of two rows.

One column is one SLO or one leaf. Hours are kept as cumulative sums, time first; hours that a window cuts carry their
60 slices beside (`detail`), so that every answer is exact at the grain of a step. Leaves out where the numbers come
from and what they mean for a budget.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from leadline.core.layout import LOW_BITS, Detail, Masks, cumulative, cumulative_counts, highest_bit, table
from leadline.core.slices import HOUR, STEP, DenseSlices, HourSums, Ints
from leadline.core.time_slices import time_slices as time_slices  # noqa: PLC0414 - found here by those who build a history
from leadline.core.windows import Span

Part = TypeVar("Part", HourSums, DenseSlices)


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums over a span, one element for each column: events in quanta, slices as counts."""

    bad: Ints
    total: Ints
    seen: Ints
    """Slices that were seen (measured or no_traffic)."""
    traffic: Ints
    """Slices that were seen with total > 0."""

    def __sub__(self, other: Sums) -> Sums:
        return Sums(
            self.bad - other.bad, self.total - other.total, self.seen - other.seen, self.traffic - other.traffic
        )

    def pick(self, places: Ints) -> Sums:
        """The sums of some columns."""
        return Sums(self.bad[places], self.total[places], self.seen[places], self.traffic[places])


def merge_hours(parts: Sequence[HourSums]) -> HourSums:
    """
    The hourly sums of an SLO from those of its leaves or writers: counts add, a slice is seen when any part saw it.

    Raises:
        ValueError: no part, or parts that do not cover the same hours.
    """
    first = _same_grid(parts)
    if len(parts) == 1:
        return first
    return HourSums(
        first.start,
        np.sum([part.bad for part in parts], axis=0, dtype=np.int64),
        np.sum([part.total for part in parts], axis=0, dtype=np.int64),
        np.bitwise_or.reduce([part.seen for part in parts]),
        np.bitwise_or.reduce([part.traffic for part in parts]),
    )


def merge_dense(parts: Sequence[DenseSlices]) -> DenseSlices:
    """
    The slices of an SLO from those of its leaves or writers: counts add, a slice is seen when any part saw it.

    Raises:
        ValueError: no part, or parts that do not cover the same slices.
    """
    first = _same_grid(parts)
    if len(parts) == 1:
        return first
    return DenseSlices(
        first.start,
        np.sum([part.bad for part in parts], axis=0, dtype=np.int64),
        np.sum([part.total for part in parts], axis=0, dtype=np.int64),
        np.logical_or.reduce([part.seen for part in parts]),
    )


def _same_grid(parts: Sequence[Part]) -> Part:
    if not parts:
        raise ValueError("nothing to merge")
    if len({(part.start, len(part.bad)) for part in parts}) > 1:
        raise ValueError("parts to merge must cover the same time")
    return parts[0]


def detail_hours(edges: Iterable[int]) -> tuple[int, ...]:
    """
    The hours (epoch seconds of their starts) that need their slices, because an edge cuts them.

    >>> detail_hours([7200, 7260, 10860])
    (7200, 10800)
    """
    return tuple(sorted({edge // HOUR * HOUR for edge in edges if edge % HOUR}))


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """
    Hourly sums of N columns over [start, end), with the slices of the hours that are cut.

    `bad`, `total`, `seen_count` and `traffic_count` are cumulative, [hours + 1, N]; `seen` and `traffic` are the bit
    masks of each hour, [hours, N].
    """

    start: int
    end: int
    bad: Ints
    total: Ints
    seen_count: NDArray[np.int32]
    traffic_count: NDArray[np.int32]
    seen: Masks
    traffic: Masks
    detail: Mapping[int, Detail]

    @staticmethod
    def of(
        start: int,
        end: int,
        columns: Sequence[HourSums],
        detail: Mapping[int, Sequence[DenseSlices | None]],
    ) -> History:
        """
        Lay out hourly sums and the slices of the hours that will be cut.

        Args:
            start, end: whole hours in epoch seconds; what a column holds outside of them is left out.
            columns: one for each SLO or leaf; hours that it does not hold were not seen.
            detail: for some hours (their starts) the slices of each column, in the same order, covering that hour;
                None for a column that will not be cut there.

        Raises:
            ValueError: bounds that are not whole hours, or slices that do not cover their hour.
        """
        if start % HOUR or end % HOUR or end < start:
            raise ValueError("a history covers whole hours")
        hours = (end - start) // HOUR
        seen, traffic = (table(columns, name, start, hours) for name in ("seen", "traffic"))
        return History(
            start,
            end,
            cumulative(table(columns, "bad", start, hours)),
            cumulative(table(columns, "total", start, hours)),
            cumulative_counts(seen),
            cumulative_counts(traffic),
            seen,
            traffic,
            {hour: Detail.of(hour, slices) for hour, slices in detail.items()},
        )

    @property
    def width(self) -> int:
        """Number of columns."""
        return int(self.bad.shape[1])

    def cut(self, at: int, columns: Ints | None = None) -> Sums:
        """
        Sums of all slices of the history with start < `at` (epoch seconds, a multiple of STEP).

        Raises:
            ValueError: `at` is off the grid, or lies inside an hour without detail.
        """
        hour, minute = self._place(at)
        pick: Ints | slice = slice(None) if columns is None else columns
        bad, total = self.bad[hour, pick], self.total[hour, pick]
        seen = self.seen_count[hour, pick].astype(np.int64)
        traffic = self.traffic_count[hour, pick].astype(np.int64)
        if minute and self.width:
            extra_bad, extra_total = self._detail_of(hour).at(minute, columns)
            bad, total = bad + extra_bad, total + extra_total
            seen += np.bitwise_count(self.seen[hour, pick] & LOW_BITS[minute])
            traffic += np.bitwise_count(self.traffic[hour, pick] & LOW_BITS[minute])
        return Sums(bad, total, seen, traffic)

    def cut_each(self, at: Ints, columns: Ints) -> Sums:
        """
        As `cut`, at another instant for each column: element k is column `columns[k]` before `at[k]`.

        Raises:
            ValueError: as `cut`.
        """
        clipped = np.clip(at, self.start, self.end) - self.start
        if (clipped % STEP).any():
            raise ValueError(f"an instant is not a multiple of {STEP} s")
        hour, minute = clipped // HOUR, clipped % HOUR // STEP
        bad, total = self.bad[hour, columns], self.total[hour, columns]
        seen = self.seen_count[hour, columns].astype(np.int64)
        traffic = self.traffic_count[hour, columns].astype(np.int64)
        inside = np.flatnonzero(minute)
        low = LOW_BITS[minute[inside]]
        seen[inside] += np.bitwise_count(self.seen[hour[inside], columns[inside]] & low)
        traffic[inside] += np.bitwise_count(self.traffic[hour[inside], columns[inside]] & low)
        for place in np.unique(clipped[inside]):
            which = np.flatnonzero(clipped == place)
            extra = self._detail_of(int(place) // HOUR).at(int(place) % HOUR // STEP, columns[which])
            bad[which] += extra[0]
            total[which] += extra[1]
        return Sums(bad, total, seen, traffic)

    def sums(self, span: Span, columns: Sequence[int] | Ints | None = None) -> Sums:
        """
        Sums over the slices with start in `span`; what lies outside the history is empty.

        Raises:
            ValueError: an edge is off the grid, or lies inside an hour without detail.
        """
        picked = None if columns is None else np.asarray(columns, dtype=np.int64)
        return self.cut(max(span.start, span.end), picked) - self.cut(span.start, picked)

    def last_seen(self, at: int, columns: Ints | None = None) -> Ints:
        """Start of the newest seen slice with start < `at`, for each column; -1 where there is none."""
        hour, minute = self._place(at)
        every = np.arange(self.width) if columns is None else columns
        newest = np.full(len(every), -1, dtype=np.int64)
        open_ = np.arange(len(every))
        for row, low in ((hour, LOW_BITS[minute]), (hour - 1, LOW_BITS[-1])):
            if not (0 <= row < len(self.seen)) or not len(open_):
                continue
            mask = self.seen[row, every[open_]] & low
            found = mask > 0
            newest[open_[found]] = self.start + row * HOUR + highest_bit(mask[found]) * STEP
            open_ = open_[~found]
        open_ = open_[self.seen_count[max(0, hour - 1), every[open_]] > 0] if len(open_) else open_
        if len(open_):
            left = every[open_]
            row_of = self._first_row_reaching(self.seen_count[max(0, hour - 1), left], left) - 1
            newest[open_] = self.start + row_of * HOUR + highest_bit(self.seen[row_of, left]) * STEP
        return newest

    def first_seen(self, columns: Ints | None = None) -> Ints:
        """Start of the oldest seen slice of the history, for each column; -1 where there is none."""
        every = np.arange(self.width) if columns is None else columns
        oldest = np.full(len(every), -1, dtype=np.int64)
        known = np.flatnonzero(self.seen_count[-1, every] > 0)
        left = every[known]
        row_of = self._first_row_reaching(np.ones(len(left), np.int32), left) - 1
        mask = self.seen[row_of, left]
        oldest[known] = self.start + row_of * HOUR + highest_bit(mask & (~mask + np.uint64(1))) * STEP
        return oldest

    def _first_row_reaching(self, count: NDArray[np.int32], columns: Ints) -> Ints:
        """First row whose cumulative number of seen slices is at least `count`; the count must be reached."""
        low = np.zeros(len(columns), np.int64)
        high = np.full(len(columns), len(self.seen), np.int64)
        while (low < high).any():
            middle = (low + high) // 2
            reached = self.seen_count[middle, columns] >= count
            high = np.where(reached, middle, high)
            low = np.where(reached, low, np.minimum(middle + 1, high))
        return low

    def _place(self, at: int) -> tuple[int, int]:
        clipped = min(max(at, self.start), self.end) - self.start
        if clipped % STEP:
            raise ValueError(f"{at} is not a multiple of {STEP} s")
        return clipped // HOUR, clipped % HOUR // STEP

    def _detail_of(self, hour: int) -> Detail:
        start = self.start + hour * HOUR
        if start not in self.detail:
            raise ValueError(f"the hour from {start} is cut, but the history has no slices of it")
        return self.detail[start]
