"""The record of the handbook's documents: each change is added, nothing is edited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from leadline.adapters.store import schema
from leadline.adapters.store.database import Database
from leadline.adapters.store.rows import fetch, put
from leadline.handbook.revisions import Revision
from leadline.handbook.specs import Document, Handbook, Place

_LATEST = """
SELECT kind, name, sha256 FROM spec_revision WHERE id IN (SELECT max(id) FROM spec_revision GROUP BY kind, name)
"""
_HISTORY = """
SELECT kind, name, canonical, sha256, effective_from, seen_at FROM spec_revision
WHERE (? = '' OR kind = ?) AND (? = '' OR name = ?) ORDER BY id
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

    def history(self, kind: str = "", name: str = "") -> tuple[Revision, ...]:
        with self._database.reading() as connection:
            rows = fetch(connection, _HISTORY, kind, kind, name, name) if connection else ()
        return tuple(
            Revision(Document(kind, name, canonical, sha256, effective_from, _place(kind, name, seen_at)), seen_at)
            for kind, name, canonical, sha256, effective_from, seen_at in rows
        )


def _place(kind: str, name: str, seen_at: int) -> Place:
    return Place(f"{kind} {name}, recorded {datetime.fromtimestamp(seen_at, UTC):%Y-%m-%d %H:%M} UTC", 1)


def _changed(connection: Connection | None, handbook: Handbook) -> Sequence[Document]:
    latest = {(kind, name): sha256 for kind, name, sha256 in fetch(connection, _LATEST)} if connection else {}
    documents = {(each.kind, each.name): each for each in handbook.documents}
    return [each for key, each in documents.items() if latest.get(key) != each.sha256]
