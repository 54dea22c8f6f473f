"""What turns find: levels and their changes; and which server takes the turns."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "level_change",
        sa.Column("id", _big, sa.Identity(), nullable=False),
        *_columns_of_a_change(),
        sa.PrimaryKeyConstraint("id", name="pk_level_change"),
    )
    op.create_index("ix_level_change_slo", "level_change", ["slo", "id"])
    op.create_table("standing", *_columns_of_a_change(), sa.PrimaryKeyConstraint("slo", name="pk_standing"))
    op.create_table(
        "lead",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("until", _big, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lead"),
    )


def _columns_of_a_change() -> list[sa.Column[Any]]:
    return [
        sa.Column("slo", sa.Text, nullable=False),
        sa.Column("at", _big, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("before", "after", "reason")),
    ]
