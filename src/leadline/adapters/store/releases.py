"""The record of decisions, permits and duties: what happens to one is added beside it, nothing is edited."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Table

from leadline.adapters.store import release_tables as tables
from leadline.adapters.store.database import Database
from leadline.adapters.store.outbox import enqueue
from leadline.adapters.store.rows import fetch, put
from leadline.core.questions import PermitForm
from leadline.errors import NotFound, RecordError
from leadline.ports.outbox import Notice
from leadline.ports.releases import Decision, Done, Duty, GivenPermit, ServiceLevel

_DECISION = "SELECT service, kind, ref, author, asked_by, at, outcome, inputs, ruling, sha256, id FROM decision"
_PERMIT = """
SELECT p.form, p.service, p.kind, p.ref, p.role, p.who, p.given_by, p.grounds, p.reason, p.checked, p.given_at,
  p.expires_at, p.decision_id, c.who, w.who, w.reason, p.id
FROM permit p LEFT JOIN permit_confirmation c ON c.permit_id = p.id
  LEFT JOIN permit_withdrawal w ON w.permit_id = p.id
"""
_DUTY = """
SELECT d.key, d.service, d.level, d.name, d.text, d.by, d.made_at, d.due_at, e.at, e.who, e.note, d.id
FROM duty d LEFT JOIN duty_done e ON e.duty_id = d.id
"""
_BEFORE_ALL = 2**62


class SqlReleases:
    """A `Releases` in tables of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_decision(self, decision: Decision, notices: Sequence[Notice] = ()) -> Decision:
        with self._database.writing() as connection:
            enqueue(connection, notices)
            put(connection, tables.decision, *([getattr(decision, name)] for name in Decision.__slots__[:-1]))
            return replace(decision, id=_newest(connection, tables.decision))

    def decision(self, number: int) -> Decision:
        with self._database.reading() as connection:
            rows = fetch(connection, f"{_DECISION} WHERE id = ?", number) if connection else ()
        if not rows:
            raise NotFound(f"no decision has the number {number}; leadline decision list shows those there are")
        return Decision(*rows[0])

    def decisions(self, service: str | None, most: int, before: int | None = None) -> tuple[Decision, ...]:
        of, names = (" AND service = ?", (service,)) if service is not None else ("", ())
        statement = f"{_DECISION} WHERE id < ?{of} ORDER BY id DESC LIMIT ?"
        with self._database.reading() as connection:
            rows = fetch(connection, statement, before or _BEFORE_ALL, *names, most) if connection else ()
        return tuple(Decision(*row) for row in rows)

    def add_permit(
        self, permit: GivenPermit, duties: Sequence[Duty] = (), notices: Sequence[Notice] = ()
    ) -> GivenPermit:
        values = (
            permit.form.value, permit.service, permit.kind, permit.ref, permit.role, permit.who, permit.given_by,
            permit.grounds, permit.reason, json.dumps(permit.checked), permit.given_at, permit.expires_at,
            permit.decision,
        )  # fmt: skip
        with self._database.writing() as connection:
            put(connection, tables.permit, *([value] for value in values))
            number = _newest(connection, tables.permit)
            _add_duties(connection, [_numbered(duty, number) for duty in duties])
            enqueue(connection, [_told_of(notice, number) for notice in notices])
            return replace(permit, id=number)

    def confirm_permit(self, number: int, who: str, at: int) -> GivenPermit:
        with self._database.writing() as connection:
            known = _one_permit(connection, number)
            if known.second or known.withdrawn_by:
                by = f"taken back by {known.withdrawn_by}" if known.withdrawn_by else f"confirmed by {known.second}"
                raise RecordError(f"permit {number} was {by} already")
            put(connection, tables.permit_confirmation, [number], [who], [at])
            return replace(known, second=who)

    def withdraw_permit(self, number: int, who: str, reason: str, at: int) -> GivenPermit:
        with self._database.writing() as connection:
            known = _one_permit(connection, number)
            if known.withdrawn_by:
                raise RecordError(f"permit {number} was taken back by {known.withdrawn_by} already")
            put(connection, tables.permit_withdrawal, [number], [who], [reason], [at])
            return replace(known, withdrawn_by=who, withdrawal=reason)

    def permits(self, service: str | None, expiring_after: int) -> tuple[GivenPermit, ...]:
        of, names = (" AND p.service = ?", (service,)) if service is not None else ("", ())
        statement = f"{_PERMIT} WHERE p.expires_at > ?{of} ORDER BY p.id"
        with self._database.reading() as connection:
            rows = fetch(connection, statement, expiring_after, *names) if connection else ()
        return tuple(map(_permit, rows))

    def service_levels(self) -> Mapping[str, ServiceLevel]:
        with self._database.reading() as connection:
            rows = fetch(connection, "SELECT service, level, since FROM service_level") if connection else ()
        return {row[0]: ServiceLevel(*row) for row in rows}

    def enter(self, levels: Sequence[ServiceLevel], duties: Sequence[Duty], notices: Sequence[Notice] = ()) -> int:
        if not levels and not duties and not notices:
            return 0
        with self._database.writing() as connection:
            columns = [[getattr(each, name) for each in levels] for name in ServiceLevel.__slots__]
            put(connection, tables.service_level, *columns)
            enqueue(connection, notices)
            return _add_duties(connection, duties)

    def duties(self, service: str | None, *, is_done: bool = False) -> tuple[Duty, ...]:
        of, names = (" AND d.service = ?", (service,)) if service is not None else ("", ())
        state = "IS NOT NULL" if is_done else "IS NULL"
        statement = f"{_DUTY} WHERE e.at {state}{of} ORDER BY d.due_at, d.id"
        with self._database.reading() as connection:
            rows = fetch(connection, statement, *names) if connection else ()
        return tuple(map(_duty, rows))

    def finish_duty(self, number: int, done: Done) -> Duty:
        with self._database.writing() as connection:
            rows = fetch(connection, f"{_DUTY} WHERE d.id = ?", number)
            if not rows:
                raise NotFound(f"no duty has the number {number}; leadline duty list shows those there are")
            known = _duty(rows[0])
            if known.done_at is not None:
                raise RecordError(f"duty {number} was done by {known.done_by} already")
            put(connection, tables.duty_done, [number], [done.at], [done.who], [done.note])
            return replace(known, done_at=done.at, done_by=done.who, note=done.note)


