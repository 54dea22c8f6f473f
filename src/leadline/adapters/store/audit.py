"""The record of writes that were asked for: each one and how it ended is added, nothing is edited."""

from __future__ import annotations

from collections.abc import Sequence

from leadline.adapters.store import schema
from leadline.adapters.store.database import Database
from leadline.adapters.store.rows import fetch, put
from leadline.ports.audit import AuditEntry, Caller

_NEWEST = """
SELECT a.id, a.at, a.who, a.via, a.token_id, a.operation, a.request, o.outcome
FROM audit a LEFT JOIN audit_outcome o ON o.audit_id = a.id WHERE a.id < ? ORDER BY a.id DESC LIMIT ?
"""
_BEFORE_ALL = 2**62


class SqlAudit:
    """An `Audit` in tables of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, entry: AuditEntry) -> int:
        caller = entry.caller
        values = (entry.at, caller.name, caller.via, caller.token_id, entry.operation, entry.request)
        with self._database.writing() as connection:
            put(connection, schema.audit, *([value] for value in values))
            return int(fetch(connection, "SELECT max(id) FROM audit")[0][0])

    def end(self, number: int, outcome: str, at: int) -> None:
        with self._database.writing() as connection:
            put(connection, schema.audit_outcome, [number], [outcome], [at])

    def newest(self, limit: int, before: int | None = None) -> Sequence[AuditEntry]:
        with self._database.reading() as connection:
            rows = fetch(connection, _NEWEST, before or _BEFORE_ALL, limit) if connection else ()
        return [
            AuditEntry(at, Caller(who, via, token_id), operation, request, number, outcome)
            for number, at, who, via, token_id, operation, request, outcome in rows
        ]
