"""What holds of the tail and of watermarks: reads, compaction in pieces, and databases of the layout before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from contract.ledger_cases import (
    DATABASES,
    DAY,
    NOON,
    batch,
    database_url,
    hours_by_hand,
    rows_of,
    seen,
)
from contract.older import take_back
from leadline.adapters.store import ledger as of_ledger
from leadline.adapters.store import open_store
from leadline.adapters.store.migrate import upgrade
from leadline.adapters.store.sql_store import SqlStore
from leadline.core.slices import HOUR, STEP, SeriesKey
from leadline.ports.ledger import Extent, Ledger, Watermark

Slices = dict[int, tuple[int, int]]
_FIRST, _END = NOON - 5 * HOUR, NOON + 2 * HOUR
_OLDER = f"""
INSERT INTO series (sli, labels, writer) VALUES ('api', '[]', 'eu'), ('db', '[]', 'eu');
INSERT INTO slice_tail (series_id, start, bad, total)
VALUES (1, {NOON}, 1, 10), (1, {NOON + STEP}, 2, 20), (2, {NOON}, 3, 30);
INSERT INTO watermark (sli, writer, start, until, carry, inconsistent_count, question) VALUES
  ('db', 'eu', 0, {NOON}, '[["[]", 0.5, 0.25]]', 4, 'q'),
  ('api', 'us', 60, 120, '[]', 0, ''), ('api', 'eu', 0, {NOON + STEP}, '[]', 0, '')
