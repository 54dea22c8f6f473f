"""Rollbacks, their steps, and the switch that stops them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "rollback",
        sa.Column("id", _big, sa.Identity(), nullable=False),
        _text("episode"),
        _number("change_id"),
        *(_text(name) for name in ("service", "slo", "tier")),
        _number("asked_at"),
        *(_text(name) for name in ("document", "signature")),
        sa.PrimaryKeyConstraint("id", name="pk_rollback"),
        sa.UniqueConstraint("episode", "change_id", name="uq_rollback"),
    )
    op.create_index("ix_rollback_change", "rollback", ["change_id"])
    op.create_table(
        "rollback_step",
        sa.Column("id", _big, sa.Identity(), nullable=False),
        *(_number(name) for name in ("rollback_id", "at")),
        *(_text(name) for name in ("state", "who", "detail")),
        sa.PrimaryKeyConstraint("id", name="pk_rollback_step"),
    )
    op.create_index("ix_rollback_step_rollback", "rollback_step", ["rollback_id"])
    op.create_index("ix_rollback_step_state", "rollback_step", ["state", "at"])
    op.create_table(
        "rollback_switch",
        sa.Column("id", _big, sa.Identity(), nullable=False),
        *(_number(name) for name in ("is_stopped", "at")),
        *(_text(name) for name in ("who", "reason")),
        sa.PrimaryKeyConstraint("id", name="pk_rollback_switch"),
    )


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, _big, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)
