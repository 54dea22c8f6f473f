"""Episodes of alerts and what happens to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "episode",
        sa.Column("id", _big, sa.Identity(), nullable=False),
        *(_text(name) for name in ("thread", "kind", "subject", "tier", "strategy", "severity", "action")),
        *(_text(name) for name in ("service", "team")),
        sa.Column("service_tier", _big),
        _number("began_at"),
        _text("why"),
        sa.PrimaryKeyConstraint("id", name="pk_episode"),
        sa.UniqueConstraint("thread", name="uq_episode"),
    )
    op.create_index("ix_episode_subject", "episode", ["subject", "id"])
    op.create_index("ix_episode_service", "episode", ["service", "id"])
    op.create_table(
        "episode_open",
        sa.Column("episode_id", _big, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("episode_id", name="pk_episode_open"),
    )
    op.create_table(
        "episode_event",
        sa.Column("id", _big, sa.Identity(), nullable=False),
        *(_number(name) for name in ("episode_id", "at")),
        *(_text(name) for name in ("kind", "ending", "text", "facts")),
        sa.PrimaryKeyConstraint("id", name="pk_episode_event"),
    )
    op.create_index("ix_episode_event_episode", "episode_event", ["episode_id"])


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, _big, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)
