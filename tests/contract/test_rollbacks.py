"""What every record of rollbacks promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes import MemoryOutbox, MemoryRollbacks
from instants import NOON_SECONDS
from leadline.adapters.store import open_store
from leadline.domains.rollbacks.telling import notice
from leadline.errors import NotFound
from leadline.ports.rollbacks import Rollbacks, RollbackState, RollbackStep, Switch
from made_rollbacks import a_rollback

DUE = RollbackStep(NOON_SECONDS + 5, RollbackState.DUE, "Ada", "seen")
RUNNING = RollbackStep(NOON_SECONDS + 9, RollbackState.RUNNING, "", "run")


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Rollbacks, Any]]:
    """The record, and the outbox beside it."""
    if request.param == "memory":
        outbox = MemoryOutbox()
        yield MemoryRollbacks(outbox), outbox
        return
    url = f"sqlite:///{tmp_path}/l.db" if request.param == "sqlite" else request.getfixturevalue("postgresql_database")
    with open_store(url) as opened:
        yield opened.rollbacks, opened.outbox


def test_a_request_is_there_once_with_its_notice(store: tuple[Rollbacks, Any]) -> None:
    record, outbox = store
    asked = a_rollback()
    told = [notice(asked, asked.steps[0])]
    assert record.add(asked, told) == 1
    assert record.add(asked, told) == 0
    assert record.find(1) == replace(asked, id=1)
    assert record.open() == record.of_episodes([asked.episode]) == record.of_changes([7]) == record.newest(5)
    assert [each.notice for each in outbox.unrouted(9)] == told
    assert record.newest(5, service="till") == ()


def test_a_step_follows_the_state_that_it_was_decided_from_or_is_not_written(store: tuple[Rollbacks, Any]) -> None:
    record, outbox = store
    record.add(a_rollback(), [])
    told = [notice(record.find(1), DUE, 1)]
    assert record.append(1, RollbackState.WAITING, DUE, told)
    assert not record.append(1, RollbackState.WAITING, replace(DUE, state=RollbackState.REJECTED), told)
    assert not record.append(9, RollbackState.WAITING, DUE)
    assert record.find(1).steps[1:] == (DUE,)
    assert len(outbox.unrouted(9)) == 1


def test_one_begins_only_when_it_is_due_and_allowed_and_only_once(store: tuple[Rollbacks, Any]) -> None:
    record, _ = store
    record.add(a_rollback(), [])
    assert "is waiting" in record.begin(1, RUNNING, lambda _begun, _switch: "")
    record.append(1, RollbackState.WAITING, DUE)
    assert record.begin(1, RUNNING, lambda _begun, _switch: "too soon") == "too soon"
    assert record.begin(1, RUNNING, lambda begun, switch: "" if not begun and switch is None else "wrong") == ""
    assert "is running" in record.begin(1, RUNNING, lambda _begun, _switch: "")
    [begun] = record.begun()
    assert (begun.id, begun.service, begun.change, begun.at) == (1, "shop", 7, RUNNING.at)


def test_what_is_at_an_end_is_not_open(store: tuple[Rollbacks, Any]) -> None:
    record, _ = store
    record.add(a_rollback(state=RollbackState.SUGGESTED), [])
    assert record.open() == ()
    with pytest.raises(NotFound, match="9"):
        record.find(9)


def test_the_newest_turn_of_the_switch_holds(store: tuple[Rollbacks, Any]) -> None:
    record, _ = store
    assert record.switch() is None
    record.turn(Switch(is_stopped=True, at=1, who="Ada", reason="freeze"), [])
    resumed = Switch(is_stopped=False, at=2, who="Ada", reason="over")
    record.turn(resumed, [])
    assert record.switch() == resumed


def test_what_waits_says_how_it_is_approved_and_is_as_urgent_as_its_alert() -> None:
    asked = a_rollback()
    told = notice(asked, asked.steps[0])
    assert told.severity == "page"
    assert "leadline rollback approve" in told.text
    assert told.thread == asked.episode
    assert told.facts["began"] == "10 min before the alert"
