"""The outbox: notices, their deliveries, and what became of each attempt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the four tables."""
    op.create_table(
        "notice",
        _counted(),
        *(_text(name) for name in ("key", "thread", "kind")),
        _number("at"),
        *(_text(name) for name in ("severity", "service", "slo", "team")),
        sa.Column("tier", _big),
        *(_text(name) for name in ("title", "text", "facts")),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("key", name="uq_notice"),
    )
    op.create_table(
        "notice_queue",
        sa.Column("notice_id", _big, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("notice_id", name="pk_notice_queue"),
    )
    _create_deliveries()


def _create_deliveries() -> None:
    op.create_table(
        "delivery",
        _counted(),
        _number("notice_id"),
        *(_text(name) for name in ("target", "thread", "state")),
        *(_number(name) for name in ("since", "due_at", "attempts")),
        *(_text(name) for name in ("why", "receipt")),
        sa.Column("repeat_at", _big),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint("notice_id", "target", name="uq_delivery"),
    )
    op.create_index("ix_delivery_state", "delivery", ["state", "due_at"])
    op.create_index("ix_delivery_repeat", "delivery", ["repeat_at"])
    op.create_index("ix_delivery_thread", "delivery", ["thread", "target"])
    op.create_table(
        "delivery_attempt",
        _counted(),
        *(_number(name) for name in ("delivery_id", "at")),
        *(_text(name) for name in ("outcome", "detail")),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_attempt"),
    )
    op.create_index("ix_delivery_attempt_delivery", "delivery_attempt", ["delivery_id"])


def _counted() -> sa.Column[int]:
    return sa.Column("id", _big, sa.Identity(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, _big, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)
