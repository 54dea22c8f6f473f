"""Decisions, permits and duties."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the seven tables."""
    _decisions()
    _permits()
    _duties()


def _decisions() -> None:
    op.create_table(
        "decision",
        sa.Column("id", _big, sa.Identity(), nullable=False),
        *(_text(name) for name in ("service", "kind", "ref", "author", "asked_by")),
        _number("at"),
        *(_text(name) for name in ("outcome", "inputs", "ruling", "sha256")),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
    )
    op.create_index("ix_decision_service", "decision", ["service", "id"])


def _permits() -> None:
    named = ("form", "service", "kind", "ref", "role", "who", "given_by", "grounds", "reason", "checked")
    op.create_table(
        "permit",
        sa.Column("id", _big, sa.Identity(), nullable=False),
        *(_text(name) for name in named),
        *(_number(name) for name in ("given_at", "expires_at", "decision_id")),
        sa.PrimaryKeyConstraint("id", name="pk_permit"),
    )
    op.create_index("ix_permit_expires_at", "permit", ["expires_at"])
    op.create_table(
        "permit_confirmation",
        _key("permit_id"),
        _text("who"),
        _number("at"),
        sa.PrimaryKeyConstraint("permit_id", name="pk_permit_confirmation"),
    )
    op.create_table(
        "permit_withdrawal",
        _key("permit_id"),
        *(_text(name) for name in ("who", "reason")),
        _number("at"),
        sa.PrimaryKeyConstraint("permit_id", name="pk_permit_withdrawal"),
    )


def _duties() -> None:
    op.create_table(
        "service_level",
        *(_text(name) for name in ("service", "level")),
        _number("since"),
        sa.PrimaryKeyConstraint("service", name="pk_service_level"),
    )
    op.create_table(
        "duty",
        sa.Column("id", _big, sa.Identity(), nullable=False),
        *(_text(name) for name in ("key", "service", "level", "name", "text", "by")),
        *(_number(name) for name in ("made_at", "due_at")),
        sa.PrimaryKeyConstraint("id", name="pk_duty"),
        sa.UniqueConstraint("key", name="uq_duty"),
    )
    op.create_index("ix_duty_due_at", "duty", ["due_at"])
    op.create_table(
        "duty_done",
        _key("duty_id"),
        _number("at"),
        *(_text(name) for name in ("who", "note")),
        sa.PrimaryKeyConstraint("duty_id", name="pk_duty_done"),
    )


def _key(name: str) -> sa.Column[int]:
    return sa.Column(name, _big, autoincrement=False, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, _big, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)
