"""What every record of downtime and failures promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import text

from contract.ledger_cases import DATABASES, KINDS, NOON, database_url
from contract.older import take_back
from fakes import MemoryRecordings
from leadline.adapters.store import open_store
from leadline.adapters.store.sql_store import SqlStore
from leadline.core.slices import HOUR
from leadline.errors import NotFound, RecordError
from leadline.ports.recordings import Recording, Recordings
from leadline.ports.removal import Removal

_DOWN = Recording(
    "shop/2", ("latency@gt50", "latency@gt80"), (), NOON - HOUR, NOON - 1, Fraction(1, 3), 0, None,
    "“it” was 'down', they said", "Ada", NOON,
)  # fmt: skip
_FAILED = replace(
    _DOWN, name="orders", series=("orders",), labels=(("region", "eu"),), fraction=None, bad=7, total=2**40
)
_SLIP = Removal("a slip", "Bob", NOON + 60)


@pytest.fixture(params=KINDS)
def recordings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Recordings]:
    if request.param == "memory":
        yield MemoryRecordings()
        return
    with open_store(database_url(request.param, request, tmp_path)) as store:
        yield store.recordings


def test_what_is_recorded_comes_back_whole_and_in_order(recordings: Recordings) -> None:
    assert list(recordings.every()) == []
    first, second = recordings.add(_DOWN), recordings.add(_FAILED)
    assert list(recordings.every()) == [(replace(_DOWN, id=first), None), (replace(_FAILED, id=second), None)]


def test_what_is_removed_stays_in_the_record_with_who_and_why(recordings: Recordings) -> None:
    first, second = recordings.add(_DOWN), recordings.add(_DOWN)
    recordings.remove(first, _SLIP)
    assert [(each.id, removal) for each, removal in recordings.every()] == [(first, _SLIP), (second, None)]
    assert recordings.add(_DOWN) not in {first, second}
    with pytest.raises(RecordError, match=f"recording {first} was removed already"):
        recordings.remove(first, _SLIP)


@pytest.mark.parametrize("number", [0, -1, 7])
def test_what_is_not_there_cannot_be_removed(recordings: Recordings, number: int) -> None:
    recordings.add(_DOWN)
    with pytest.raises(NotFound, match=f"no recording is named {number}"):
        recordings.remove(number, _SLIP)


@pytest.mark.parametrize("kind", DATABASES)
def test_a_database_of_the_version_before_gets_the_record(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = database_url(kind, request, tmp_path)
    with SqlStore(url) as store, store.database.writing() as connection:
        take_back(connection, "0002")
        for statement in (
            "ALTER TABLE correction_removal DROP COLUMN who",
            "INSERT INTO correction_removal (correction_id, reason, removed_at) VALUES (1, 'a slip', 5)",
        ):
            connection.execute(text(statement))
    with SqlStore(url) as store:
        assert list(store.recordings.every()) == []
        with store.database.reading() as connection:
            assert connection
            assert connection.execute(text("SELECT who FROM correction_removal")).scalar_one() == ""
