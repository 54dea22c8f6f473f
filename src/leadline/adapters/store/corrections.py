"""The record of corrections: each one and each removal is added, nothing is edited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from leadline.adapters.store import schema
from leadline.adapters.store.database import Database
from leadline.adapters.store.rows import fetch, put
from leadline.errors import RecordError
from leadline.handbook.specs import Correction, Place, Recurrence
from leadline.handbook.wording import not_found
from leadline.ports.removal import Removal

_PREFIX = "recorded:"
_PLACE = Place("recorded", 0)
_COLUMNS = tuple(column.name for column in schema.correction.columns if column.name not in {"id", "recorded_at"})
_IN_FORCE = f"""
SELECT id, {", ".join(_COLUMNS)} FROM correction
WHERE id NOT IN (SELECT correction_id FROM correction_removal) ORDER BY id
"""  # noqa: S608 - names of our own columns
_REMOVED = f"""
SELECT id, {", ".join(f"c.{name}" for name in _COLUMNS)}, r.reason, r.who, r.removed_at
FROM correction c JOIN correction_removal r ON r.correction_id = c.id ORDER BY id
"""  # noqa: S608 - as above


class SqlCorrections:
    """A `Corrections` in tables of its own; names of SLOs hold no comma, so that lists are joined by one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, correction: Correction, recorded_at: datetime) -> str:
        recurrence = correction.recurrence
        values = (
            ",".join(correction.slos), ",".join(correction.services), correction.start, correction.end,
            correction.mode, ",".join(correction.applies_to), correction.reason, correction.approver,
            recurrence and recurrence.rule, recurrence and recurrence.zone, recurrence and recurrence.until,
            correction.announced_at, correction.notice_seconds, int(recorded_at.timestamp()),
        )  # fmt: skip
        with self._database.writing() as connection:
            put(connection, schema.correction, *([value] for value in values))
            number = fetch(connection, "SELECT max(id) FROM correction")[0][0]
        return f"{_PREFIX}{number}"

    def remove(self, name: str, removal: Removal) -> None:
        with self._database.writing() as connection:
            known = self._in_force(connection)
            if name not in known:
                raise _why_not(connection, name, known)
            number = int(name.removeprefix(_PREFIX))
            put(connection, schema.correction_removal, [number], [removal.reason], [removal.removed_at], [removal.who])

    def in_force(self) -> Mapping[str, Correction]:
        with self._database.reading() as connection:
            return self._in_force(connection) if connection else {}

    def removed(self) -> Mapping[str, tuple[Correction, Removal]]:
        with self._database.reading() as connection:
            rows = fetch(connection, _REMOVED) if connection else ()
        found = [(_correction(row[:-3]), Removal(*row[-3:])) for row in rows]
        return {correction.name: (correction, removal) for correction, removal in found}

    def _in_force(self, connection: Connection) -> Mapping[str, Correction]:
        found = (_correction(row) for row in fetch(connection, _IN_FORCE))
        return {correction.name: correction for correction in found}


def _why_not(connection: Connection, name: str, known: Mapping[str, Correction]) -> RecordError:
    for number, removed_at in fetch(connection, "SELECT correction_id, removed_at FROM correction_removal"):
        if name == f"{_PREFIX}{number}":
            return RecordError(
                f"{name} was removed already, {_instant(removed_at)}; leadline correct list --removed shows why"
            )
    return not_found("correction", name, known)


def _instant(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


def _correction(row: Any) -> Correction:
    number, slos, services, start, end, mode, applies_to, reason, approver, rule, zone, until, announced, notice = row
    return Correction(
        name=f"{_PREFIX}{number}",
        slos=_names(slos),
        services=_names(services),
        start=start,
        end=end,
        mode=mode,
        applies_to=_names(applies_to),
        reason=reason,
        approver=approver,
        place=_PLACE,
        recurrence=Recurrence(rule, zone, until) if rule else None,
        announced_at=announced,
        notice_seconds=notice,
    )
