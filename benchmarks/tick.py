"""
Row `tick`: one turn of a server over 10,000 SLOs with everything persisted, on SQLite.

A tick writes one slice and one watermark of each SLI, takes in what the ledger says was written, judges every SLO over
its budget window and ten burn windows, and records the levels that changed. Nothing is mocked: the same `Watch`,
`record_levels` and store as in `leadline up`; only sources are left out, since row `turn` measures them.
"""

from __future__ import annotations

import resource
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, at_most, each, median, milliseconds, say, seconds_of
from leadline.adapters.store import Store, open_store
from leadline.core.budgets import BudgetTerms
from leadline.core.slices import HOUR, STEP, SeriesKey, SliceBatch
from leadline.core.windows import RollingWindow
from leadline.domains.budgets.levels import level_changes
from leadline.domains.budgets.watching import Found, Watch
from leadline.handbook.specs import DataSource, Handbook, Place, Query, RatioMeasure, Service, Sli, Slo
from leadline.ports.ledger import Watermark

SLOS = 10_000
DAYS = 28
PREFILLED_DAYS = 3
"""The days before hold every tenth SLI, so that making the ledger does not take longer than the rest."""
TAIL_MINUTES = 120
"""In the tail before the first tick: a server that compacts once an hour has two to three hours there."""
AT = int(datetime(2026, 3, 4, 12, 40, tzinfo=UTC).timestamp())
HERE = Place("made.yaml", 1)
WRITER = "prom"
MEGABYTE = 1_000_000


def run(slos: int = SLOS, ticks: int = 24) -> list[Figure]:
    handbook = _handbook(slos)
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        database = Path(folder) / "leadline.db"
        with open_store(f"sqlite:///{database}") as store:
            _fill(store, slos)
            return _measured(store, handbook, ticks, database)


def _measured(store: Store, handbook: Handbook, ticks: int, database: Path) -> list[Figure]:
    watch, slos = Watch(), len(handbook.slos)
    say("reading the history once")
    first = seconds_of(lambda: watch.follow(handbook, store.ledger, store.corrections, AT))
    say(f"{ticks} ticks across a change of hour")
    parts: dict[str, list[float]] = {"write": [], "follow": [], "record": [], "ahead": []}
    found: list[Found] = []
    store.ledger.append(WRITER, [], watermarks=_marks(slos, AT))
    _checkpoint(database)
    begun = _written()
    for tick in range(1, ticks + 1):
        at = AT + tick * STEP
        batches, marks = _minute(slos, at - STEP), _marks(slos, at)
        steps = {
            "write": lambda batches=batches, marks=marks: store.ledger.append(WRITER, batches, watermarks=marks),
            "follow": lambda at=at: found.append(watch.follow(handbook, store.ledger, store.corrections, at)),
            "record": lambda: store.levels.append(
                list(level_changes(handbook, found[-1].judged, (), store.levels.latest()))
            ),
            "ahead": lambda at=at: watch.look_ahead(store.ledger, at),
        }
        for name, seconds in zip(steps, each(steps.values()), strict=True):
            parts[name].append(seconds)
        del found[:-1]
    _checkpoint(database)
    written = (_written() - begun) / ticks
    hour = (AT + ticks * STEP) // HOUR * HOUR - HOUR
    moved, compacted = _written(), each([lambda: store.ledger.compact(hour)])
    _checkpoint(database)
    moved = _written() - moved
    warm = slice(2, None)
    ticks_seconds = [sum(parts[name][tick] for name in ("write", "follow", "record")) for tick in range(ticks)][warm]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    what = f"{slos:,} SLOs, 10 burn windows and the budget's; write {median(parts['write']) * 1000:.0f} ms, follow and "
    what += f"judge {median(parts['follow'][warm]) * 1000:.0f} ms, record {median(parts['record'][warm]) * 1000:.0f} ms"
    return [
        milliseconds("one tick, everything persisted", ticks_seconds, at_most(300), what),
        milliseconds("the slowest tick, with the change of hour", [max(ticks_seconds)]),
        Figure(
            "written a tick",
            written / MEGABYTE,
            "MB",
            at_most(2),
            f"all that {ticks} ticks gave to the disk, with the checkpoint of it all",
        ),
        Figure("peak memory of the process", peak, "MB", at_most(1024)),
        milliseconds("looking ahead, after the board is up", parts["ahead"], None, "at most one hour a tick"),
        milliseconds("reading the history (once a start)", [first]),
        milliseconds(
            "compacting what is older than an hour", compacted, None, f"{moved / MEGABYTE:.0f} MB to the disk"
        ),
    ]


def _written() -> int:
    """Bytes that this process has given to the disk."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return int(dict(line.split(": ") for line in lines)["write_bytes"])


def _checkpoint(database: Path) -> None:
    """Bring the write-ahead log into the database, so that what it costs is counted where it belongs."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _handbook(slos: int) -> Handbook:
    measure = RatioMeasure(Query("total", WRITER), Query("bad", WRITER), None, counter=True)
    slis = [Sli(_name(number), "", measure, WRITER, (), Fraction(1), False, HERE) for number in range(slos)]
    window = RollingWindow(timedelta(days=DAYS))
    targets = [Decimal(text) for text in ("0.999", "0.9995", "0.99", "0.95")]
    made = [
        Slo(
            f"{sli.id}-slo", f"{sli.id}-slo", "", "", "shop", None, None, sli, sli.id, None, str(target),
            BudgetTerms(target, 1 - Fraction(target), window), is_mtbf=False, annotations={}, place=HERE,
        )
        for sli, target in zip(slis, (targets * (slos // 4 + 1))[:slos], strict=True)
    ]  # fmt: skip
    return Handbook(
        "made", "made", "UTC", timedelta(minutes=2), {"shop": Service("shop", "", "", None, None, HERE)}, {},
        {WRITER: DataSource(WRITER, "prometheus", {}, HERE)}, {sli.id: sli for sli in slis},
        {slo.id: slo for slo in made}, {}, {}, {},
    )  # fmt: skip


def _name(number: int) -> str:
    return f"requests-{number:05}"


def _fill(store: Store, slos: int) -> None:
    say(f"filling the ledger: {slos:,} SLIs, {PREFILLED_DAYS} days of minutes, and {DAYS} days of every tenth")
    chance = np.random.default_rng(7)

    def batches() -> Iterator[SliceBatch]:
        for number in range(slos):
            days = PREFILLED_DAYS if number % 10 else DAYS
            starts = np.arange(AT - days * 24 * HOUR, AT - TAIL_MINUTES * STEP, STEP)
            total = chance.integers(500, 1_500, len(starts))
            yield SliceBatch(SeriesKey(_name(number)), starts, chance.integers(0, 3, len(starts)), total)

    store.ledger.import_all(WRITER, batches())
    say(f"{TAIL_MINUTES} minutes into the tail, as turns write them")
    for minute in range(TAIL_MINUTES, 0, -1):
        store.ledger.append(WRITER, _minute(slos, AT - minute * STEP))


def _minute(slos: int, start: int) -> Sequence[SliceBatch]:
    starts = np.array([start])
    return [
        SliceBatch(SeriesKey(_name(number)), starts, np.array([start // STEP * number % 3]), np.array([900]))
        for number in range(slos)
    ]


def _marks(slos: int, end: int) -> Sequence[Watermark]:
    return [Watermark(_name(number), AT - DAYS * 24 * HOUR, end, question=f"{number:016x}") for number in range(slos)]
