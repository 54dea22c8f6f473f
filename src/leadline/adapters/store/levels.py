"""The record of levels: each change is added, and beside it the last of each objective is kept for whoever asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from leadline.adapters.store import schema
from leadline.adapters.store.database import Database
from leadline.adapters.store.rows import fetch, put
from leadline.ports.levels import LevelChange

_LATEST = "SELECT slo, at, before, after, reason FROM standing"
_HISTORY = """
SELECT slo, at, before, after, reason FROM (
  SELECT c.*, row_number() OVER (PARTITION BY slo ORDER BY id DESC) AS number FROM level_change c WHERE slo IN LIST(?)
) AS numbered WHERE number <= ? ORDER BY id DESC
"""


def append_levels(connection: Connection, changes: Sequence[LevelChange]) -> int:
    """Append, in the transaction of the connection, the changes whose `before` is how it stands."""
    known = _latest(connection) if changes else {}
    new = [each for each in changes if (known[each.slo].after if each.slo in known else "") == each.before]
    columns = [[getattr(each, name) for each in new] for name in LevelChange.__slots__]
    put(connection, schema.level_change, *columns)
    put(connection, schema.standing, *columns)
    return len(new)


class SqlLevels:
    """A `Levels` in two tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self) -> Mapping[str, LevelChange]:
        with self._database.reading() as connection:
            return _latest(connection) if connection else {}

    def append(self, changes: Sequence[LevelChange]) -> int:
        if not changes:
            return 0
        with self._database.writing() as connection:
            return append_levels(connection, changes)

    def history(self, slos: Sequence[str], most: int) -> tuple[LevelChange, ...]:
        with self._database.reading() as connection:
            rows = fetch(connection, _HISTORY, list(slos), most) if connection else ()
        return tuple(LevelChange(*row) for row in rows)


def _latest(connection: Connection) -> dict[str, LevelChange]:
    return {row[0]: LevelChange(*row) for row in fetch(connection, _LATEST)}
