"""The tail in the order of starts, so that a minute is one run of pages; ends of watermarks in a table of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Lay both tables out anew, with what they hold."""
    op.create_table(
        "slice_tail_new",
        *(_number(name) for name in ("start", "series_id", "bad", "total")),
        sa.PrimaryKeyConstraint("start", "series_id", name="pk_slice_tail_new"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO slice_tail_new (start, series_id, bad, total) "
        "SELECT start, series_id, bad, total FROM slice_tail ORDER BY start, series_id"
    )
    _take_the_place_of("slice_tail")
    op.create_table(
        "watermark_new",
        _text("sli"),
        _text("writer"),
        _number("start"),
        _text("carry"),
        _number("inconsistent_count"),
        _text("question"),
        _number("number"),
        sa.PrimaryKeyConstraint("sli", "writer", name="pk_watermark_new"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO watermark_new (sli, writer, start, carry, inconsistent_count, question, number) "
        "SELECT sli, writer, start, carry, inconsistent_count, question, row_number() OVER (ORDER BY writer, sli) "
        "FROM watermark"
    )
    op.create_table(
        "watermark_end",
        sa.Column("number", _big, autoincrement=False, nullable=False),
        _number("until"),
        sa.PrimaryKeyConstraint("number", name="pk_watermark_end"),
    )
    op.execute(
        "INSERT INTO watermark_end (number, until) SELECT n.number, w.until FROM watermark w "
        "JOIN watermark_new n ON n.sli = w.sli AND n.writer = w.writer ORDER BY n.number"
    )
    _take_the_place_of("watermark")


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, _big, autoincrement=False, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _take_the_place_of(table: str) -> None:
    op.drop_table(table)
    op.rename_table(f"{table}_new", table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT pk_{table}_new TO pk_{table}")
