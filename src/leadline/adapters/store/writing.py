"""
How slices enter the tables, inside a write transaction that others cannot enter.

New slices go to the tail, one row each. Whole hours that ended more than two hours before the newest slice of a call
go straight into blocks. A slice of the tail lies over the same slice of a block. A value that replaces another is
noted in `slice_override`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from leadline.adapters.store import schema
from leadline.adapters.store.blocks import Hours, decode, encode, pair_keys
from leadline.adapters.store.days import HOURS_PER_DAY, Sums, decode_days, encode_days
from leadline.adapters.store.rows import as_ints, fetch, of_series, put, remove
from leadline.adapters.store.tail import (
    first_start,
    hours_of,
    put_rows,
    remove_rows,
    rows_between,
    starts_between,
    take_some,
)
from leadline.core.slices import HOUR, SLICES_PER_HOUR, STEP, Bools, Ints, SliceBatch
from leadline.errors import RecordError

_TAIL_SECONDS = 2 * HOUR
_LATEST = 2**37
"""Milliseconds where seconds are wanted lie beyond it."""
_LARGEST = 2**56
"""Largest count of one slice, so that no hour's sum leaves 64 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class Slices:
    """Slices of several series, ascending by (series, start), each pair once."""

    series: Ints
    starts: Ints
    bad: Ints
    total: Ints

    def __len__(self) -> int:
        return len(self.starts)

    def select(self, rows: Bools | Ints) -> Slices:
        return Slices(self.series[rows], self.starts[rows], self.bad[rows], self.total[rows])

    def hours(self) -> Hours:
        return Hours.of(self.series, self.starts, self.bad, self.total)


