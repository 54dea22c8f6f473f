"""Changes and incidents, and their ends."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the four tables."""
    op.create_table(
        "change",
        sa.Column("id", _big, sa.Identity(), nullable=False),
        *(_text(name) for name in ("service", "kind", "ref")),
        _number("started_at"),
        sa.Column("finished_at", _big),
        *(_text(name) for name in ("source", "who")),
        _number("recorded_at"),
        _text("fixes"),
        sa.PrimaryKeyConstraint("id", name="pk_change"),
    )
    op.create_index("ix_change_started_at", "change", ["started_at"])
    op.create_table(
        "incident",
        sa.Column("id", _big, sa.Identity(), nullable=False),
        *(_text(name) for name in ("title", "service", "slos", "severity")),
        _number("started_at"),
        sa.Column("finished_at", _big),
        _text("who"),
        _number("recorded_at"),
        sa.PrimaryKeyConstraint("id", name="pk_incident"),
    )
    for of in ("change", "incident"):
        op.create_table(
            f"{of}_end",
            sa.Column(f"{of}_id", _big, autoincrement=False, nullable=False),
            _number("finished_at"),
            _text("who"),
            _number("recorded_at"),
            sa.PrimaryKeyConstraint(f"{of}_id", name=f"pk_{of}_end"),
        )


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, _big, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)
