"""
Imports of any size, all or nothing, even under `kill -9`.

A large import is laid aside in pieces (`import_stage`) while it is read. One small transaction then marks it
committed: the point of acknowledgement, from which readers see all of it, because they lay the pieces that are not
yet in their place over the rest (`reading`). Afterwards each piece moves to its place in a transaction of its own.
Every writer, in whatever process, first moves what a committed import has left, so that later writes lie above it;
pieces of an import that nobody touched for an hour were left by a process that died, and are dropped.

A piece is an array of (series, hour, length of block) and the blocks. A series that did not exist when the piece was
laid aside has a negative number, local to the import, that `import_series` translates; so an import that comes to
nothing leaves no series behind.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Connection

from leadline.adapters.store import schema
from leadline.adapters.store.blocks import Hours, decode, encode
from leadline.adapters.store.changes import log_change
from leadline.adapters.store.database import Database
from leadline.adapters.store.rows import execute, fetch, put
from leadline.adapters.store.series_index import SeriesIndex
from leadline.adapters.store.writing import joined, write_blocks
from leadline.core.slices import SeriesKey, SliceBatch
from leadline.errors import LeadlineError, RecordError

PIECE = 30_000
"""Slices of one piece: some 20 ms of the one writer's time."""
_PAUSE_SECONDS = 0.003
"""Between pieces that move; longer than a waiting writer waits between two attempts. Pieces that are laid aside need no
pause, since they are made outside the transaction."""
_ABANDONED_SECONDS = 3600


def pieces(batches: Iterable[SliceBatch], size: int = PIECE) -> Iterator[list[SliceBatch]]:
    """The same slices in the same order, in lists of at most `size`."""
    piece: list[SliceBatch] = []
    room = size
    for batch in batches:
        at = 0
        while at < len(batch):
            part = _part(batch, at, at + room)
            piece.append(part)
            at += len(part)
            room -= len(part)
            if not room:
                yield piece
                piece, room = [], size
    if piece:
        yield piece


def _part(batch: SliceBatch, at: int, end: int) -> SliceBatch:
    if at == 0 and end >= len(batch):
        return batch
    rows = slice(at, end)
    return SliceBatch(batch.key, batch.starts[rows], batch.bad[rows], batch.total[rows], batch.may_exceed)


@dataclass(slots=True)
class Staging:
    """One import while it is laid aside."""

    database: Database
    index: SeriesIndex
    writer: str
    batch: int = 0
    """0 until the first piece is laid aside."""
    piece: int = 0
    local: dict[SeriesKey, int] = field(default_factory=dict)
    spans: dict[SeriesKey, tuple[int, int]] = field(default_factory=dict)
    """First start and last start of each series."""

    def add(self, batches: Sequence[SliceBatch]) -> None:
        """Lay one piece aside."""
        for batch in batches:
            first, last = int(batch.starts[0]), int(batch.starts[-1])
            span = self.spans.get(batch.key, (first, last))
            self.spans[batch.key] = (min(first, span[0]), max(last, span[1]))
        slices = joined(batches, [self._number(batch.key) for batch in batches])
        payload = _packed(slices.hours())
        with self.database.writing() as connection:
            self._touch(connection)
            put(connection, schema.import_stage, [self.batch], [self.piece], [payload])
        self.piece += 1

    def commit(self, connection: Connection) -> None:
        """The point of acknowledgement, once the caller's transaction is through."""
        self._touch(connection)
        self.index.refresh(connection)
        numbers = self.index.number(connection, self.writer, list(self.spans))
        translated = [(local, numbers[key]) for key, local in self.local.items()]
        if translated:
            local_ids, ids = zip(*translated, strict=True)
            put(connection, schema.import_series, [self.batch] * len(ids), local_ids, ids)
        columns = np.array([(numbers[key], *span) for key, span in self.spans.items()], dtype=np.int64).T
        log_change(connection, *columns)
        execute(connection, "UPDATE import_batch SET is_committed = ? WHERE id = ?", True, self.batch)

    def drop(self) -> None:
        """Take back what was laid aside; what cannot be taken back now is dropped as abandoned later."""
        try:
            while self.batch and _drop_some(self.database, self.batch):
                time.sleep(_PAUSE_SECONDS)
        except LeadlineError:
            return

    def _number(self, key: SeriesKey) -> int:
        if key in self.local:
            return self.local[key]
        known = self.index.known(self.writer).get(key)
        return known if known is not None else self.local.setdefault(key, -1 - len(self.local))

    def _touch(self, connection: Connection) -> None:
        now = time.time()
        if not self.batch:
            rows = fetch(
                connection, "INSERT INTO import_batch (is_committed, touched_at) VALUES (?, ?) RETURNING id", False, now
            )
            self.batch = int(rows[0][0])
        elif not execute(connection, "UPDATE import_batch SET touched_at = ? WHERE id = ?", now, self.batch):
            raise RecordError("the import stood still for more than an hour and was dropped; run it again")


