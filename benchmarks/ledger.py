"""
Row `ledger`: the durable store of slices, on SQLite and, where there is one, on PostgreSQL.

The peer, in the same run: one SQLite table with one row a slice (integers, keyed by series and start, WITHOUT ROWID,
write-ahead log, synchronous=FULL), written by `executemany` in the same transactions and read into arrays by `SELECT`.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg

from benchmarks.figures import Figure, at_least, at_most, each, median, milliseconds, per_second, ratio, repeated, say
from benchmarks.made import DAY, DAYS, END, Minutes, sli_names
from benchmarks.programs import missing_for, servers
from leadline.adapters.store import open_store
from leadline.core.slices import STEP, SeriesKey, SliceBatch
from leadline.domains.measurement.collection import SLICES_PER_TRANSACTION
from leadline.ports.ledger import Ledger

POSTGRESQL = "LEADLINE_BENCH_POSTGRESQL_URL"
WRITER = "prometheus"


@dataclass(frozen=True, slots=True)
class Size:
    slis: int = 500
    days: int = DAYS
    appended_slis: int = 50
    """How many of them are written once more, by `append`, as a collection does."""
    live_slis: int = 10_000
    live_minutes: int = 15
    reads: int = 40

    @property
    def slices(self) -> int:
        return self.slis * self.days * DAY // STEP


FULL = Size()
Batches = list[SliceBatch]


@dataclass(frozen=True, slots=True)
class Work:
    """What is written and read, the same for every store."""

    size: Size
    backfill: Batches
    """One batch for each SLI."""
    live: tuple[Batches, ...]
    """One slice of each of many SLIs, minute after minute."""

    @property
    def start(self) -> int:
        return END - self.size.days * DAY

    @property
    def parts(self) -> list[Batches]:
        """Some SLIs day by day, in transactions as large as a collection makes them."""
        per_day = DAY // STEP
        some = self.backfill[: self.size.appended_slis]
        at_once = max(1, SLICES_PER_TRANSACTION // per_day)
        return [
            [_cut(batch, slice(day * per_day, (day + 1) * per_day), "appended-") for batch in some[at : at + at_once]]
            for day in range(self.size.days)
            for at in range(0, len(some), at_once)
        ]


def _cut(batch: SliceBatch, part: slice, prefix: str) -> SliceBatch:
    key = SeriesKey(prefix + batch.key.sli)
    return SliceBatch(key, batch.starts[part], batch.bad[part], batch.total[part])


def made_work(size: Size) -> Work:
    start = END - size.days * DAY
    names = sli_names(size.slis)
    backfill = [Minutes.made(seed, start, size.days * DAY // STEP).batch(name) for seed, name in enumerate(names)]
    live_names = [f"live-{name}" for name in sli_names(size.live_slis)]
    rng = np.random.default_rng(1)
    minutes = []
    for minute in range(size.live_minutes):
        total = rng.poisson(300, size.live_slis)
        bad = rng.binomial(total, 0.0004)
        at = np.array([END + minute * STEP])
        minutes.append(
            [
                SliceBatch(SeriesKey(name), at, b, t)
                for name, b, t in zip(live_names, bad[:, None], total[:, None], strict=True)
            ]
        )
    return Work(size, backfill, tuple(minutes))


def run(size: Size = FULL) -> list[Figure]:
    say(f"making {size.slices / 1e6:.1f} M slices of {size.slis} SLIs, Poisson noise on days and nights")
    work = made_work(size)
    with tempfile.TemporaryDirectory(prefix="leadline-bench-") as folder:
        path = Path(folder) / "ledger.db"
        found = _measure("SQLite", f"sqlite:///{path}", work, lambda: _size_of(path))
        found += _against(found, _peer(Path(folder) / "peer.db", work))
        with _postgresql(Path(folder)) as url:
            if url:
                found += _measure("PostgreSQL", url, work, lambda: _size_in(url))
            else:
                say(f"no PostgreSQL: set {POSTGRESQL}, or install it ({missing_for('postgresql')})")
    return found


def _measure(where: str, url: str, work: Work, bytes_used: Callable[[], int]) -> list[Figure]:
    size, names = work.size, [batch.key.sli for batch in work.backfill]
    with open_store(url) as store:
        ledger = store.ledger
        ledger.series()
        empty = _filled(ledger, bytes_used)
        say(f"{where}: importing")
        imported = each([lambda: ledger.import_all(WRITER, work.backfill)])
        used = bytes_used() - empty
        say(f"{where}: reading")
        one = _reading(ledger, names, work)
        many = repeated(lambda: ledger.read_hours(names, work.start, END), 7)
        _check(ledger, work)
        say(f"{where}: appending, then minute after minute")
        parts = work.parts
        appended = each((lambda part=part: ledger.append(WRITER, part)) for part in parts)
        minutes = each((lambda batches=batches: ledger.append(WRITER, batches)) for batches in work.live)
        compacted = each([lambda: ledger.compact(END)])
    appended_count = sum(len(batch) for part in parts for batch in part)
    data = f"{size.slices / 1e6:.1f} M slices, {size.slis} SLIs"
    return [
        Figure(f"{where}: bytes a slice", used / size.slices, "bytes", at_most(4), f"{data}, with hourly sums"),
        per_second(f"{where}: backfill, import_all", size.slices, imported, at_least(1e6), data),
        Figure(
            f"{where}: backfill, append",
            appended_count / sum(appended),
            "slices/s",
            at_least(1e6),
            f"{len(parts)} durable transactions of {SLICES_PER_TRANSACTION:,}; median {1000 * median(appended):.0f} ms",
        ),
        per_second(
            f"{where}: live, 1 slice × {size.live_slis:,} SLIs",
            size.live_slis,
            minutes[1:],
            at_least(200_000),
            f"median of {len(minutes) - 1} minutes, each one durable transaction",
        ),
        milliseconds(f"{where}: read {size.days} days of one SLI", one, at_most(10)),
        milliseconds(f"{where}: hourly sums of {size.slis} SLIs, {size.days} days", many),
        milliseconds(f"{where}: compact afterwards", compacted),
    ]


def _filled(ledger: Ledger, bytes_used: Callable[[], int]) -> int:
    """Bytes of the tables when they hold next to nothing."""
    ledger.append(WRITER, [SliceBatch(SeriesKey("first"), np.array([END]), np.array([0]), np.array([1]))])
    return bytes_used()


def _reading(ledger: Ledger, names: Sequence[str], work: Work) -> tuple[float, ...]:
    some = [names[place % len(names)] for place in range(work.size.reads)]
    ledger.read(names[:1], work.start, END)
    return each((lambda name=name: ledger.read([name], work.start, END)) for name in some)


def _check(ledger: Ledger, work: Work) -> None:
    for batch in (work.backfill[0], work.backfill[-1]):
        dense = ledger.read([batch.key.sli], work.start, END)[batch.key]
        assert (dense.bad == batch.bad).all(), "what was read is not what was written"
        assert (dense.total == batch.total).all(), "what was read is not what was written"


def _size_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages, free, size = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
    return int((pages - free) * size)


def _size_in(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM")
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0


@contextmanager
def _postgresql(folder: Path) -> Iterator[str | None]:
    """The URL of an empty database: on the server named in the environment, or on one started for the purpose."""
    with servers(folder) as running:
        url = os.environ.get(POSTGRESQL)
        if url is None and missing_for("postgresql") is None:
            say("starting PostgreSQL")
            folder.chmod(0o755)
            url = running.postgresql()
        if url is None:
            yield None
            return
        name = f"leadline_bench_{secrets.token_hex(4)}"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        address, _, options = url.partition("?")
        try:
            yield f"{address.rpartition('/')[0]}/{name}" + (f"?{options}" if options else "")
        finally:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@dataclass(frozen=True, slots=True)
class Peer:
    bytes_per_slice: float
    backfill_per_second: float
    live_per_second: float
    read_seconds: float


def _peer(path: Path, work: Work) -> Peer:
    say("the peer: one row a slice")
    some = work.backfill[: work.size.appended_slis]
    count = sum(len(batch) for batch in some)
    live = work.live[: max(2, len(work.live) // 2)]
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(
            "CREATE TABLE slice (series INTEGER, start INTEGER, bad INTEGER NOT NULL, total INTEGER NOT NULL, "
            "PRIMARY KEY (series, start)) WITHOUT ROWID"
        )
        backfill = each((lambda row=row: _insert(connection, [row])) for row in enumerate(some))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        used = path.stat().st_size
        read = each((lambda place=place: _select(connection, place % len(some))) for place in range(work.size.reads))
        rows = [list(enumerate(batches, 1_000_000)) for batches in live]
        minutes = each((lambda row=row: _insert(connection, row)) for row in rows)
    return Peer(used / count, count / sum(backfill), work.size.live_slis / median(minutes[1:]), median(read))


def _insert(connection: sqlite3.Connection, rows: Sequence[tuple[int, SliceBatch]]) -> None:
    for number, batch in rows:
        values = zip(batch.starts.tolist(), batch.bad.tolist(), batch.total.tolist(), strict=True)
        connection.executemany(
            "INSERT OR REPLACE INTO slice VALUES (?, ?, ?, ?)", ((number, *value) for value in values)
        )
    connection.commit()


def _select(connection: sqlite3.Connection, number: int) -> object:
    return np.array(
        connection.execute("SELECT start, bad, total FROM slice WHERE series = ? ORDER BY start", (number,)).fetchall(),
        dtype=np.int64,
    )


def _against(ours: Sequence[Figure], peer: Peer) -> list[Figure]:
    size, import_all, _append, live, one, *_ = (figure.value for figure in ours)
    read_ms = 1000 * peer.read_seconds
    backfill, minute = peer.backfill_per_second, peer.live_per_second
    return [
        ratio("peer / SQLite: bytes a slice", peer.bytes_per_slice / size, f"peer {peer.bytes_per_slice:.1f}"),
        ratio("SQLite / peer: backfill", import_all / backfill, f"peer {backfill:,.0f} slices/s"),
        ratio("SQLite / peer: live", live / minute, f"peer {minute:,.0f} slices/s"),
        ratio("peer / SQLite: read of one SLI", read_ms / one, f"peer {read_ms:.1f} ms"),
    ]
