"""The record of changes and incidents: each one and each end is added, nothing is edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table

from leadline.adapters.store import entry_tables as tables
from leadline.adapters.store.database import Database
from leadline.adapters.store.rows import fetch, put
from leadline.core.windows import Span
from leadline.errors import NotFound, RecordError
from leadline.ports.entries import Change, End, Incident, IncidentSeverity

_CHANGES = """
SELECT c.service, c.kind, c.ref, c.started_at, coalesce(c.finished_at, e.finished_at), c.source, c.who, c.recorded_at,
  c.fixes, c.id
FROM change c LEFT JOIN change_end e ON e.change_id = c.id
"""
_INCIDENTS = """
SELECT i.title, i.service, i.slos, i.severity, i.started_at, coalesce(i.finished_at, e.finished_at), i.who,
  i.recorded_at, i.id
FROM incident i LEFT JOIN incident_end e ON e.incident_id = i.id
"""
_SAME = f"{_CHANGES} WHERE c.service = ? AND c.kind = ? AND c.ref = ? AND c.started_at = ?"
_BEGAN = f"{_CHANGES} WHERE c.started_at >= ? AND c.started_at < ?"
_HELD = f"{_INCIDENTS} WHERE i.started_at < ? AND coalesce(i.finished_at, e.finished_at, ?) > ?"
_STILL = 2**62
"""Later than any instant: where an open incident ends."""


class SqlEntries:
    """An `Entries` in tables of its own; names of SLOs hold no comma, so that lists are joined by one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_change(self, change: Change) -> Change:
        with self._database.writing() as connection:
            rows = fetch(connection, _SAME, change.service, change.kind, change.ref, change.started_at)
            if rows:
                return _told_again(connection, _change(rows[0]), change)
            values = (
                change.service, change.kind, change.ref, change.started_at, change.finished_at, change.source,
                change.who, change.recorded_at, ",".join(map(str, change.fixes)),
            )  # fmt: skip
            put(connection, tables.change, *([value] for value in values))
            return replace(change, id=_newest(connection, tables.change))

    def end_change(self, number: int, end: End) -> Change:
        with self._database.writing() as connection:
            found = _one_change(connection, number)
            if found.finished_at is not None:
                raise RecordError(f"change {number} has ended already, {_instant(found.finished_at)}")
            return _ended_change(connection, found, end)

    def change(self, number: int) -> Change:
        with self._database.reading() as connection:
            return _one_change(connection, number)

    def changes(self, services: Sequence[str] | None, began: Span) -> tuple[Change, ...]:
        wanted, names = _of("c", services)
        with self._database.reading() as connection:
            statement = f"{_BEGAN}{wanted} ORDER BY c.started_at, c.id"
            rows = fetch(connection, statement, began.start, began.end, *names) if connection else ()
        return tuple(map(_change, rows))

    def add_incident(self, incident: Incident) -> Incident:
        values = (
            incident.title, incident.service, ",".join(incident.slos), incident.severity.value, incident.started_at,
            incident.finished_at, incident.who, incident.recorded_at,
        )  # fmt: skip
        with self._database.writing() as connection:
            put(connection, tables.incident, *([value] for value in values))
            return replace(incident, id=_newest(connection, tables.incident))

    def end_incident(self, number: int, end: End) -> Incident:
        with self._database.writing() as connection:
            rows = fetch(connection, f"{_INCIDENTS} WHERE i.id = ?", number)
            if not rows:
                raise NotFound(f"no incident has the number {number}; leadline incident list shows those there are")
            found = _incident(rows[0])
            if found.finished_at is not None:
                raise RecordError(f"incident {number} has ended already, {_instant(found.finished_at)}")
            _put_end(connection, tables.incident_end, number, end)
            return replace(found, finished_at=end.at)

    def incidents(self, services: Sequence[str] | None, during: Span) -> tuple[Incident, ...]:
        wanted, names = _of("i", services)
        with self._database.reading() as connection:
            statement = f"{_HELD}{wanted} ORDER BY i.started_at, i.id"
            rows = fetch(connection, statement, during.end, _STILL, during.start, *names) if connection else ()
        return tuple(map(_incident, rows))


def _told_again(connection: Connection, known: Change, again: Change) -> Change:
    if known.finished_at is not None or again.finished_at is None:
        return known
    return _ended_change(connection, known, End(again.finished_at, again.who, again.recorded_at))


def _ended_change(connection: Connection, change: Change, end: End) -> Change:
    _put_end(connection, tables.change_end, change.id, end)
    return replace(change, finished_at=end.at)


def _put_end(connection: Connection, table: Table, number: int, end: End) -> None:
    put(connection, table, [number], [end.at], [end.who], [end.recorded_at])


def _one_change(connection: Connection | None, number: int) -> Change:
    rows = fetch(connection, f"{_CHANGES} WHERE c.id = ?", number) if connection else ()
    if not rows:
        raise NotFound(f"no change has the number {number}; leadline change list shows those there are")
    return _change(rows[0])


def _newest(connection: Connection, table: Table) -> int:
    return int(fetch(connection, f"SELECT max(id) FROM {table.name}")[0][0])  # noqa: S608 - name of our own table


def _of(alias: str, services: Sequence[str] | None) -> tuple[str, tuple[list[str], ...]]:
    return ("", ()) if services is None else (f" AND {alias}.service IN LIST(?)", (list(services),))


def _instant(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def _change(row: Any) -> Change:
    service, kind, ref, started_at, finished_at, source, who, recorded_at, fixes, number = row
    of = tuple(map(int, filter(None, fixes.split(","))))
    return Change(service, kind, ref, started_at, finished_at, source, who, recorded_at, of, number)


def _incident(row: Any) -> Incident:
    title, service, slos, severity, *rest = row
    names = tuple(filter(None, slos.split(",")))
    return Incident(title, service, names, IncidentSeverity(severity), *rest)
