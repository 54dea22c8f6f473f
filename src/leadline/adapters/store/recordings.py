"""The record of downtime and failures: each one and each removal is added, nothing is edited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection

from leadline.adapters.store import schema
from leadline.adapters.store.database import Database
from leadline.adapters.store.rows import fetch, put
from leadline.adapters.store.series_index import labels_of, labels_text
from leadline.errors import RecordError
from leadline.handbook.wording import not_found
from leadline.ports.recordings import Recording
from leadline.ports.removal import Removal

_EVERY = """
SELECT r.id, r.name, r.series, r.labels, r.start_first, r.end_first, r.fraction, r.bad, r.total, r.reason, r.who,
  r.recorded_at, x.reason, x.who, x.removed_at
FROM recording r LEFT JOIN recording_removal x ON x.recording_id = r.id ORDER BY r.id
"""


class SqlRecordings:
    """A `Recordings` in tables of its own; ids of series hold no comma, so that they are joined by one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, recording: Recording) -> int:
        values = (
            recording.name, ",".join(recording.series), labels_text(recording.labels), recording.start, recording.end,
            None if recording.fraction is None else str(recording.fraction), recording.bad, recording.total,
            recording.reason, recording.who, recording.recorded_at,
        )  # fmt: skip
        with self._database.writing() as connection:
            put(connection, schema.recording, *([value] for value in values))
            return int(fetch(connection, "SELECT max(id) FROM recording")[0][0])

    def remove(self, number: int, removal: Removal) -> None:
        with self._database.writing() as connection:
            known = _every(connection)
            in_force = [str(each.id) for each, removed in known if removed is None]
            if str(number) not in in_force:
                raise _why_not(number, known, in_force)
            columns = ([number], [removal.reason], [removal.who], [removal.removed_at])
            put(connection, schema.recording_removal, *columns)

    def every(self) -> Sequence[tuple[Recording, Removal | None]]:
        with self._database.reading() as connection:
            return _every(connection) if connection else ()


def _every(connection: Connection) -> Sequence[tuple[Recording, Removal | None]]:
    return [_recording(row) for row in fetch(connection, _EVERY)]


def _recording(row: Any) -> tuple[Recording, Removal | None]:
    number, name, series, labels, start, end, fraction, bad, total, reason, who, at, why, by, removed_at = row
    found = Recording(
        name=name,
        series=tuple(series.split(",")),
        labels=labels_of(labels),
        start=start,
        end=end,
        fraction=None if fraction is None else Fraction(fraction),
        bad=bad,
        total=total,
        reason=reason,
        who=who,
        recorded_at=at,
        id=number,
    )
    return found, None if removed_at is None else Removal(why, by, removed_at)


def _why_not(number: int, known: Sequence[tuple[Recording, Removal | None]], in_force: Sequence[str]) -> RecordError:
    for each, removed in known:
        if each.id == number and removed is not None:
            at = f"{datetime.fromtimestamp(removed.removed_at, UTC):%Y-%m-%d %H:%M} UTC"
            return RecordError(f"recording {number} was removed already, {at} by {removed.who}: {removed.reason}")
    return not_found("recording", str(number), in_force)
