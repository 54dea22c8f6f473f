"""Corrections that are recorded, and their removals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "correction",
        sa.Column("id", _big, sa.Identity(), nullable=False),
        *(_text(name) for name in ("slos", "services")),
        *(_number(name) for name in ("start_first", "end_first")),
        *(_text(name) for name in ("mode", "applies_to", "reason", "approver")),
        *(sa.Column(name, sa.Text) for name in ("recurrence", "zone")),
        *(sa.Column(name, _big) for name in ("until", "announced_at")),
        *(_number(name) for name in ("notice_seconds", "recorded_at")),
        sa.PrimaryKeyConstraint("id", name="pk_correction"),
    )
    op.create_table(
        "correction_removal",
        sa.Column("correction_id", _big, autoincrement=False, nullable=False),
        _text("reason"),
        _number("removed_at"),
        sa.PrimaryKeyConstraint("correction_id", name="pk_correction_removal"),
    )


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, _big, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)
