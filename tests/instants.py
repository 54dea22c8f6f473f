"""The clock of the tests: fixed, aware, and a whole number of slices since the epoch."""

from __future__ import annotations

from datetime import UTC, datetime

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
"""A Wednesday."""
NOON_SECONDS = int(NOON.timestamp())
