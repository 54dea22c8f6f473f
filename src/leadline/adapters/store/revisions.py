"""The record of the handbook's documents: each change is added, nothing is edited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from leadline.adapters.store import schema
from leadline.adapters.store.database import Database
from leadline.adapters.store.rows import fetch, put
from leadline.handbook.specs import Document, Handbook

_LATEST = """
SELECT kind, name, sha256 FROM spec_revision WHERE id IN (SELECT max(id) FROM spec_revision GROUP BY kind, name)
"""


class SqlRevisions:
    """A `Revisions`; looks first, so that an unchanged handbook writes nothing and needs no right to."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, handbook: Handbook, seen_at: datetime) -> int:
        with self._database.reading() as connection:
            if not _changed(connection, handbook):
                return 0
        with self._database.writing() as connection:
            changed = _changed(connection, handbook)
            texts = ([getattr(each, name) for each in changed] for name in ("kind", "name", "sha256", "canonical"))
            seconds = [int(seen_at.timestamp())] * len(changed)
            put(connection, schema.spec_revision, *texts, seconds, [each.effective_from for each in changed])
        return len(changed)


def _changed(connection: Connection | None, handbook: Handbook) -> Sequence[Document]:
    latest = {(kind, name): sha256 for kind, name, sha256 in fetch(connection, _LATEST)} if connection else {}
    documents = {(each.kind, each.name): each for each in handbook.documents}
    return [each for key, each in documents.items() if latest.get(key) != each.sha256]
