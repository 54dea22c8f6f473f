"""Tables of the outbox; a notice that waits for its deliveries to be planned stands in the queue."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, UniqueConstraint

from leadline.adapters.store.columns import big, counted, key, number, words
from leadline.adapters.store.schema import metadata

notice = Table(
    "notice",
    metadata,
    counted("id"),
    *(words(name) for name in ("key", "thread", "kind")),
    number("at"),
    *(words(name) for name in ("severity", "service", "slo", "team")),
    Column("tier", big),
    *(words(name) for name in ("title", "text", "facts")),
    UniqueConstraint("key"),
)

notice_queue = Table("notice_queue", metadata, key("notice_id"))

delivery = Table(
    "delivery",
    metadata,
    counted("id"),
    number("notice_id"),
    *(words(name) for name in ("target", "thread", "state")),
    *(number(name) for name in ("since", "due_at", "attempts")),
    *(words(name) for name in ("why", "receipt")),
    Column("repeat_at", big),
    UniqueConstraint("notice_id", "target"),
    Index("ix_delivery_state", "state", "due_at"),
    Index("ix_delivery_repeat", "repeat_at"),
    Index("ix_delivery_thread", "thread", "target"),
)

delivery_attempt = Table(
    "delivery_attempt",
    metadata,
    counted("id"),
    *(number(name) for name in ("delivery_id", "at")),
    *(words(name) for name in ("outcome", "detail")),
    Index("ix_delivery_attempt_delivery", "delivery_id"),
)
