"""Tables of decisions, permits and duties."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text, UniqueConstraint

from leadline.adapters.store.columns import counted, key, number, words
from leadline.adapters.store.schema import metadata

decision = Table(
    "decision",
    metadata,
    counted("id"),
    *(words(name) for name in ("service", "kind", "ref", "author", "asked_by")),
    number("at"),
    *(words(name) for name in ("outcome", "inputs", "ruling", "sha256")),
    Index("ix_decision_service", "service", "id"),
)

permit = Table(
    "permit",
    metadata,
    counted("id"),
    *(words(name) for name in ("form", "service", "kind", "ref", "role", "who", "given_by", "grounds", "reason")),
    words("checked"),
    *(number(name) for name in ("given_at", "expires_at", "decision_id")),
    Index("ix_permit_expires_at", "expires_at"),
)

permit_confirmation = Table("permit_confirmation", metadata, key("permit_id"), words("who"), number("at"))

permit_withdrawal = Table("permit_withdrawal", metadata, key("permit_id"), words("who"), words("reason"), number("at"))

service_level = Table(
    "service_level", metadata, Column("service", Text, primary_key=True), words("level"), number("since")
)

duty = Table(
    "duty",
    metadata,
    counted("id"),
    *(words(name) for name in ("key", "service", "level", "name", "text", "by")),
    *(number(name) for name in ("made_at", "due_at")),
    UniqueConstraint("key"),
    Index("ix_duty_due_at", "due_at"),
)

duty_done = Table("duty_done", metadata, key("duty_id"), number("at"), words("who"), words("note"))