def _packed(dense: Hours) -> bytes:
    blocks = encode(dense, deflate=False)
    lengths = np.array([len(block) for block in blocks], dtype=np.int64)
    head = np.stack([dense.series, dense.hours, lengths]).astype("<i8").tobytes()
    return len(blocks).to_bytes(4, "little") + head + b"".join(blocks)


def _unpacked(payload: bytes, translation: dict[int, int], wanted: set[int] | None = None) -> Hours:
    count = int.from_bytes(payload[:4], "little")
    series, hours, lengths = np.frombuffer(payload, dtype="<i8", count=3 * count, offset=4).reshape(3, count)
    ends = 4 + 24 * count + np.cumsum(lengths)
    numbers = np.array([translation.get(number, number) for number in series.tolist()], dtype=np.int64)
    order = np.lexsort((hours, numbers))
    if wanted is not None:
        order = order[np.isin(numbers[order], list(wanted))]
    blocks = [payload[ends[at] - lengths[at] : ends[at]] for at in order.tolist()]
    return decode(numbers[order], hours[order].astype(np.int64), blocks)


def _committed(connection: Connection) -> int | None:
    rows = fetch(connection, "SELECT id FROM import_batch WHERE is_committed ORDER BY id LIMIT 1")
    return int(rows[0][0]) if rows else None


def _translation(connection: Connection, batch: int) -> dict[int, int]:
    rows = fetch(connection, "SELECT local_id, series_id FROM import_series WHERE batch = ?", batch)
    return dict(rows)


def pending_hours(connection: Connection, series: Iterable[int]) -> list[Hours]:
    """What of a committed import is not yet in its place, of some series, in order."""
    batch = _committed(connection)
    if batch is None:
        return []
    translation, wanted = _translation(connection, batch), set(series)
    rows = fetch(connection, "SELECT payload FROM import_stage WHERE batch = ? ORDER BY piece", batch)
    found = (_unpacked(payload, translation, wanted) for (payload,) in rows)
    return [hours for hours in found if len(hours)]


@contextmanager
def writing_after_imports(database: Database) -> Iterator[Connection]:
    """The write transaction in which no committed import is left that the write would have to lie above."""
    while True:
        with database.writing() as connection:
            if _committed(connection) is None:
                yield connection
                return
            _move_piece(connection)
        time.sleep(_PAUSE_SECONDS)


def move_committed(database: Database) -> None:
    """Move every piece of committed imports to its place."""
    with writing_after_imports(database):
        return


def _move_piece(connection: Connection) -> None:
    batch = _committed(connection)
    rows = fetch(connection, "SELECT piece, payload FROM import_stage WHERE batch = ? ORDER BY piece LIMIT 1", batch)
    if not rows:
        execute(connection, "DELETE FROM import_series WHERE batch = ?", batch)
        execute(connection, "DELETE FROM import_batch WHERE id = ?", batch)
        return
    piece, payload = rows[0]
    # Nothing but stage pieces can have been written since the import was committed: its change is the newest.
    seq = fetch(connection, "SELECT max(seq) FROM ledger_change")[0][0]
    write_blocks(connection, _unpacked(payload, _translation(connection, batch or 0)), seq)
    execute(connection, "DELETE FROM import_stage WHERE batch = ? AND piece = ?", batch, piece)


def drop_abandoned(database: Database) -> None:
    """Drop imports that were never committed and that nobody has touched for an hour."""
    while True:
        with database.writing() as connection:
            rows = fetch(
                connection,
                "SELECT id FROM import_batch WHERE NOT is_committed AND touched_at < ? LIMIT 1",
                time.time() - _ABANDONED_SECONDS,
            )
        if not rows:
            return
        while _drop_some(database, int(rows[0][0])):
            time.sleep(_PAUSE_SECONDS)


def _drop_some(database: Database, batch: int) -> bool:
    """Drop some pieces of an import that is not committed; False when none is left."""
    with database.writing() as connection:
        if not fetch(connection, "SELECT 1 FROM import_batch WHERE id = ? AND NOT is_committed", batch):
            return False
        dropped = execute(
            connection,
            "DELETE FROM import_stage WHERE batch = ? AND piece IN "
            "(SELECT piece FROM import_stage WHERE batch = ? ORDER BY piece LIMIT 50)",
            batch,
            batch,
        )
        if not dropped:
            execute(connection, "DELETE FROM import_batch WHERE id = ?", batch)
    return bool(dropped)


def stage_all(staging: Staging, lists: Iterable[list[SliceBatch]], progress: Callable[[int], None]) -> int:
    """Lay everything aside; whatever goes wrong meanwhile takes all of it back."""
    count = 0
    try:
        for piece in lists:
            staging.add(piece)
            size = sum(map(len, piece))
            progress(size)
            count += size
    except BaseException:
        staging.drop()
        raise
    return count
