"""Tables of changes and incidents, and of their ends."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table

from leadline.adapters.store.columns import big, counted, key, number, words
from leadline.adapters.store.schema import metadata

change = Table(
    "change",
    metadata,
    counted("id"),
    *(words(name) for name in ("service", "kind", "ref")),
    number("started_at"),
    Column("finished_at", big),
    *(words(name) for name in ("source", "who")),
    number("recorded_at"),
    words("fixes"),
    Index("ix_change_started_at", "started_at"),
)

incident = Table(
    "incident",
    metadata,
    counted("id"),
    *(words(name) for name in ("title", "service", "slos", "severity")),
    number("started_at"),
    Column("finished_at", big),
    words("who"),
    number("recorded_at"),
)


def _end_of(table: Table) -> Table:
    name = table.name
    parts = (key(f"{name}_id"), number("finished_at"), words("who"), number("recorded_at"))
    return Table(f"{name}_end", metadata, *parts)


change_end, incident_end = _end_of(change), _end_of(incident)
