"""The lead as one row: whoever writes finds who holds it, in the transaction in which it is taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from leadline.adapters.store import schema
from leadline.adapters.store.database import Database
from leadline.adapters.store.rows import execute, fetch, put
from leadline.ports.lead import Lease

_NAME = "engine"
_MILLISECONDS = 1_000


class SqlLead:
    """A `Lead`; serialised as every write is, on both databases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, holder: str, now: datetime, seconds: float) -> Lease:
        with self._database.writing() as connection:
            held = _held(connection)
            if held is not None and held.holder != holder and held.until > now:
                return held
            until = now + timedelta(seconds=seconds)
            put(connection, schema.lead, [_NAME], [holder], [int(until.timestamp() * _MILLISECONDS)])
            return Lease(holder, until)

    def release(self, holder: str) -> None:
        with self._database.writing() as connection:
            execute(connection, "DELETE FROM lead WHERE name = ? AND holder = ?", _NAME, holder)

    def current(self) -> Lease | None:
        with self._database.reading() as connection:
            return _held(connection) if connection else None


def _held(connection: Connection) -> Lease | None:
    rows = fetch(connection, "SELECT holder, until FROM lead WHERE name = ?", _NAME)
    return Lease(rows[0][0], datetime.fromtimestamp(rows[0][1] / _MILLISECONDS, UTC)) if rows else None