"""


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    with SqlStore(database_url(request.param, request, tmp_path)) as opened:
        yield opened


def _fleet(ledger: Ledger, chance: Random) -> dict[str, Slices]:
    """Sixty series: some seen each minute, some now and then, some no longer, some not at all."""
    fleet: dict[str, Slices] = {f"sli-{number:02}": {} for number in range(60)}
    share = {sli: chance.choice([0, 0.02, 0.5, 1]) for sli in fleet}
    until = {sli: chance.choice([NOON - 3 * HOUR, NOON + HOUR]) for sli in fleet}
    ledger.append("eu", [batch(sli, {_FIRST - DAY: (1, 1)}) for sli in fleet])
    for start in range(_FIRST, NOON + HOUR, 7 * STEP):
        minute = {sli: (chance.randrange(3), 9) for sli in fleet if start < until[sli] and chance.random() < share[sli]}
        for sli, slice_ in minute.items():
            fleet[sli][start] = slice_
        ledger.append("eu", [batch(sli, {start: slice_}) for sli, slice_ in minute.items()])
    for slices in fleet.values():
        slices[_FIRST - DAY] = (1, 1)
    return fleet


def _expect(ledger: Ledger, fleet: dict[str, Slices], slis: list[str]) -> None:
    inside = {sli: {start: pair for start, pair in fleet[sli].items() if start >= _FIRST} for sli in slis}
    read, hours = ledger.read(slis, _FIRST, _END), ledger.read_hours(slis, _FIRST, _END)
    assert {sli: seen(read[SeriesKey(sli)]) for sli in slis} == inside
    for sli in slis:
        assert rows_of(hours[SeriesKey(sli)]) == hours_by_hand(inside[sli], _FIRST, _END)
    assert ledger.extents(slis) == {SeriesKey(sli): Extent(min(fleet[sli]), max(fleet[sli])) for sli in slis}


def test_one_series_a_few_and_all_are_read_alike_before_and_after_compaction(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = _fleet(store.ledger, Random(5))
    few = [["sli-07"], ["sli-00", "sli-59"], ["sli-03", "sli-04", "sli-31"], list(fleet)]
    for slis in few:
        _expect(store.ledger, fleet, slis)
    monkeypatch.setattr(of_ledger, "_COMPACTED_AT_ONCE", 7 * 60)
    old = sum(start < NOON - 2 * HOUR for slices in fleet.values() for start in slices)
    assert store.ledger.compact(NOON - 2 * HOUR + 59 * STEP) == old
    assert store.ledger.compact(NOON - 2 * HOUR) == 0
    assert _in_tail(store) == sum(map(len, fleet.values())) - old
    for slis in few:
        _expect(store.ledger, fleet, slis)
    assert store.ledger.compact(_END) == sum(map(len, fleet.values())) - old
    assert _in_tail(store) == 0
    _expect(store.ledger, fleet, list(fleet))


def test_a_compaction_that_stopped_halfway_is_taken_up_again(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = _fleet(store.ledger, Random(6))
    whole = _in_tail(store)
    monkeypatch.setattr(of_ledger, "_COMPACTED_AT_ONCE", 60 * 60)
    pauses = iter([None, None])
    monkeypatch.setattr(of_ledger.time, "sleep", lambda _: next(pauses))
    with pytest.raises(StopIteration):
        store.ledger.compact(_END)
    assert 0 < _in_tail(store) < whole
    _expect(store.ledger, fleet, list(fleet))
    late = {_FIRST + STEP: (2, 2)}
    store.ledger.append("eu", [batch("sli-00", late)])
    fleet["sli-00"] |= late
    monkeypatch.undo()
    store.ledger.compact(_END)
    assert _in_tail(store) == 0
    _expect(store.ledger, fleet, list(fleet))


def test_a_mark_that_only_moves_on_writes_its_end_and_nothing_else(store: SqlStore) -> None:
    marks = [Watermark(f"sli-{number}", NOON, NOON + HOUR, question="a") for number in range(3)]
    store.ledger.append("eu", [], watermarks=marks)
    before = _marks_written(store)
    later = [Watermark(mark.sli, NOON, NOON + 2 * HOUR, question="a") for mark in marks]
    store.ledger.append("eu", [], watermarks=later)
    assert _marks_written(store) == before
    other = Watermark("sli-1", NOON, NOON + 2 * HOUR, {(): (0.5, 0.25)}, 2, "b")
    store.ledger.append("eu", [], watermarks=[later[1], other])
    assert _marks_written(store) != before
    assert store.ledger.watermarks("eu", ["sli-0", "sli-1"]) == {"sli-0": later[0], "sli-1": other}


@pytest.mark.parametrize("kind", DATABASES)
def test_slices_and_marks_of_an_older_database_are_kept(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = database_url(kind, request, tmp_path)
    with SqlStore(url) as older, older.database.engine.begin() as connection:
        upgrade(connection, "0005")
        for statement in _OLDER.split(";"):
            connection.execute(text(statement))
    with open_store(url) as later:
        _expect_older(later.ledger)
        later.ledger.append("us", [], watermarks=[Watermark("api", 60, 180), Watermark("web", 0, 60)])
        assert later.ledger.watermarks("us", ["api", "web"]) == {
            "api": Watermark("api", 60, 180),
            "web": Watermark("web", 0, 60),
        }
    with SqlStore(url) as back, back.database.engine.begin() as connection:
        take_back(connection, "0005")
    with open_store(url) as again:
        _expect_older(again.ledger)


def _expect_older(ledger: Ledger) -> None:
    read = ledger.read(["api", "db"], NOON, NOON + HOUR)
    assert {key.sli: seen(dense) for key, dense in read.items()} == {
        "api": {NOON: (1, 10), NOON + STEP: (2, 20)},
        "db": {NOON: (3, 30)},
    }
    assert ledger.watermarks("eu", ["api", "db"]) == {
        "api": Watermark("api", 0, NOON + STEP),
        "db": Watermark("db", 0, NOON, {(): (0.5, 0.25)}, 4, "q"),
    }


def _in_tail(store: SqlStore) -> int:
    with store.database.reading() as connection:
        assert connection
        return int(connection.execute(text("SELECT count(*) FROM slice_tail")).scalar_one())


def _marks_written(store: SqlStore) -> list[tuple[object, ...]]:
    """The wide rows; on PostgreSQL with the transaction that wrote each."""
    with store.database.reading() as connection:
        assert connection
        column = ", xmin::text" if connection.dialect.name == "postgresql" else ""
        rows = connection.execute(
            text(f"SELECT sli, start, carry, question, number{column} FROM watermark ORDER BY sli")
        )
        return [tuple(row) for row in rows]
