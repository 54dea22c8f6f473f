"""The ledger, its imports, and the revisions of the handbook."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create every table."""
    _create_slices()
    _create_records()
    _create_imports()


def _key(name: str) -> sa.Column[int]:
    return sa.Column(name, _big, autoincrement=False, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, _big, nullable=False)


def _counted(name: str) -> sa.Column[int]:
    return sa.Column(name, _big, sa.Identity(), nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _payload() -> sa.Column[bytes]:
    return sa.Column("payload", sa.LargeBinary, nullable=False)


def _primary(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _create_slices() -> None:
    op.create_table(
        "series",
        _counted("id"),
        _text("sli"),
        _text("labels"),
        _text("writer"),
        _primary("series", "id"),
        sa.UniqueConstraint("sli", "labels", "writer", name="uq_series"),
    )
    op.create_table(
        "slice_tail",
        _key("series_id"),
        _key("start"),
        _number("bad"),
        _number("total"),
        _primary("slice_tail", "series_id", "start"),
        sqlite_with_rowid=False,
    )
    for table, column in (("slice_block", "hour"), ("slice_day", "day")):
        op.create_table(
            table,
            _key("series_id"),
            _key(column),
            _payload(),
            _primary(table, "series_id", column),
            sqlite_with_rowid=False,
        )


def _create_records() -> None:
    op.create_table(
        "slice_override",
        _counted("id"),
        *(_number(name) for name in ("series_id", "start_first", "start_last", "count", "at_seq")),
        _primary("slice_override", "id"),
    )
    op.create_table(
        "watermark",
        _text("sli"),
        _text("writer"),
        _number("start"),
        _number("until"),
        _text("carry"),
        _number("inconsistent_count"),
        _text("question"),
        _primary("watermark", "sli", "writer"),
        sqlite_with_rowid=False,
    )
    op.create_table("ledger_change", _counted("seq"), _payload(), _primary("ledger_change", "seq"))
    op.create_table("ledger_state", _text("name"), _number("value"), _primary("ledger_state", "name"))
    op.create_table(
        "spec_revision",
        _counted("id"),
        *(_text(name) for name in ("kind", "name", "sha256", "canonical")),
        _number("seen_at"),
        sa.Column("effective_from", sa.Text),
        _primary("spec_revision", "id"),
    )


def _create_imports() -> None:
    op.create_table(
        "import_batch",
        _counted("id"),
        sa.Column("is_committed", sa.Boolean, nullable=False),
        sa.Column("touched_at", sa.Float, nullable=False),
        _primary("import_batch", "id"),
    )
    op.create_table(
        "import_series",
        _key("batch"),
        _key("local_id"),
        _number("series_id"),
        _primary("import_series", "batch", "local_id"),
    )
    op.create_table(
        "import_stage", _key("batch"), _key("piece"), _payload(), _primary("import_stage", "batch", "piece")
    )
