"""
The log of what was written: one row for each write, which every process follows by its sequence number.

A payload is a deflated array of (series, start, end) for each batch of the write, each column as differences, so that
the log of a minute of 10,000 series takes some hundred bytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np
from sqlalchemy import Connection

from leadline.adapters.store.rows import fetch
from leadline.core.slices import STEP, Ints


def log_change(connection: Connection, series: Ints, first: Ints, last: Ints) -> int:
    """Note that slices from `first` to `last` of each series were written; returns the sequence number."""
    columns = np.stack([series, first, last + STEP])
    payload = zlib.compress(np.diff(columns, axis=1, prepend=0).astype("<i8").tobytes(), 1)
    return int(fetch(connection, "INSERT INTO ledger_change (payload) VALUES (?) RETURNING seq", payload)[0][0])


def logged_changes(connection: Connection, after: int) -> Iterator[tuple[int, Ints]]:
    """Sequence number and rows (series, start, end) of each write after one."""
    for seq, payload in fetch(connection, "SELECT seq, payload FROM ledger_change WHERE seq > ? ORDER BY seq", after):
        differences = np.frombuffer(zlib.decompress(payload), dtype="<i8").reshape(3, -1)
        yield seq, np.cumsum(differences, axis=1).T


def newest_change(connection: Connection) -> int:
    """The newest sequence number; 0 where nothing was written yet."""
    return int(fetch(connection, "SELECT coalesce(max(seq), 0) FROM ledger_change")[0][0])
