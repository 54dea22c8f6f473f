"""
Layout: how slices of many columns are turned into tables with time first, and how a mask of an hour is read.

Serves `core/history` and knows nothing of budgets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadline.core.slices import HOUR, SLICES_PER_HOUR, STEP, DenseSlices, HourSums, Ints

Masks = NDArray[np.uint64]

LOW_BITS: Masks = np.array([(1 << count) - 1 for count in range(SLICES_PER_HOUR + 1)], dtype=np.uint64)
"""LOW_BITS[i] has the bits of the first i slices of an hour."""
_CHUNK = 128
"""Columns that are turned from series-major to time-major together; keeps both ends of the copy in the cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Detail:
    """Cumulative slices of one hour, [61, columns kept]."""

    bad: Ints
    total: Ints
    position: Ints | None
    """Where each column of the history stands here, -1 for one that is not kept; None: all are, in order."""

    def at(self, minute: int, columns: Ints | None) -> tuple[Ints, Ints]:
        place: Ints | slice = slice(None) if columns is None else columns
        if self.position is not None:
            place = self.position[place]
            if (place < 0).any():
                raise ValueError("an hour is cut of which this column has no slices")
        return self.bad[minute, place], self.total[minute, place]

    @staticmethod
    def of(hour: int, slices: Sequence[DenseSlices | None]) -> Detail:
        """The slices of one hour, for the columns that have them."""
        kept = [column for column, dense in enumerate(slices) if dense is not None]
        bad, total = (np.zeros((SLICES_PER_HOUR + 1, len(kept)), np.int64) for _ in range(2))
        for place, column in enumerate(kept):
            dense = slices[column]
            assert dense is not None  # noqa: S101 - kept holds no other; this tells the type checker
            first = (hour - dense.start) // STEP
            if first < 0 or dense.end < hour + HOUR:
                raise ValueError(f"slices from {dense.start} to {dense.end} do not cover the hour from {hour}")
            bad[1:, place] = dense.bad[first : first + SLICES_PER_HOUR]
            total[1:, place] = dense.total[first : first + SLICES_PER_HOUR]
        for sums in (bad, total):
            np.cumsum(sums, axis=0, out=sums)
        if len(kept) == len(slices):
            return Detail(bad, total, None)
        position = np.full(len(slices), -1, np.int64)
        position[kept] = np.arange(len(kept))
        return Detail(bad, total, position)


def table(columns: Sequence[HourSums], name: str, start: int, hours: int) -> NDArray[Any]:
    """One field of hourly sums as [hours, columns], from `start` on; hours that a column does not hold are 0."""
    laid = np.zeros((hours, len(columns)), np.uint64 if name in {"seen", "traffic"} else np.int64)
    for first in range(0, len(columns), _CHUNK):
        chunk = columns[first : first + _CHUNK]
        laid[:, first : first + len(chunk)] = _laid_out(
            [getattr(column, name) for column in chunk], chunk, start, hours
        )
    return laid


def cumulative(values: Ints) -> Ints:
    """Running sums along time with a row of zeros before them."""
    sums = np.zeros((len(values) + 1, values.shape[1]), np.int64)
    np.cumsum(values, axis=0, out=sums[1:])
    return sums


def _laid_out(values: Sequence[Ints | Masks], columns: Sequence[HourSums], start: int, hours: int) -> NDArray[Any]:
    """Values of some columns as [hours, columns]; hours that a column does not hold are 0."""
    if all(column.start == start and len(column.bad) == hours for column in columns):
        return np.stack(values, axis=1)
    block = np.zeros((hours, len(columns)), values[0].dtype)
    for place, (column, series) in enumerate(zip(columns, values, strict=True)):
        if column.start % HOUR:
            raise ValueError("hourly sums begin at a whole hour")
        offset = (column.start - start) // HOUR
        first, last = max(0, offset), min(hours, offset + len(series))
        if first < last:
            block[first:last, place] = series[first - offset : last - offset]
    return block


def cumulative_counts(masks: Masks) -> NDArray[np.int32]:
    counts = np.zeros((len(masks) + 1, masks.shape[1]), np.int32)
    np.cumsum(np.bitwise_count(masks), axis=0, out=counts[1:], dtype=np.int32)
    return counts


def bits_within(hour_starts: Ints, start: Ints | int, end: Ints | int) -> Masks:
    """For each hour the bits of its slices in [start, end)."""
    low = np.clip((start - hour_starts) // STEP, 0, SLICES_PER_HOUR)
    high = np.clip((end - hour_starts) // STEP, 0, SLICES_PER_HOUR)
    return np.asarray(LOW_BITS[high] & ~LOW_BITS[low], dtype=np.uint64)


def highest_bit(masks: Masks) -> Ints:
    """Position of the highest bit that is set; halves of 30 bits, because a float64 holds 53 exactly."""
    half = np.uint64(30)
    upper = masks >> half
    low = np.frexp((masks & LOW_BITS[30]).astype(np.float64))[1] - 1
    high = np.frexp(upper.astype(np.float64))[1] + 29
    return np.where(upper > 0, high, low).astype(np.int64)
