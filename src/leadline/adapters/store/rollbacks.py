"""The record of rollbacks: requests, steps and turns of the switch are added, nothing is edited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from leadline.adapters.store import rollback_tables as tables
from leadline.adapters.store.database import Database
from leadline.adapters.store.outbox import enqueue
from leadline.adapters.store.rows import fetch, put
from leadline.errors import NotFound
from leadline.ports.outbox import Notice
from leadline.ports.rollbacks import OPEN, Allows, Begun, Rollback, RollbackState, RollbackStep, Switch

_NAMES = ("episode", "change", "service", "slo", "tier", "asked_at", "document", "signature")
_ALL = "SELECT id, episode, change_id, service, slo, tier, asked_at, document, signature FROM rollback r"
_STEPS = "SELECT rollback_id, at, state, who, detail FROM rollback_step WHERE rollback_id IN LIST(?) ORDER BY id"
_STATE = "SELECT state FROM rollback_step WHERE rollback_id = ? ORDER BY id DESC LIMIT 1"
_OPEN = f"""
{_ALL} WHERE (SELECT s.state FROM rollback_step s WHERE s.rollback_id = r.id ORDER BY s.id DESC LIMIT 1) IN LIST(?)
ORDER BY r.id
"""  # noqa: S608 - our own statement
_BEGUN = """
SELECT r.id, r.service, r.change_id, s.at FROM rollback_step s JOIN rollback r ON r.id = s.rollback_id
WHERE s.state = ? ORDER BY s.id DESC
"""
_SWITCH = "SELECT is_stopped, at, who, reason FROM rollback_switch ORDER BY id DESC LIMIT 1"


class SqlRollbacks:
    """A `Rollbacks`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, rollback: Rollback, notices: Sequence[Notice]) -> int:
        same = "SELECT id FROM rollback WHERE episode = ? AND change_id = ?"
        with self._database.writing() as connection:
            if fetch(connection, same, rollback.episode, rollback.change):
                return 0
            put(connection, tables.rollback, *([getattr(rollback, name)] for name in _NAMES))
            number = int(fetch(connection, same, rollback.episode, rollback.change)[0][0])
            for step in rollback.steps:
                _put_step(connection, number, step)
            enqueue(connection, notices)
            return number

    def append(self, number: int, before: RollbackState, step: RollbackStep, notices: Sequence[Notice] = ()) -> bool:
        with self._database.writing() as connection:
            if _state(connection, number) is not before:
                return False
            _put_step(connection, number, step)
            enqueue(connection, notices)
        return True

    def begin(self, number: int, step: RollbackStep, allows: Allows) -> str:
        with self._database.writing() as connection:
            if (state := _state(connection, number)) is not RollbackState.DUE:
                return f"rollback {number} is {state}"
            if why := allows(_begun(connection), _switch(connection)):
                return why
            _put_step(connection, number, step)
        return ""

    def begun(self) -> tuple[Begun, ...]:
        with self._database.reading() as connection:
            return _begun(connection) if connection else ()

    def find(self, number: int) -> Rollback:
        with self._database.reading() as connection:
            found = _found(connection, f"{_ALL} WHERE id = ?", number)
        if not found:
            raise NotFound(f"no rollback has the number {number}; leadline rollback list shows those there are")
        return found[0]

    def open(self) -> tuple[Rollback, ...]:
        with self._database.reading() as connection:
            return _found(connection, _OPEN, [state.value for state in OPEN])

    def of_episodes(self, episodes: Sequence[str]) -> tuple[Rollback, ...]:
        with self._database.reading() as connection:
            return _found(connection, f"{_ALL} WHERE episode IN LIST(?) ORDER BY id", list(episodes))

    def of_changes(self, changes: Sequence[int]) -> tuple[Rollback, ...]:
        with self._database.reading() as connection:
            return _found(connection, f"{_ALL} WHERE change_id IN LIST(?) ORDER BY id", list(changes))

    def newest(self, most: int, *, service: str = "") -> tuple[Rollback, ...]:
        wanted = f"{_ALL} WHERE (? = '' OR service = ?) ORDER BY id DESC LIMIT ?"
        with self._database.reading() as connection:
            return _found(connection, wanted, service, service, most)

    def switch(self) -> Switch | None:
        with self._database.reading() as connection:
            return _switch(connection) if connection else None

    def turn(self, switch: Switch, notices: Sequence[Notice]) -> None:
        with self._database.writing() as connection:
            values = (int(switch.is_stopped), switch.at, switch.who, switch.reason)
            put(connection, tables.rollback_switch, *([value] for value in values))
            enqueue(connection, notices)


def _put_step(connection: Connection, number: int, step: RollbackStep) -> None:
    put(connection, tables.rollback_step, [number], [step.at], [step.state.value], [step.who], [step.detail])


def _begun(connection: Connection) -> tuple[Begun, ...]:
    return tuple(Begun(*row) for row in fetch(connection, _BEGUN, RollbackState.RUNNING.value))


def _state(connection: Connection, number: int) -> RollbackState | None:
    rows = fetch(connection, _STATE, number)
    return RollbackState(rows[0][0]) if rows else None


def _switch(connection: Connection) -> Switch | None:
    rows = fetch(connection, _SWITCH)
    return Switch(bool(rows[0][0]), *rows[0][1:]) if rows else None


def _found(connection: Connection | None, statement: str, *parameters: Any) -> tuple[Rollback, ...]:
    rows = fetch(connection, statement, *parameters) if connection else ()
    if connection is None or not rows:
        return ()
    steps: dict[int, list[RollbackStep]] = defaultdict(list)
    for number, at, state, who, detail in fetch(connection, _STEPS, [row[0] for row in rows]):
        steps[number].append(RollbackStep(at, RollbackState(state), who, detail))
    return tuple(
        Rollback(*values, steps=tuple(steps[number]), id=number)  # type: ignore[misc]  # a row as selected
        for number, *values in rows
    )