def joined(batches: Sequence[SliceBatch], numbers: Sequence[int]) -> Slices:
    """
    Batches as one table; where two batches have the same slice, the later one's.

    Raises:
        RecordError: a slice before 1970, or a count that cannot be summed.
    """
    lengths = [len(batch.starts) for batch in batches]
    starts, bad, total = (
        np.concatenate([getattr(batch, name) for batch in batches]) for name in ("starts", "bad", "total")
    )
    _refuse(starts < 0, starts, batches, lengths, "a slice starts before 1970; check the column of starts")
    _refuse(starts > _LATEST, starts, batches, lengths, "a slice starts after the year 6000; write seconds, not less")
    for name, counts in (("bad", bad), ("total", total)):
        hint = f"{name} is more than {_LARGEST} and could not be summed; choose a larger quantum"
        _refuse(counts > _LARGEST, counts, batches, lengths, hint)
    slices = Slices(np.repeat(np.array(numbers, dtype=np.int64), lengths), starts, bad, total)
    keys = pair_keys(slices.series, starts // STEP)
    if (np.diff(keys) > 0).all():
        return slices
    order = np.argsort(keys, kind="stable")
    is_last = np.ones(len(order), dtype=np.bool_)
    is_last[:-1] = np.diff(keys[order]) > 0
    return slices.select(order[is_last])


def _refuse(wrong: Bools, values: Ints, batches: Sequence[SliceBatch], lengths: Sequence[int], why: str) -> None:
    if wrong.any():
        at = int(np.argmax(wrong))
        batch = batches[int(np.searchsorted(np.cumsum(lengths), at, side="right"))]
        raise RecordError(f"{batch.key.sli}: {why}, read {values[at]}")


def write(connection: Connection, slices: Slices, seq: int) -> None:
    """Store slices, each where it belongs."""
    newest = int(slices.starts.max())
    is_old = slices.starts < (newest - _TAIL_SECONDS) // HOUR * HOUR
    if is_old.any():
        write_blocks(connection, slices.select(is_old).hours(), seq)
    if not is_old.all():
        _write_tail(connection, slices.select(~is_old), seq)


def _write_tail(connection: Connection, slices: Slices, seq: int) -> None:
    if slices.starts.min() >= _blocks_end(connection):
        added = _put_tail(connection, slices, replace=False)
        if added == len(slices):
            return
    new = slices.hours()
    before = _standing(connection, new)
    is_other = _is_other(new, before)
    rows, columns = np.nonzero(new.seen & (is_other | ~before.seen))
    changed = Slices(
        new.series[rows], new.hours[rows] * HOUR + columns * STEP, new.bad[rows, columns], new.total[rows, columns]
    )
    _put_tail(connection, changed, replace=True)
    _log_overrides(connection, new, is_other, seq)


def write_blocks(connection: Connection, new: Hours, seq: int) -> None:
    """Store hours of slices in blocks; what the tail holds of the same slices is replaced by them."""
    tail = _tail(connection, new)
    blocks = merge(connection, new)
    rows, columns = np.nonzero(tail.seen & new.seen)
    starts = new.hours[rows] * HOUR + columns * STEP
    remove_rows(connection, new.series[rows], starts)
    _log_overrides(connection, new, _is_other(new, tail.over(blocks)), seq)


def merge(connection: Connection, new: Hours) -> Hours:
    """Lay hours of slices over the blocks that are there, with their sums; returns what was there."""
    before = _blocks(connection, new)
    merged = new.over(before)
    put(connection, schema.slice_block, new.series.tolist(), new.hours.tolist(), encode(merged))
    _put_sums(connection, merged)
    end = (int(new.hours.max()) + 1) * HOUR
    if end > _blocks_end(connection):
        put(connection, schema.ledger_state, ["blocks_end"], [end])
    return before


def forget(connection: Connection, number: int, starts: Ints) -> None:
    """Take slices of one series out of the tail and out of blocks; a block or a day without slices goes too."""
    series, nothing = np.full(len(starts), number), np.zeros(len(starts), dtype=np.int64)
    remove_rows(connection, series, starts)
    gone = Hours.of(series, starts, nothing, nothing)
    before = _blocks(connection, gone)
    seen = before.seen & ~gone.seen
    left = Hours(before.series, before.hours, np.where(seen, before.bad, 0), np.where(seen, before.total, 0), seen)
    had: Bools = np.any(before.seen, axis=1)
    has: Bools = np.any(seen, axis=1)
    if not had.any():
        return
    if has.any():
        kept = left.select(has)
        put(connection, schema.slice_block, kept.series.tolist(), kept.hours.tolist(), encode(kept))
    emptied = left.select(had & ~has)
    remove(connection, schema.slice_block, emptied.series.tolist(), emptied.hours.tolist())
    _put_sums(connection, left.select(had))


def _put_sums(connection: Connection, merged: Hours) -> None:
    days, hours = np.divmod(merged.hours, HOURS_PER_DAY)
    keys, rows = np.unique(pair_keys(merged.series, days), return_inverse=True)
    sums = Sums.zeros((len(keys), HOURS_PER_DAY))
    found = of_series(connection, schema.slice_day, np.unique(merged.series), int(days.min()), int(days.max()) + 1)
    if found:
        at, is_wanted = _places(keys, as_ints([row[:2] for row in found], 2))
        wanted = decode_days([row[2] for row, is_it in zip(found, is_wanted, strict=True) if is_it])
        sums.put((at,), wanted)
    sums.put((rows, hours.astype(np.intp)), Sums.of(merged))
    series, first = (keys >> 32).tolist(), (keys & (2**32 - 1)).tolist()
    put(connection, schema.slice_day, series, first, encode_days(sums))
    emptied = np.flatnonzero(~(sums.seen != 0).any(axis=1)).tolist()
    remove(connection, schema.slice_day, [series[row] for row in emptied], [first[row] for row in emptied])


def _blocks_end(connection: Connection) -> int:
    """End of the newest hour that any series has in a block; what is newer can have no block below it."""
    rows = fetch(connection, "SELECT value FROM ledger_state WHERE name = ?", "blocks_end")
    return int(rows[0][0]) if rows else 0


def _standing(connection: Connection, like: Hours) -> Hours:
    return _tail(connection, like).over(_blocks(connection, like))


def _blocks(connection: Connection, like: Hours) -> Hours:
    """What blocks hold of the pairs of `like`."""
    low, high = int(like.hours.min()), int(like.hours.max()) + 1
    if low * HOUR >= _blocks_end(connection):
        return Hours.empty(like.series, like.hours)
    found = of_series(connection, schema.slice_block, np.unique(like.series), low, high)
    if not found:
        return Hours.empty(like.series, like.hours)
    pairs = as_ints([row[:2] for row in found], 2)
    at, is_wanted = _places(like.keys(), pairs)
    payloads = [row[2] for row, is_it in zip(found, is_wanted, strict=True) if is_it]
    return _aligned(like, at, decode(pairs[is_wanted, 0], pairs[is_wanted, 1], payloads))


def _tail(connection: Connection, like: Hours) -> Hours:
    """What the tail holds of the pairs of `like`, between its first slice and its last."""
    rows, columns = np.nonzero(like.seen)
    starts = like.hours[rows] * HOUR + columns * STEP
    found = rows_between(connection, np.unique(like.series), int(starts.min()), int(starts.max()) + STEP)
    if not len(found):
        return Hours.empty(like.series, like.hours)
    tail = hours_of(found)
    at, is_wanted = _places(like.keys(), np.stack([tail.series, tail.hours], axis=1))
    return _aligned(like, at, tail.select(is_wanted))


def _places(keys: Ints, pairs: Ints) -> tuple[Ints, Bools]:
    """For each pair, whether it is among the ascending keys; and the places of those that are."""
    wanted = pair_keys(pairs[:, 0], pairs[:, 1])
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    is_wanted = keys[at] == wanted
    return at[is_wanted], is_wanted


def _aligned(like: Hours, at: Ints, found: Hours) -> Hours:
    whole = Hours.empty(like.series, like.hours)
    whole.bad[at], whole.total[at], whole.seen[at] = found.bad, found.total, found.seen
    return whole


def _is_other(new: Hours, before: Hours) -> Bools:
    is_other: Bools = new.seen & before.seen & ((new.bad != before.bad) | (new.total != before.total))
    return is_other


def _put_tail(connection: Connection, slices: Slices, *, replace: bool) -> int:
    return put_rows(connection, slices.series, slices.starts, slices.bad, slices.total, replace=replace)


def _log_overrides(connection: Connection, new: Hours, is_other: Bools, seq: int) -> None:
    """One row for each series of which a value was replaced by another."""
    rows, columns = np.nonzero(is_other)
    if not len(rows):
        return
    starts = new.hours[rows] * HOUR + columns * STEP
    series, first, counts = np.unique(new.series[rows], return_index=True, return_counts=True)
    last = starts[first + counts - 1]
    columns_of_log = (series, starts[first], last, counts, np.full(len(series), seq))
    put(connection, schema.slice_override, *(column.tolist() for column in columns_of_log))


def compact_some(
    connection: Connection, before: int, after: tuple[int, int], limit: int
) -> tuple[tuple[int, int] | None, int]:
    """
    Move up to `limit` slices of the tail that start before `before`, of one hour, going on after an (hour, series).

    Returns:
        The last (hour, series) of which slices were moved, None when no slices are left; and how many were.
    """
    hour, series = after
    while (first := first_start(connection, hour, before)) is not None:
        if first >= hour + HOUR:
            hour, series = first // HOUR * HOUR, -1
        starts = starts_between(connection, hour, hour + HOUR)
        rows, last = take_some(connection, starts, series, limit // SLICES_PER_HOUR)
        hour, series = (hour + HOUR, -1) if last is None else (hour, last)
        if len(rows):
            merge(connection, hours_of(rows))
            return (hour, series), len(rows)
    return None, 0
