"""What readers and writers see of an import at each of its stages, as if its process had died there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

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
    run_of,
    seen,
    slices_of,
)
from leadline.adapters.store.imports import Staging, _move_piece, pieces, writing_after_imports
from leadline.adapters.store.sql_store import SqlStore
from leadline.core.slices import HOUR, STEP, SeriesKey, SliceBatch
from leadline.errors import RecordError
from leadline.ports.ledger import Change, Extent

_START = NOON - 2 * HOUR
_END = NOON + HOUR
_OLD = {NOON - HOUR + at * STEP: (1, 10) for at in range(60)}
"""In the ledger before the import, in the tail."""
_FIRST = {NOON - 2 * HOUR: (3, 30), NOON - HOUR: (4, 40)}
_SECOND = {NOON - HOUR: (5, 50), NOON + STEP: (6, 60)}
"""Later piece of the same import, which has one slice in common with the first."""
_IMPORTED = _OLD | _FIRST | _SECOND


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return database_url(request.param, request, tmp_path)


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    with SqlStore(url) as store:
        store.ledger.append("import", [batch("api", _OLD)])
        yield store


@pytest.fixture
def reader(url: str) -> Iterator[SqlStore]:
    """The store as another process sees it."""
    with SqlStore(url) as store:
        yield store


def _stage(store: SqlStore) -> Staging:
    staging = Staging(store.database, store.ledger._index, "import")
    staging.add([batch("api", _FIRST), batch("new", {NOON: (1, 2)})])
    staging.add([batch("new", {NOON + STEP: (0, 3)}), batch("api", _SECOND)])
    return staging


def _commit(store: SqlStore, staging: Staging) -> None:
    with writing_after_imports(store.database) as connection:
        staging.commit(connection)


def _check_all_is_seen(reader: SqlStore) -> None:
    ledger = reader.ledger
    assert slices_of(ledger, "api", _START, _END) == _IMPORTED
    assert slices_of(ledger, "new", _START, _END) == {NOON: (1, 2), NOON + STEP: (0, 3)}
    hours = ledger.read_hours(["api", "new"], _START, _END)
    assert rows_of(hours[SeriesKey("api")]) == hours_by_hand(_IMPORTED, _START, _END)
    assert rows_of(hours[SeriesKey("new")])[2] == (1, 5, 0b11, 0b11)
    assert ledger.extents(["api", "new"]) == {
        SeriesKey("api"): Extent(_START, NOON + STEP),
        SeriesKey("new"): Extent(NOON, NOON + STEP),
    }


def _staged(store: SqlStore) -> int:
    with store.database.reading() as connection:
        assert connection
        tables = ("import_stage", "import_batch", "import_series")
        return sum(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables)


def test_an_import_that_is_not_committed_is_not_seen(store: SqlStore, reader: SqlStore) -> None:
    _stage(store)
    assert reader.ledger.series() == (SeriesKey("api"),)
    assert slices_of(reader.ledger, "api", _START, _END) == _OLD
    assert len(reader.ledger.changes(0)) == 1


def test_a_committed_import_is_seen_whole_before_any_of_it_has_moved(store: SqlStore, reader: SqlStore) -> None:
    _commit(store, _stage(store))
    _check_all_is_seen(reader)
    changes = {change.key.sli: change for change in reader.ledger.changes(1)}
    assert changes == {
        "api": Change(2, SeriesKey("api"), _START, NOON + 2 * STEP),
        "new": Change(2, SeriesKey("new"), NOON, NOON + 2 * STEP),
    }


def test_a_committed_import_is_seen_whole_when_half_of_it_has_moved(store: SqlStore, reader: SqlStore) -> None:
    _commit(store, _stage(store))
    with store.database.writing() as connection:
        _move_piece(connection)
    _check_all_is_seen(reader)


def test_the_next_writer_moves_what_a_dead_one_left(store: SqlStore, reader: SqlStore) -> None:
    _commit(store, _stage(store))
    reader.ledger.append("import", [batch("other", {NOON: (0, 1)})])
    assert _staged(store) == 0
    _check_all_is_seen(reader)


def test_a_write_after_an_import_lies_above_it(store: SqlStore, reader: SqlStore) -> None:
    _commit(store, _stage(store))
    reader.ledger.append("import", [batch("api", {NOON - HOUR: (9, 9)})])
    assert slices_of(store.ledger, "api", _START, _END) == _IMPORTED | {NOON - HOUR: (9, 9)}


def test_an_import_lies_above_one_committed_before_it(store: SqlStore, reader: SqlStore) -> None:
    _commit(store, _stage(store))
    reader.ledger.import_all("import", [run_of("api", NOON - HOUR, 1, 7, 7)])
    assert slices_of(store.ledger, "api", _START, _END) == _IMPORTED | {NOON - HOUR: (7, 7)}


def test_two_imports_at_once_end_in_the_order_of_their_commits(store: SqlStore, reader: SqlStore) -> None:
    first, second = _stage(store), Staging(reader.database, reader.ledger._index, "import")
    second.add([batch("api", {NOON - HOUR: (8, 8)}), batch("new", {NOON: (2, 2)})])
    _commit(reader, second)
    _commit(store, first)
    reader.ledger.append("import", [batch("other", {NOON: (0, 1)})])
    _check_all_is_seen(reader)


def test_an_import_that_nobody_touched_for_an_hour_is_dropped(store: SqlStore, reader: SqlStore) -> None:
    staging = _stage(store)
    reader.ledger.compact(NOON - DAY)
    assert _staged(store) == 3
    with store.database.writing() as connection:
        connection.execute(text("UPDATE import_batch SET touched_at = :then"), {"then": time.time() - 3601})
    reader.ledger.compact(NOON - DAY)
    assert _staged(store) == 0
    with pytest.raises(RecordError, match="run it again"):
        staging.add([batch("api", _FIRST)])
    with pytest.raises(RecordError, match="run it again"):
        _commit(store, staging)
    assert slices_of(reader.ledger, "api", _START, _END) == _OLD


def test_an_import_that_breaks_off_takes_back_what_it_laid_aside(store: SqlStore) -> None:
    def broken() -> Iterator[SliceBatch]:
        yield run_of("big", NOON - 60 * DAY, 70_000)
        raise ValueError("line 70001")

    with pytest.raises(ValueError, match="line 70001"):
        store.ledger.import_all("import", broken())
    assert _staged(store) == 0


@pytest.mark.parametrize("name", ["nul\0", "half \ud83c"])
def test_a_name_that_cannot_be_stored_is_refused_with_everything_beside_it(store: SqlStore, name: str) -> None:
    for batches in ([run_of(name, NOON, 1)], [run_of("big", NOON - 60 * DAY, 70_000), run_of(name, NOON, 1)]):
        with pytest.raises(RecordError, match="not a name that can be stored"):
            store.ledger.import_all("import", batches)
    assert _staged(store) == 0
    assert store.ledger.series() == (SeriesKey("api"),)


def test_a_series_that_came_to_be_during_an_import_is_the_same_series(store: SqlStore, reader: SqlStore) -> None:
    staging = Staging(store.database, store.ledger._index, "import")
    staging.add([batch("new", {NOON: (1, 2), NOON + STEP: (1, 2)})])
    reader.ledger.append("import", [batch("new", {NOON + STEP: (7, 7), NOON + 2 * STEP: (8, 8)})])
    assert len(store.ledger.series()) == 2
    staging.add([batch("new", {NOON + 3 * STEP: (3, 4)})])
    _commit(store, staging)
    expected = {NOON: (1, 2), NOON + STEP: (1, 2), NOON + 2 * STEP: (8, 8), NOON + 3 * STEP: (3, 4)}
    assert slices_of(reader.ledger, "new", NOON, _END) == expected
    reader.ledger.append("import", [batch("other", {NOON: (0, 1)})])
    assert slices_of(reader.ledger, "new", NOON, _END) == expected


def test_replaced_values_are_logged_and_equal_ones_are_not(store: SqlStore) -> None:
    store.ledger.append("import", [batch("api", {NOON - HOUR: (1, 10), NOON - STEP: (2, 10)})])
    store.ledger.import_all("import", [batch("api", {NOON - 2 * STEP: (1, 10), NOON - 3 * STEP: (1, 11)})])
    store.ledger.compact(NOON)
    store.ledger.append("import", [batch("api", {NOON - 5 * STEP: (1, 11), NOON - 7 * STEP: (0, 0)})])
    store.ledger.append("import", [batch("api", {NOON - 5 * STEP: (1, 12), NOON + 4 * HOUR: (0, 0)})])
    with store.database.reading() as connection:
        assert connection
        rows = connection.execute(
            text("SELECT start_first, start_last, count, at_seq FROM slice_override ORDER BY id")
        ).all()
    assert [tuple(row) for row in rows] == [
        (NOON - STEP, NOON - STEP, 1, 2),
        (NOON - 3 * STEP, NOON - 3 * STEP, 1, 3),
        (NOON - 7 * STEP, NOON - 5 * STEP, 2, 4),
        (NOON - 5 * STEP, NOON - 5 * STEP, 1, 5),
    ]


def test_pieces_hold_the_same_slices_in_the_same_order() -> None:
    batches = [run_of("a", NOON, 5), run_of("b", NOON, 3), run_of("a", NOON, 9)]
    lists = list(pieces(iter(batches), size=4))
    assert [sum(map(len, piece)) for piece in lists] == [4, 4, 4, 4, 1]
    flat = [(part.key.sli, start) for piece in lists for part in piece for start in part.starts.tolist()]
    assert flat == [(each.key.sli, start) for each in batches for start in each.starts.tolist()]


def test_seen_slices_of_a_batch_are_what_was_staged(store: SqlStore) -> None:
    _commit(store, _stage(store))
    dense = store.ledger.read(["new"], NOON, NOON + 3 * STEP)[SeriesKey("new")]
    assert seen(dense) == {NOON: (1, 2), NOON + STEP: (0, 3)}
