"""Recordings of people and their removals; who has removed a correction."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create both tables, and name nobody for the removals that are there."""
    op.create_table(
        "recording",
        sa.Column("id", _big, sa.Identity(), nullable=False),
        *(_text(name) for name in ("name", "series", "labels")),
        *(_number(name) for name in ("start_first", "end_first")),
        sa.Column("fraction", sa.Text),
        _number("bad"),
        sa.Column("total", _big),
        *(_text(name) for name in ("reason", "who")),
        _number("recorded_at"),
        sa.PrimaryKeyConstraint("id", name="pk_recording"),
    )
    op.create_table(
        "recording_removal",
        sa.Column("recording_id", _big, autoincrement=False, nullable=False),
        *(_text(name) for name in ("reason", "who")),
        _number("removed_at"),
        sa.PrimaryKeyConstraint("recording_id", name="pk_recording_removal"),
    )
    op.add_column("correction_removal", sa.Column("who", sa.Text, nullable=False, server_default=""))


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, _big, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)
