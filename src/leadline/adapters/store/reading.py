"""
How slices leave the tables: blocks, over them the tail, over both what of a committed import is not yet in its place.

Everything here runs in one snapshot. `pending` are the hours of a committed import, in the order in which they were
brought; a read lays them over the rest, so that an import is seen whole from the moment it was committed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from leadline.adapters.store import schema
from leadline.adapters.store.blocks import Hours, decode
from leadline.adapters.store.days import HOURS_PER_DAY, Sums, decode_days
from leadline.adapters.store.packing import flags_of
from leadline.adapters.store.rows import fetch, of_series
from leadline.adapters.store.tail import ends_of, hours_of, rows_between
from leadline.core.slices import HOUR, SLICES_PER_HOUR, STEP, Bools, Ints

_ENDS = """
SELECT k.value,
  (SELECT min(day) FROM slice_day d WHERE d.series_id = k.value),
  (SELECT max(day) FROM slice_day d WHERE d.series_id = k.value),
  (SELECT payload FROM slice_day d WHERE d.series_id = k.value ORDER BY day LIMIT 1),
  (SELECT payload FROM slice_day d WHERE d.series_id = k.value ORDER BY day DESC LIMIT 1)
FROM LIST(?) AS k(value)
"""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Dense slices of some series, one row each, over whole hours from `hour` on."""

    series: Ints
    """Ascending."""
    hour: int
    bad: Ints
    """[series, hour, 60], as `total` and `seen`."""
    total: Ints
    seen: Bools

    def lay(self, above: Hours) -> None:
        """Lay hours over what is here; each must belong to a series and an hour of the grid."""
        if not len(above):
            return
        where = (np.searchsorted(self.series, above.series), above.hours - self.hour)
        if not self.seen[where].any():
            self.bad[where], self.total[where], self.seen[where] = above.bad, above.total, above.seen
            return
        merged = above.over(Hours(above.series, above.hours, self.bad[where], self.total[where], self.seen[where]))
        self.bad[where], self.total[where], self.seen[where] = merged.bad, merged.total, merged.seen


def read_grid(  # noqa: PLR0917 - of what, of when, and how little of it
    connection: Connection,
    pending: Sequence[Hours],
    series: Ints,
    first: int,
    end: int,
    tail: tuple[int, int] | None = None,
) -> Grid:
    """
    Slices of the hours [first, end) of some series, ascending.

    With `tail`, [start, end), newer slices are read of this time alone; what of the grid lies beside it is not whole.
    """
    tail_first, tail_end = tail or (first * HOUR, end * HOUR)
    shape = (len(series), end - first, SLICES_PER_HOUR)
    grid = Grid(
        series, first, np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.bool_)
    )
    blocks = of_series(connection, schema.slice_block, series, first, end)
    if blocks:
        numbers, hours, payloads = zip(*blocks, strict=True)
        pairs = (np.array(numbers, dtype=np.int64), np.array(hours, dtype=np.int64))
        grid.lay(decode(*pairs, payloads))
    newer = rows_between(connection, series, tail_first, tail_end)
    if len(newer):
        number, start, bad, total = newer.T
        where = (np.searchsorted(series, number), start // HOUR - first, start % HOUR // STEP)
        grid.bad[where], grid.total[where], grid.seen[where] = bad, total, True
    for hours_above in pending:
        grid.lay(hours_above.select(_is_within(hours_above, series, first, end)))
    return grid


def read_sums(connection: Connection, pending: Sequence[Hours], series: Ints, first: int, end: int) -> Sums:
    """Sums [series, hour] of the hours [first, end) of some series, ascending."""
    day, last_day = first // HOURS_PER_DAY, -(-end // HOURS_PER_DAY)
    days = Sums.zeros((len(series), last_day - day, HOURS_PER_DAY))
    found = of_series(connection, schema.slice_day, series, day, last_day)
    if found:
        numbers, at, payloads = zip(*found, strict=True)
        where = (np.searchsorted(series, np.array(numbers, dtype=np.int64)), np.array(at, dtype=np.intp) - day)
        days.put(where, decode_days(payloads))
    skipped = first - day * HOURS_PER_DAY
    sums = days.flat(skipped, skipped + end - first)
    covered = _add_tail(connection, sums, series, first, end)
    for hours in pending:
        inside = hours.select(_is_within(hours, series, first, end))
        covered[np.searchsorted(series, inside.series), inside.hours - first] = True
    if covered.any():
        rows, columns = np.nonzero(covered)
        chosen = np.unique(rows)
        low, high = int(columns.min()), int(columns.max()) + 1
        grid = read_grid(connection, pending, series[chosen], first + low, first + high)
        at = (np.searchsorted(chosen, rows), columns - low)
        dense = Hours(series[rows], columns + first, grid.bad[at], grid.total[at], grid.seen[at])
        sums.put((rows, columns), Sums.of(dense))
    return sums


def _add_tail(connection: Connection, sums: Sums, series: Ints, first: int, end: int) -> Bools:
    """Add the tail to the sums of blocks; returns the hours where slices of both meet, which cannot be added."""
    covered = np.zeros(sums.bad.shape, dtype=np.bool_)
    found = rows_between(connection, series, first * HOUR, end * HOUR)
    if not len(found):
        return covered
    hours = hours_of(found)
    tail = Sums.of(hours)
    where = (np.searchsorted(series, hours.series), hours.hours - first)
    covered[where] = (sums.seen[where] & tail.seen) != 0
    sums.bad[where] += tail.bad
    sums.total[where] += tail.total
    sums.seen[where] |= tail.seen
    sums.traffic[where] |= tail.traffic
    return covered


def read_ends(connection: Connection, pending: Sequence[Hours], series: Ints) -> tuple[Ints, Ints]:
    """First and last start seen of each series; -1 for one without slices."""
    first, last = ends_of(connection, series)
    if rows := [row for row in fetch(connection, _ENDS, series.tolist()) if row[1] is not None]:
        at = np.searchsorted(series, np.array([row[0] for row in rows], dtype=np.int64))
        opening, closing = (_seen_of_days([row[column] for row in rows]) for column in (3, 4))
        days = np.array([row[1:3] for row in rows], dtype=np.int64) * HOURS_PER_DAY * HOUR
        length = opening.shape[1]
        first[at] = np.minimum(first[at], days[:, 0] + opening.argmax(axis=1) * STEP)
        last[at] = np.maximum(last[at], days[:, 1] + (length - 1 - closing[:, ::-1].argmax(axis=1)) * STEP)
    for hours in pending:
        inside = hours.select(np.isin(hours.series, series))
        at, starts = np.searchsorted(series, inside.series), inside.hours * HOUR
        np.minimum.at(first, at, starts + inside.seen.argmax(axis=1) * STEP)
        np.maximum.at(last, at, starts + (SLICES_PER_HOUR - 1 - inside.seen[:, ::-1].argmax(axis=1)) * STEP)
    return np.where(last < 0, -1, first), last


def _seen_of_days(payloads: Sequence[bytes]) -> Bools:
    seen = decode_days(payloads).seen
    return flags_of(seen.reshape(-1), SLICES_PER_HOUR).reshape(len(seen), -1)


def _is_within(hours: Hours, series: Ints, first: int, end: int) -> Bools:
    is_in_time: Bools = (hours.hours >= first) & (hours.hours < end)
    return is_in_time & np.isin(hours.series, series)
