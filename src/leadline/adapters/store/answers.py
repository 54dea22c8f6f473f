"""What a reader is given: the rows of some series' numbers added up, in the shapes of `core/slices`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from leadline.adapters.store.days import Sums
from leadline.adapters.store.reading import Grid
from leadline.core.slices import SLICES_PER_HOUR, DenseSlices, HourSums, SeriesKey, SliceTable


def dense(grid: Grid, rows: Sequence[int], start: int, cut: slice) -> DenseSlices:
    length = grid.bad.shape[1] * SLICES_PER_HOUR
    bad, total, seen = ([part[row].reshape(length)[cut] for row in rows] for part in (grid.bad, grid.total, grid.seen))
    if len(rows) == 1:
        return DenseSlices(start, bad[0], total[0], seen[0])
    return DenseSlices(start, np.sum(bad, axis=0), np.sum(total, axis=0), np.any(seen, axis=0))


def slice_table(grid: Grid, groups: Mapping[SeriesKey, Sequence[int]], start: int, cut: slice) -> SliceTable:
    """One row for each series, summed over its writers."""
    numbers = np.array([number for group in groups.values() for number in group], dtype=np.int64)
    firsts = np.cumsum([0, *(len(group) for group in groups.values())])[:-1]
    rows, length = np.searchsorted(grid.series, numbers), grid.bad.shape[1] * SLICES_PER_HOUR
    bad, total = (part.reshape(-1, length)[:, cut][rows] for part in (grid.bad, grid.total))
    seen = grid.seen.reshape(-1, length)[:, cut][rows]
    if len(numbers) > len(groups):
        bad, total = np.add.reduceat(bad, firsts), np.add.reduceat(total, firsts)
        seen = np.logical_or.reduceat(seen, firsts)
    return SliceTable(tuple(groups), start, bad, total, seen)


def hour_sums(sums: Sums, rows: Sequence[int], start: int) -> HourSums:
    if len(rows) == 1:
        row = rows[0]
        return HourSums(start, sums.bad[row], sums.total[row], sums.seen[row], sums.traffic[row])
    return HourSums(
        start,
        sums.bad[rows].sum(axis=0),
        sums.total[rows].sum(axis=0),
        np.bitwise_or.reduce(sums.seen[rows], axis=0),
        np.bitwise_or.reduce(sums.traffic[rows], axis=0),
    )
