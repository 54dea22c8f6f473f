"""One instant for all that is asked, and nothing held while others are asked or told."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from fakes import MemoryLedger
from instants import NOON, NOON_SECONDS
from leadline.app import opened
from leadline.core.slices import STEP, SeriesKey
from leadline.domains.measurement.collection import collect
from leadline.domains.measurement.model import Collect
from leadline.ports.source import Answer, SourceQuery
from leadline.settings import Settings
from made_commands import a_shop
from made_handbooks import Steps, a_context, a_handbook, an_sli, ratio
from made_sources import TableSource

START = NOON_SECONDS - 3600
HANDBOOK = a_handbook([an_sli("one", ratio(bad="e1", total="t1")), an_sli("two", ratio(bad="e2", total="t2"))])
TABLES = {name: dict.fromkeys(range(START, NOON_SECONDS + 3600, STEP), 1.0) for name in ("e1", "t1", "e2", "t2")}


def test_trap_10_every_query_is_asked_about_one_instant_that_has_settled() -> None:
    source, clock = TableSource(TABLES), iter(NOON + timedelta(minutes=minute) for minute in range(99))
    first = next(clock)
    ticks = [first]

    def now() -> object:
        ticks.append(next(clock))
        return ticks[0]

    collect(Collect(since=NOON - timedelta(hours=1)), a_context(HANDBOOK, {"prom": source}, now=now))  # type: ignore[arg-type]  # a clock that counts
    assert {text for text, _, _ in source.asked} == {"e1", "t1", "e2", "t2"}
    assert {(start, end) for _, start, end in source.asked} == {(START, NOON_SECONDS - 2 * STEP)}


def test_trap_10_what_comes_late_is_read_when_the_newest_slices_are_asked_again() -> None:
    late = {name: dict(table) for name, table in TABLES.items()}
    for start in range(NOON_SECONDS - 5 * STEP, NOON_SECONDS + 3600, STEP):
        late["e1"][start] = 0.0
    ledger = MemoryLedger()
    begin = Collect(since=NOON - timedelta(hours=1))
    collect(begin, a_context(HANDBOOK, {"prom": TableSource(late)}, ledger=ledger))
    bad = ledger.read(["one"], START, NOON_SECONDS)[SeriesKey("one")].bad
    assert int(bad.sum()) == 55, "of 58 settled minutes the newest three had no error yet"
    collect(begin, a_context(HANDBOOK, {"prom": TableSource(TABLES)}, ledger=ledger, now=NOON + timedelta(minutes=1)))
    bad = ledger.read(["one"], START, NOON_SECONDS)[SeriesKey("one")].bad
    assert int(bad.sum()) == 59, "the three are read again, and one minute more"


@dataclass
class Probe(Steps):
    """Whether somebody else could write, each time something is told or asked."""

    database: Path = Path()
    free: list[bool] = field(default_factory=list)

    def look(self) -> None:
        with sqlite3.connect(self.database, timeout=0, isolation_level=None) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
                other.execute("ROLLBACK")
                self.free.append(True)
            except sqlite3.OperationalError:
                self.free.append(False)
        other.close()

    def advance(self, count: int) -> None:
        super().advance(count)
        self.look()

    def begin(self, what: str, total: int) -> None:
        super().begin(what, total)
        self.look()

    def end(self) -> None:
        super().end()
        self.look()


@dataclass
class Asked(TableSource):
    """A source that looks at the database while it is asked."""

    probe: Probe = field(default_factory=Probe)

    def answer(
        self, queries: Sequence[SourceQuery], start: int, end: int, *, progress: Callable[[int], None]
    ) -> Iterator[Answer]:
        for answer in super().answer(queries, start, end, progress=progress):
            self.probe.look()
            yield answer
            self.probe.look()


def test_eb_25_nobody_is_kept_from_writing_while_a_source_is_asked_or_progress_is_told(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    probe = Probe(database=file)
    source = Asked(TABLES, probe=probe)
    settings = Settings.of({}, handbook=a_shop(tmp_path) / "handbook", database=f"sqlite:///{file}")
    with opened(settings, probe, now=lambda: NOON, environ={}) as context:
        context.ledger.append("people", [])
        mine = replace(context, handbook=HANDBOOK, source=lambda _: source, progress=probe)
        found = collect(Collect(since=NOON - timedelta(days=3)), mine)
    assert found.slices > 0
    assert len(probe.free) > 10
    assert all(probe.free)
    with sqlite3.connect(file, isolation_level=None) as holder:
        holder.execute("BEGIN IMMEDIATE")
        probe.look()
        holder.execute("ROLLBACK")
    holder.close()
    assert probe.free[-1] is False, "the probe sees a writer where there is one"
