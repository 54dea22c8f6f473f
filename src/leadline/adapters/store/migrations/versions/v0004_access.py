"""Tokens and their revocations; writes that were asked for, and how they ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the four tables."""
    op.create_table(
        "token",
        *(_text(name) for name in ("id", "name", "role", "fingerprint")),
        _number("created_at"),
        _text("created_by"),
        _number("expires_at"),
        sa.PrimaryKeyConstraint("id", name="pk_token"),
    )
    op.create_table(
        "token_revocation",
        *(_text(name) for name in ("token_id", "reason", "who")),
        _number("revoked_at"),
        sa.PrimaryKeyConstraint("token_id", name="pk_token_revocation"),
    )
    op.create_table(
        "audit",
        sa.Column("id", _big, sa.Identity(), nullable=False),
        _number("at"),
        *(_text(name) for name in ("who", "via", "token_id", "operation", "request")),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_table(
        "audit_outcome",
        sa.Column("audit_id", _big, autoincrement=False, nullable=False),
        _text("outcome"),
        _number("at"),
        sa.PrimaryKeyConstraint("audit_id", name="pk_audit_outcome"),
    )


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, _big, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)
