"""The ledger in an SQL database: the order of the steps of each of its operations."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from itertools import chain, groupby
from operator import itemgetter

import numpy as np
from sqlalchemy import Connection

from leadline.adapters.store.answers import dense, hour_sums, slice_table
from leadline.adapters.store.changes import log_change, logged_changes, newest_change
from leadline.adapters.store.database import Database
from leadline.adapters.store.imports import (
    PIECE,
    Staging,
    drop_abandoned,
    move_committed,
    pending_hours,
    pieces,
    stage_all,
    writing_after_imports,
)
from leadline.adapters.store.reading import read_ends, read_grid, read_sums
from leadline.adapters.store.rows import fetch
from leadline.adapters.store.series_index import SeriesIndex, numbers_of
from leadline.adapters.store.watermarks import put_watermarks, read_watermarks
from leadline.adapters.store.writing import compact_some, forget, joined, write
from leadline.core.slices import (
    HOUR,
    STEP,
    DenseSlices,
    HourSums,
    Ints,
    SeriesKey,
    SliceBatch,
    SliceTable,
)
from leadline.ports.ledger import Change, Extent, Watermark

_LARGE = 4 * PIECE
"""Slices of one call of `append` from which it is written like an import, in pieces."""
_COMPACTED_AT_ONCE = 20_000
_PAUSE_SECONDS = 0.004


class SqlLedger:
    """A `Ledger`; see `writing`, `reading` and `imports` for how."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._index = SeriesIndex()

    def append(self, writer: str, batches: Sequence[SliceBatch], *, watermarks: Sequence[Watermark] = ()) -> int:
        written = [batch for batch in batches if len(batch.starts)]
        count = sum([len(batch.starts) for batch in written])
        if count > _LARGE:
            return self._import(writer, pieces(written), watermarks, lambda _: None)
        if not count and not watermarks:
            return 0
        with writing_after_imports(self._database) as connection:
            self._store(connection, writer, written)
            put_watermarks(connection, writer, watermarks)
        return count

    def import_all(
        self, writer: str, batches: Iterable[SliceBatch], *, progress: Callable[[int], None] = lambda _: None
    ) -> int:
        lists = pieces(batches)
        first, second = next(lists, []), next(lists, None)
        if second is not None:
            return self._import(writer, chain([first, second], lists), (), progress)
        count = self.append(writer, first)
        if count:
            progress(count)
        return count

    def rewrite(self, writer: str, start: int, end: int, batches: Sequence[SliceBatch]) -> int:
        count = 0
        with writing_after_imports(self._database) as connection:
            self._index.refresh(connection)
            known = self._index.known(writer)
            for batch in batches:
                number = known.get(batch.key)
                gone, other = _differences(connection, number, start, end, batch)
                count += len(gone) + len(other)
                if number is not None and len(gone):
                    forget(connection, number, gone)
                    log_change(connection, *(np.array([each], dtype=np.int64) for each in (number, gone[0], gone[-1])))
                if len(other):
                    self._store(connection, writer, [other])
        return count

    def snapshot(self) -> AbstractContextManager[None]:
        return self._database.snapshot()

    def watermarks(self, writer: str, slis: Sequence[str]) -> dict[str, Watermark]:
        with self._database.reading() as connection:
            return read_watermarks(connection, writer, slis) if connection else {}

    def series(self, slis: Sequence[str] | None = None) -> tuple[SeriesKey, ...]:
        with self._database.reading() as connection:
            return tuple(self._groups(connection, slis)) if connection else ()

    def writers(self, slis: Sequence[str]) -> dict[str, tuple[str, ...]]:
        statement = "SELECT DISTINCT sli, writer FROM series WHERE sli IN LIST(?) ORDER BY sli, writer"
        with self._database.reading() as connection:
            rows = fetch(connection, statement, list(slis)) if connection else ()
        by_sli = groupby(rows, key=itemgetter(0))
        return {sli: tuple(writer for _, writer in of_sli) for sli, of_sli in by_sli}

    def extents(self, slis: Sequence[str]) -> dict[SeriesKey, Extent]:
        with self._database.reading() as connection:
            if not connection or not (groups := self._groups(connection, slis)):
                return {}
            numbers = numbers_of(groups.values())
            first, last = read_ends(connection, pending_hours(connection, numbers.tolist()), numbers)
        ends = {
            number: (low, high)
            for number, low, high in zip(*map(np.ndarray.tolist, (numbers, first, last)), strict=True)
        }
        found = {key: [ends[number] for number in group if ends[number][1] >= 0] for key, group in groups.items()}
        return {
            key: Extent(min(low for low, _ in each), max(high for _, high in each))
            for key, each in found.items()
            if each
        }

    def read(self, slis: Sequence[str], start: int, end: int, *, without: str = "") -> dict[SeriesKey, DenseSlices]:
        hour, last_hour = start // HOUR, -(-end // HOUR)
        with self._database.reading() as connection:
            if not connection or not (groups := self._groups(connection, slis)):
                return {}
            if without:
                theirs = set(self._index.known(without).values())
                others = {key: [each for each in group if each not in theirs] for key, group in groups.items()}
                groups = {key: group for key, group in others.items() if group}
            numbers = numbers_of(groups.values())
            pending = pending_hours(connection, numbers.tolist())
            grid = read_grid(connection, pending, numbers, hour, max(last_hour, hour))
        places = {number: row for row, number in enumerate(numbers.tolist())}
        cut = slice((start - hour * HOUR) // STEP, (end - hour * HOUR) // STEP)
        return {key: dense(grid, [places[each] for each in group], start, cut) for key, group in groups.items()}

    def read_table(self, slis: Sequence[str], start: int, end: int) -> SliceTable:
        count = (end - start) // STEP
        with self._database.reading() as connection:
            if not connection or not (groups := self._groups(connection, slis)):
                nothing = np.zeros((0, count), dtype=np.int64)
                return SliceTable((), start, nothing, nothing, nothing != 0)
            numbers = numbers_of(groups.values())
            pending = pending_hours(connection, numbers.tolist())
            hour = start // HOUR
            grid = read_grid(connection, pending, numbers, hour, -(-end // HOUR), tail=(start, end))
        return slice_table(grid, groups, start, slice((start - hour * HOUR) // STEP, (end - hour * HOUR) // STEP))

    def read_hours(self, slis: Sequence[str], start: int, end: int) -> dict[SeriesKey, HourSums]:
        with self._database.reading() as connection:
            if not connection or not (groups := self._groups(connection, slis)):
                return {}
            numbers = numbers_of(groups.values())
            pending = pending_hours(connection, numbers.tolist())
            sums = read_sums(connection, pending, numbers, start // HOUR, max(end, start) // HOUR)
        places = {number: row for row, number in enumerate(numbers.tolist())}
        return {key: hour_sums(sums, [places[each] for each in group], start) for key, group in groups.items()}

    def changes(self, after: int) -> tuple[Change, ...]:
        with self._database.reading() as connection:
            if not connection:
                return ()
            logged = list(logged_changes(connection, after))
            self._index.refresh(connection)
        return tuple(
            Change(seq, self._index.key(number), first, end)
            for seq, rows in logged
            for number, first, end in rows.tolist()
        )

    def newest_change(self) -> int:
        with self._database.reading() as connection:
            return newest_change(connection) if connection else 0

    def compact(self, before: int) -> int:
        with self._database.reading() as connection:
            if connection is None:
                return 0
        drop_abandoned(self._database)
        moved, limit = 0, before // HOUR * HOUR
        after: tuple[int, int] | None = (0, -1)
        while after:
            with writing_after_imports(self._database) as connection:
                after, count = compact_some(connection, limit, after, _COMPACTED_AT_ONCE)
            moved += count
            if after:
                time.sleep(_PAUSE_SECONDS)
        return moved

    def _groups(self, connection: Connection, slis: Sequence[str] | None) -> dict[SeriesKey, list[int]]:
        self._index.refresh(connection)
        return self._index.of(slis)

    def _store(self, connection: Connection, writer: str, batches: Sequence[SliceBatch]) -> None:
        if not batches:
            return
        self._index.refresh(connection)
        known = self._index.number(connection, writer, [batch.key for batch in batches])
        numbers = [known[batch.key] for batch in batches]
        slices = joined(batches, numbers)
        first = np.array([batch.starts[0] for batch in batches], dtype=np.int64)
        last = np.array([batch.starts[-1] for batch in batches], dtype=np.int64)
        seq = log_change(connection, np.array(numbers, dtype=np.int64), first, last)
        write(connection, slices, seq)

    def _import(
        self,
        writer: str,
        lists: Iterable[list[SliceBatch]],
        watermarks: Sequence[Watermark],
        progress: Callable[[int], None],
    ) -> int:
        drop_abandoned(self._database)
        with self._database.reading() as connection:
            if connection:
                self._index.refresh(connection)
        staging = Staging(self._database, self._index, writer)
        count = stage_all(staging, lists, progress)
        try:
            with writing_after_imports(self._database) as connection:
                staging.commit(connection)
                put_watermarks(connection, writer, watermarks)
        except BaseException:
            staging.drop()
            raise
        move_committed(self._database)
        return count


def _differences(
    connection: Connection, number: int | None, start: int, end: int, batch: SliceBatch
) -> tuple[Ints, SliceBatch]:
    """Starts of [start, end) that a series has and a batch has not, and what of the batch is other than there."""
    if number is None:
        return np.zeros(0, dtype=np.int64), batch
    hour = start // HOUR
    grid = read_grid(connection, (), np.array([number], dtype=np.int64), hour, -(-end // HOUR))
    there = dense(grid, [0], start, slice((start - hour * HOUR) // STEP, (end - hour * HOUR) // STEP))
    at = (batch.starts - start) // STEP
    is_gone = there.seen.copy()
    is_gone[at] = False
    is_other = ~there.seen[at] | (there.bad[at] != batch.bad) | (there.total[at] != batch.total)
    starts, bad, total = (column[is_other] for column in (batch.starts, batch.bad, batch.total))
    return start + np.flatnonzero(is_gone) * STEP, SliceBatch(batch.key, starts, bad, total, batch.may_exceed)