def _add_duties(connection: Connection, duties: Sequence[Duty]) -> int:
    """Append those whose keys are new; returns how many."""
    if not duties:
        return 0
    known = {key for (key,) in fetch(connection, "SELECT key FROM duty WHERE key IN LIST(?)", [d.key for d in duties])}
    new = list({duty.key: duty for duty in duties if duty.key not in known}.values())
    columns = [[getattr(duty, name) for duty in new] for name in ("key", "service", "level", "name", "text")]
    when = [[getattr(duty, name) for duty in new] for name in ("made_at", "due_at")]
    put(connection, tables.duty, *columns, [json.dumps(duty.by) for duty in new], *when)
    return len(new)


def _numbered(duty: Duty, permit: int) -> Duty:
    return replace(duty, key=duty.key.replace("{id}", str(permit)), text=duty.text.replace("{id}", str(permit)))


def _told_of(notice: Notice, permit: int) -> Notice:
    key = notice.key.replace("{id}", str(permit))
    return replace(notice, key=key, thread=key, title=notice.title.replace("{id}", str(permit)))


def _one_permit(connection: Connection, number: int) -> GivenPermit:
    rows = fetch(connection, f"{_PERMIT} WHERE p.id = ?", number)
    if not rows:
        raise NotFound(f"no permit has the number {number}; leadline permit list shows those there are")
    return _permit(rows[0])


def _newest(connection: Connection, table: Table) -> int:
    return int(fetch(connection, f"SELECT max(id) FROM {table.name}")[0][0])  # noqa: S608 - name of our own table


def _permit(row: Any) -> GivenPermit:
    form, *rest, checked, given_at, expires_at, decision, second, withdrawn_by, withdrawal, number = row
    service, kind, ref, role, who, given_by, grounds, reason = rest
    return GivenPermit(
        PermitForm(form), service, kind, ref, role, who, given_by, grounds, reason, tuple(json.loads(checked)),
        given_at, expires_at, decision, second or "", withdrawn_by or "", withdrawal or "", number,
    )  # fmt: skip


def _duty(row: Any) -> Duty:
    key, service, level, name, text, by, made_at, due_at, done_at, done_by, note, number = row
    roles = tuple(json.loads(by))
    return Duty(key, service, level, name, text, roles, made_at, due_at, done_at, done_by or "", note or "", number)
