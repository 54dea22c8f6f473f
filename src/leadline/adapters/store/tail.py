"""
The tail: the newest slices, one row each, in the order of their starts.

A minute of many series is thus one run of pages. Some hours of minutes are in the tail, so what is there of one series
is found by as many seeks as there are starts, and of many neighbouring series by one walk for each start.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection

from leadline.adapters.store import schema
from leadline.adapters.store.blocks import Hours
from leadline.adapters.store.rows import as_ints, execute, fetch, put, remove
from leadline.core.slices import Bools, Ints

_STARTS = """
WITH RECURSIVE s(start) AS (
  SELECT min(start) FROM slice_tail WHERE start >= ? AND start < ?
  UNION ALL
  SELECT (SELECT min(t.start) FROM slice_tail t WHERE t.start > s.start AND t.start < ?) FROM s
  WHERE s.start IS NOT NULL
)
SELECT start FROM s WHERE start IS NOT NULL
"""
_ROWS = "SELECT series_id, start, bad, total FROM slice_tail WHERE start IN LIST(?) AND "
_NTH = """
SELECT min(coalesce(
  (SELECT t.series_id FROM slice_tail t WHERE t.start = k.value AND t.series_id > ? ORDER BY t.series_id
   LIMIT 1 OFFSET ?), ?))
FROM LIST(?) AS k(value)
"""
_NEIGHBOURS = 8
"""Series are walked through rather than sought when at least one in so many of their numbers is asked for."""
_ENDLESS = 2**62


def starts_between(connection: Connection, low: int, high: int) -> list[int]:
    """The different starts in [low, high), ascending."""
    return sorted(start for (start,) in fetch(connection, _STARTS, low, high, high))


def first_start(connection: Connection, low: int, high: int) -> int | None:
    """The first start in [low, high)."""
    rows = fetch(connection, "SELECT min(start) FROM slice_tail WHERE start >= ? AND start < ?", low, high)
    return None if rows[0][0] is None else int(rows[0][0])


def rows_between(connection: Connection, series: Ints, low: int, high: int) -> Ints:
    """Rows (series, start, bad, total) of some ascending series with starts in [low, high), in any order."""
    return _rows_at(connection, series, starts_between(connection, low, high))


def hours_of(rows: Ints) -> Hours:
    """Rows (series, start, bad, total) in any order, as hours."""
    return Hours.of(*rows[np.lexsort((rows[:, 1], rows[:, 0]))].T)


def put_rows(connection: Connection, series: Ints, starts: Ints, bad: Ints, total: Ints, *, replace: bool) -> int:
    """Write slices; one that is there is replaced or left as it is. Returns the rows written."""
    order = np.lexsort((series, starts))
    columns = (starts[order], series[order], bad[order], total[order])
    return put(connection, schema.slice_tail, *(column.tolist() for column in columns), replace=replace)


def remove_rows(connection: Connection, series: Ints, starts: Ints) -> None:
    remove(connection, schema.slice_tail, starts.tolist(), series.tolist())


def ends_of(connection: Connection, series: Ints) -> tuple[Ints, Ints]:
    """First and last start of each of some ascending series; the first is beyond all, the last -1, where none is."""
    starts = starts_between(connection, 0, _ENDLESS)
    first, last = np.full(len(series), _ENDLESS), np.full(len(series), -1, dtype=np.int64)
    for ordered, ends, chosen in ((starts, first, np.minimum), (starts[::-1], last, np.maximum)):
        left, at, count = series, 0, 1
        while len(left) and at < len(ordered):
            found = _rows_at(connection, left, ordered[at : at + count])
            chosen.at(ends, np.searchsorted(series, found[:, 0]), found[:, 1])
            left = left[~np.isin(left, found[:, 0])]
            at, count = at + count, 2 * count
    return first, last


def take_some(connection: Connection, starts: Sequence[int], after: int, limit: int) -> tuple[Ints, int | None]:
    """
    Take rows of these starts out of the tail, of the next series after one, up to `limit` of each start.

    Returns:
        The rows (series, start, bad, total), in any order; and the last series taken, None when none is left.
    """
    last = int(fetch(connection, _NTH, after, limit - 1, _ENDLESS, list(starts))[0][0])
    found = fetch(connection, f"{_ROWS} series_id > ? AND series_id <= ?", list(starts), after, last)
    execute(
        connection,
        "DELETE FROM slice_tail WHERE start IN LIST(?) AND series_id > ? AND series_id <= ?",
        list(starts),
        after,
        last,
    )
    return as_ints(found, 4), None if last == _ENDLESS else last


def _rows_at(connection: Connection, series: Ints, starts: Sequence[int]) -> Ints:
    if not len(series) or not starts:
        return np.zeros((0, 4), dtype=np.int64)
    low, high = int(series[0]), int(series[-1])
    if len(series) * _NEIGHBOURS < high - low:
        found = fetch(connection, f"{_ROWS} series_id IN LIST(?)", list(starts), series.tolist())
        return as_ints(found, 4)
    rows = as_ints(fetch(connection, f"{_ROWS} series_id >= ? AND series_id <= ?", list(starts), low, high), 4)
    if len(series) == high - low + 1:
        return rows
    is_wanted: Bools = np.isin(rows[:, 0], series)
    return rows[is_wanted]
