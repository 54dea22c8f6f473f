"""Tables of rollbacks; the state of one is that of its newest step."""

from __future__ import annotations

from sqlalchemy import Index, Table, UniqueConstraint

from leadline.adapters.store.columns import counted, number, words
from leadline.adapters.store.schema import metadata

rollback = Table(
    "rollback",
    metadata,
    counted("id"),
    words("episode"),
    number("change_id"),
    *(words(name) for name in ("service", "slo", "tier")),
    number("asked_at"),
    *(words(name) for name in ("document", "signature")),
    UniqueConstraint("episode", "change_id"),
    Index("ix_rollback_change", "change_id"),
)

rollback_step = Table(
    "rollback_step",
    metadata,
    counted("id"),
    *(number(name) for name in ("rollback_id", "at")),
    *(words(name) for name in ("state", "who", "detail")),
    Index("ix_rollback_step_rollback", "rollback_id"),
    Index("ix_rollback_step_state", "state", "at"),
)

rollback_switch = Table(
    "rollback_switch",
    metadata,
    counted("id"),
    *(number(name) for name in ("is_stopped", "at")),
    *(words(name) for name in ("who", "reason")),
)
