"""What every record of levels, and every lead of a database, promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from contract.ledger_cases import DATABASES, KINDS, database_url
from contract.older import take_back
from fakes import MemoryLead, MemoryLevels
from instants import NOON, NOON_SECONDS
from leadline.adapters.store import open_store
from leadline.adapters.store.sql_store import SqlStore
from leadline.ports.lead import Lead, Lease
from leadline.ports.levels import LevelChange, Levels

_FIRST = LevelChange("checkout", NOON_SECONDS, "", "healthy", "")
_WORSE = LevelChange("checkout", NOON_SECONDS + 60, "healthy", "warning", "“it” said, it's 100 %?")
_OTHER = LevelChange("search/2", NOON_SECONDS + 60, "", "unknown", "no slice before noon")


@pytest.fixture(params=KINDS)
def levels(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Levels]:
    if request.param == "memory":
        yield MemoryLevels()
        return
    with open_store(database_url(request.param, request, tmp_path)) as store:
        yield store.levels


@pytest.fixture(params=KINDS)
def lead(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lead]:
    if request.param == "memory":
        yield MemoryLead()
        return
    with open_store(database_url(request.param, request, tmp_path)) as store:
        yield store.lead


def test_levels_come_back_newest_first_and_the_last_is_how_it_stands(levels: Levels) -> None:
    assert levels.latest() == {}
    assert levels.append([_FIRST]) == 1
    assert levels.append([_WORSE, _OTHER]) == 2
    assert levels.latest() == {"checkout": _WORSE, "search/2": _OTHER}
    assert levels.history(["checkout"], 10) == (_WORSE, _FIRST)
    assert levels.history(["checkout", "search/2"], 1) in {(_OTHER, _WORSE), (_WORSE, _OTHER)}
    assert levels.history(["nobody"], 10) == ()


def test_a_change_that_somebody_else_has_found_is_not_told_twice(levels: Levels) -> None:
    levels.append([_FIRST])
    assert levels.append([_FIRST]) == 0
    assert levels.append([_WORSE]) == 1
    assert levels.append([replace(_WORSE, at=_WORSE.at + 60)]) == 0
    assert levels.history(["checkout"], 10) == (_WORSE, _FIRST)


def test_one_holds_the_lead_until_it_ends_or_is_given_back(lead: Lead) -> None:
    assert lead.current() is None
    mine = lead.take("a", NOON, 30)
    assert mine == Lease("a", NOON + timedelta(seconds=30))
    assert lead.take("b", NOON + timedelta(seconds=29), 30) == mine
    kept = lead.take("a", NOON + timedelta(seconds=20), 30)
    assert lead.take("b", NOON + timedelta(seconds=49), 30) == kept == lead.current()
    assert lead.take("b", NOON + timedelta(seconds=50), 30).holder == "b"
    lead.release("a")
    assert lead.take("a", NOON + timedelta(seconds=51), 30).holder == "b"
    lead.release("b")
    assert lead.take("a", NOON + timedelta(seconds=52), 30).holder == "a"


@pytest.mark.parametrize("kind", DATABASES)
def test_a_database_of_before_the_record_is_brought_up(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = database_url(kind, request, tmp_path)
    with open_store(url) as store:
        store.levels.append([_FIRST])
    store = SqlStore(url)
    with store.database.engine.begin() as connection:
        take_back(connection, "0004")
    store.close()
    with open_store(url) as later:
        assert later.levels.latest() == {}
        assert later.levels.append([_FIRST]) == 1
