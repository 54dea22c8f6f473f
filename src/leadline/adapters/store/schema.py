"""
Tables of the store, as they stand after the newest migration; `migrations/` is the way there, and a test compares both.

Starts are epoch seconds, hours and days are counted since the epoch, payloads are described where they are made:
`blocks`, `days`, `imports`, `changes`.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, LargeBinary, MetaData, Table, Text, UniqueConstraint

from leadline.adapters.store.columns import big as _big
from leadline.adapters.store.columns import counted as _counted
from leadline.adapters.store.columns import key as _key
from leadline.adapters.store.columns import number as _number

NEWEST = "0011"
KNOWN = frozenset({"0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011"})
"""Every revision that this code can bring up to `NEWEST`; any other was written by a newer version."""

metadata = MetaData(naming_convention={"uq": "uq_%(table_name)s", "pk": "pk_%(table_name)s"})

series = Table(
    "series",
    metadata,
    _counted("id"),
    Column("sli", Text, nullable=False),
    Column("labels", Text, nullable=False),
    Column("writer", Text, nullable=False),
    UniqueConstraint("sli", "labels", "writer"),
)

slice_tail = Table(
    "slice_tail",
    metadata,
    _key("start"),
    _key("series_id"),
    _number("bad"),
    _number("total"),
    sqlite_with_rowid=False,
)

slice_block = Table(
    "slice_block",
    metadata,
    _key("series_id"),
    _key("hour"),
    Column("payload", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

slice_day = Table(
    "slice_day",
    metadata,
    _key("series_id"),
    _key("day"),
    Column("payload", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

slice_override = Table(
    "slice_override",
    metadata,
    _counted("id"),
    _number("series_id"),
    _number("start_first"),
    _number("start_last"),
    _number("count"),
    _number("at_seq"),
)

watermark = Table(
    "watermark",
    metadata,
    Column("sli", Text, primary_key=True),
    Column("writer", Text, primary_key=True),
    _number("start"),
    Column("carry", Text, nullable=False),
    _number("inconsistent_count"),
    Column("question", Text, nullable=False),
    _number("number"),
    sqlite_with_rowid=False,
)

watermark_end = Table("watermark_end", metadata, _key("number"), _number("until"))

ledger_change = Table("ledger_change", metadata, _counted("seq"), Column("payload", LargeBinary, nullable=False))

ledger_state = Table("ledger_state", metadata, Column("name", Text, primary_key=True), _number("value"))

import_batch = Table(
    "import_batch",
    metadata,
    _counted("id"),
    Column("is_committed", Boolean, nullable=False),
    Column("touched_at", Float, nullable=False),
)

import_series = Table("import_series", metadata, _key("batch"), _key("local_id"), _number("series_id"))

import_stage = Table(
    "import_stage", metadata, _key("batch"), _key("piece"), Column("payload", LargeBinary, nullable=False)
)

spec_revision = Table(
    "spec_revision",
    metadata,
    _counted("id"),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("canonical", Text, nullable=False),
    _number("seen_at"),
    Column("effective_from", Text),
)

correction = Table(
    "correction",
    metadata,
    _counted("id"),
    Column("slos", Text, nullable=False),
    Column("services", Text, nullable=False),
    _number("start_first"),
    _number("end_first"),
    Column("mode", Text, nullable=False),
    Column("applies_to", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("approver", Text, nullable=False),
    Column("recurrence", Text),
    Column("zone", Text),
    Column("until", _big),
    Column("announced_at", _big),
    _number("notice_seconds"),
    _number("recorded_at"),
)

correction_removal = Table(
    "correction_removal",
    metadata,
    _key("correction_id"),
    Column("reason", Text, nullable=False),
    _number("removed_at"),
    Column("who", Text, nullable=False, server_default=""),
)

recording = Table(
    "recording",
    metadata,
    _counted("id"),
    Column("name", Text, nullable=False),
    Column("series", Text, nullable=False),
    Column("labels", Text, nullable=False),
    _number("start_first"),
    _number("end_first"),
    Column("fraction", Text),
    _number("bad"),
    Column("total", _big),
    Column("reason", Text, nullable=False),
    Column("who", Text, nullable=False),
    _number("recorded_at"),
)

recording_removal = Table(
    "recording_removal",
    metadata,
    _key("recording_id"),
    Column("reason", Text, nullable=False),
    Column("who", Text, nullable=False),
    _number("removed_at"),
)

token = Table(
    "token",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    _number("created_at"),
    Column("created_by", Text, nullable=False),
    _number("expires_at"),
)

token_revocation = Table(
    "token_revocation",
    metadata,
    Column("token_id", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("who", Text, nullable=False),
    _number("revoked_at"),
)

audit = Table(
    "audit",
    metadata,
    _counted("id"),
    _number("at"),
    Column("who", Text, nullable=False),
    Column("via", Text, nullable=False),
    Column("token_id", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("request", Text, nullable=False),
)

audit_outcome = Table(
    "audit_outcome",
    metadata,
    _key("audit_id"),
    Column("outcome", Text, nullable=False),
    _number("at"),
)

level_change = Table(
    "level_change",
    metadata,
    _counted("id"),
    Column("slo", Text, nullable=False),
    _number("at"),
    *(Column(name, Text, nullable=False) for name in ("before", "after", "reason")),
    Index("ix_level_change_slo", "slo", "id"),
)

standing = Table(
    "standing",
    metadata,
    Column("slo", Text, primary_key=True),
    _number("at"),
    *(Column(name, Text, nullable=False) for name in ("before", "after", "reason")),
)

lead = Table(
    "lead",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    _number("until"),
)
