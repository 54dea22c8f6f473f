"""What every record of corrections promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from contract.ledger_cases import DATABASES, KINDS, database_url
from contract.older import take_back
from fakes import MemoryCorrections
from leadline.adapters.store import open_store
from leadline.adapters.store.sql_store import SqlStore
from leadline.core.slices import HOUR, SeriesKey, SliceBatch
from leadline.errors import NotFound, RecordError
from leadline.handbook.specs import Correction, Place, Recurrence
from leadline.ports.corrections import Corrections
from leadline.ports.removal import Removal

_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
_SECONDS = 1_767_268_800
_MOVE = Correction(
    "", ("api", "db/2"), ("shop",), _SECONDS, _SECONDS + HOUR, "exclude", ("slo", "agreement"),
    "Moved, “at last”; 'quoted', with a comma", "Ada", Place("recorded", 0),
)  # fmt: skip
_SUNDAYS = replace(
    _MOVE, services=(), recurrence=Recurrence("FREQ=WEEKLY;BYDAY=SU", "Europe/Berlin", _SECONDS + 9 * 24 * HOUR),
    announced_at=_SECONDS - HOUR, notice_seconds=24 * HOUR,
)  # fmt: skip


_SLIP = Removal.of("a slip", "Bob", _NOON + timedelta(hours=1))


@pytest.fixture(params=KINDS)
def corrections(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Corrections]:
    if request.param == "memory":
        yield MemoryCorrections()
        return
    with open_store(database_url(request.param, request, tmp_path)) as store:
        yield store.corrections


def test_nothing_is_in_force_before_anything_is_recorded(corrections: Corrections) -> None:
    assert corrections.in_force() == corrections.removed() == {}


def test_what_is_recorded_comes_back_whole_and_in_order(corrections: Corrections) -> None:
    names = [corrections.add(each, _NOON) for each in (_MOVE, _SUNDAYS)]
    assert len(set(names)) == 2
    assert all(name.startswith("recorded:") for name in names)
    found = corrections.in_force()
    assert list(found) == names
    assert list(found.values()) == [replace(_MOVE, name=names[0]), replace(_SUNDAYS, name=names[1])]


def test_what_is_removed_holds_no_longer_and_the_rest_does(corrections: Corrections) -> None:
    first, second = corrections.add(_MOVE, _NOON), corrections.add(_MOVE, _NOON)
    corrections.remove(first, Removal.of("a slip", "Bob", _NOON + timedelta(hours=1)))
    assert list(corrections.in_force()) == [second]
    assert corrections.removed() == {first: (replace(_MOVE, name=first), _SLIP)}


def test_a_name_is_not_given_twice(corrections: Corrections) -> None:
    first = corrections.add(_MOVE, _NOON)
    corrections.remove(first, Removal.of("a slip", "Bob", _NOON))
    assert corrections.add(_MOVE, _NOON) != first


def test_what_is_removed_cannot_be_removed_again(corrections: Corrections) -> None:
    name = corrections.add(_MOVE, _NOON)
    corrections.remove(name, Removal.of("a slip", "Bob", _NOON))
    with pytest.raises(RecordError, match=f"{name} was removed already"):
        corrections.remove(name, Removal.of("again", "Bob", _NOON))


@pytest.mark.parametrize("name", ["recorded:7", "recorded:", "move", "recorded:1; DROP TABLE correction"])
def test_what_is_not_there_cannot_be_removed(corrections: Corrections, name: str) -> None:
    corrections.add(_MOVE, _NOON)
    with pytest.raises(NotFound, match="no correction is named"):
        corrections.remove(name, Removal.of("a slip", "Bob", _NOON))


@pytest.mark.parametrize("kind", DATABASES)
def test_the_record_keeps_what_was_removed_and_why(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with SqlStore(database_url(kind, request, tmp_path)) as store:
        store.corrections.remove(store.corrections.add(_MOVE, _NOON), _SLIP)
        with store.database.reading() as connection:
            assert connection
            kept = connection.execute(text("SELECT reason, recorded_at FROM correction")).all()
            removals = connection.execute(
                text("SELECT correction_id, reason, who, removed_at FROM correction_removal")
            ).all()
    assert [tuple(row) for row in kept] == [(_MOVE.reason, _SECONDS)]
    assert [tuple(row) for row in removals] == [(1, "a slip", "Bob", _SECONDS + HOUR)]


@pytest.mark.parametrize("kind", DATABASES)
def test_a_database_of_the_version_before_is_brought_up_by_the_first_reader(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = database_url(kind, request, tmp_path)
    with SqlStore(url) as store:
        store.ledger.append("eu", [SliceBatch(SeriesKey("api"), [_SECONDS], [1], [2])])
        with store.database.writing() as connection:
            take_back(connection, "0001")
    with SqlStore(url) as store:
        assert store.ledger.series() == (SeriesKey("api"),)
        assert store.corrections.in_force() == {}
