"""What every record of changes and incidents promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from contract.ledger_cases import DATABASES, KINDS, database_url
from contract.older import take_back
from fakes import MemoryEntries
from instants import NOON_SECONDS as NOON
from leadline.adapters.store import open_store
from leadline.adapters.store.sql_store import SqlStore
from leadline.core.windows import Span
from leadline.errors import NotFound, RecordError
from leadline.ports.entries import Change, End, Entries, Incident, IncidentSeverity

DEPLOY = Change("shop", "feature", "“v1.2” 'rc'?", NOON, None, "jenkins", "Ada", NOON + 5)
JAM = Incident("the till jams, 100 %?", "shop", ("checkout", "ordering/2"), IncidentSeverity.SEV_2, NOON, None, "Ada",
               NOON + 9)  # fmt: skip
OVER = End(NOON + 600, "Bob", NOON + 700)


@pytest.fixture(params=KINDS)
def entries(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Entries]:
    if request.param == "memory":
        yield MemoryEntries()
        return
    with open_store(database_url(request.param, request, tmp_path)) as store:
        yield store.entries


def test_what_is_told_comes_back_whole(entries: Entries) -> None:
    first = entries.add_change(replace(DEPLOY, fixes=(3, 12)))
    assert first == replace(DEPLOY, fixes=(3, 12), id=first.id)
    assert entries.change(first.id) == first
    jam = entries.add_incident(JAM)
    assert entries.incidents(None, Span(NOON, NOON + 1)) == (replace(JAM, id=jam.id),)
    assert jam.is_open


def test_changes_are_those_that_began_in_the_time_oldest_first(entries: Entries) -> None:
    late = entries.add_change(replace(DEPLOY, started_at=NOON + 60))
    early = entries.add_change(DEPLOY)
    other = entries.add_change(replace(DEPLOY, service="search"))
    assert entries.changes(None, Span(NOON, NOON + 61)) == (early, other, late)
    assert entries.changes(["shop"], Span(NOON, NOON + 60)) == (early,)
    assert entries.changes([], Span(0, NOON * 2)) == ()


def test_a_change_that_is_told_again_is_one_and_gains_its_end(entries: Entries) -> None:
    first = entries.add_change(DEPLOY)
    assert entries.add_change(replace(DEPLOY, who="Bob")) == first
    ended = entries.add_change(replace(DEPLOY, finished_at=NOON + 60, who="Bob"))
    assert ended == replace(first, finished_at=NOON + 60)
    assert entries.add_change(replace(DEPLOY, finished_at=NOON + 99)) == ended
    assert entries.changes(None, Span(NOON, NOON + 1)) == (ended,)
    assert entries.add_change(replace(DEPLOY, started_at=NOON + 1)).id != first.id


def test_what_has_ended_cannot_end_again_and_what_is_not_there_cannot_end(entries: Entries) -> None:
    deploy, jam = entries.add_change(DEPLOY), entries.add_incident(JAM)
    assert entries.end_change(deploy.id, OVER) == replace(deploy, finished_at=OVER.at)
    assert entries.end_incident(jam.id, OVER) == replace(jam, finished_at=OVER.at)
    with pytest.raises(RecordError, match=f"change {deploy.id} has ended already"):
        entries.end_change(deploy.id, OVER)
    with pytest.raises(RecordError, match=f"incident {jam.id} has ended already"):
        entries.end_incident(jam.id, OVER)
    for ask in (entries.change, lambda number: entries.end_change(number, OVER)):
        with pytest.raises(NotFound, match="no change has the number 77"):
            ask(77)
    with pytest.raises(NotFound, match="no incident has the number 77"):
        entries.end_incident(77, OVER)


def test_incidents_are_those_that_held_at_some_time_of_the_span(entries: Entries) -> None:
    over = entries.end_incident(entries.add_incident(JAM).id, OVER)
    still = entries.add_incident(replace(JAM, started_at=NOON + 300, service="search"))
    assert entries.incidents(None, Span(NOON + 599, NOON + 600)) == (over, still)
    assert entries.incidents(None, Span(NOON + 600, NOON + 601)) == (still,)
    assert entries.incidents(["shop"], Span(0, NOON * 2)) == (over,)
    assert entries.incidents(None, Span(0, NOON)) == ()


@pytest.mark.parametrize("kind", DATABASES)
def test_a_database_of_before_the_record_is_brought_up(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = database_url(kind, request, tmp_path)
    with open_store(url) as store:
        store.entries.add_change(DEPLOY)
    store = SqlStore(url)
    with store.database.engine.begin() as connection:
        take_back(connection, "0007")
    store.close()
    with open_store(url) as later:
        assert later.entries.changes(None, Span(0, NOON * 2)) == ()
        assert later.entries.add_change(DEPLOY).id == 1


def test_reading_makes_no_database(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/none.db") as store:
        assert store.entries.changes(None, Span(0, NOON)) == ()
        assert store.entries.incidents(None, Span(0, NOON)) == ()
        with pytest.raises(NotFound):
            store.entries.change(1)
    assert list(tmp_path.iterdir()) == []
