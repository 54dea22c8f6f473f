"""What the contract of the ledger is tried with: every kind of ledger, batches made by hand, and an oracle."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from fakes import MemoryLedger
from leadline.adapters.store import open_store
from leadline.core.slices import HOUR, STEP, DenseSlices, HourSums, SeriesKey, SliceBatch
from leadline.ports.ledger import Ledger

NOON = 1_767_268_800
"""2026-01-01T12:00:00Z."""
DAY = 24 * HOUR
KINDS = ("memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql))
DATABASES = KINDS[1:]
_names = itertools.count(1)


def database_url(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """Address of a database that nobody has used."""
    if kind == "postgresql":
        return str(request.getfixturevalue("postgresql_database"))
    return f"sqlite:///{folder / 'leadline.db'}"


def ledgers(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Ledger]:
    if kind == "memory":
        yield MemoryLedger()
        return
    with open_store(database_url(kind, request, folder)) as store:
        yield store.ledger


def new_name() -> str:
    """An SLI that no test and no example has used."""
    return f"sli-{next(_names)}"


def batch(sli: str, slices: Mapping[int, tuple[int, int]], **labels: str) -> SliceBatch:
    """Slices given as {start: (bad, total)}."""
    starts = sorted(slices)
    bad, total = ([slices[start][column] for start in starts] for column in (0, 1))
    return SliceBatch(SeriesKey.of(sli, **labels), starts, bad, total)


def run_of(sli: str, start: int, count: int, bad: int = 1, total: int = 100, **labels: str) -> SliceBatch:
    """`count` equal slices, one after the other."""
    return batch(sli, {start + at * STEP: (bad, total) for at in range(count)}, **labels)


def seen(dense: DenseSlices) -> dict[int, tuple[int, int]]:
    """What was seen, as {start: (bad, total)}; what was not seen must be zero."""
    assert not dense.bad[~dense.seen].any()
    assert not dense.total[~dense.seen].any()
    rows = zip(dense.bad.tolist(), dense.total.tolist(), dense.seen.tolist(), strict=True)
    return {dense.start + at * STEP: (bad, total) for at, (bad, total, is_seen) in enumerate(rows) if is_seen}


def slices_of(ledger: Ledger, sli: str, start: int, end: int, **labels: str) -> dict[int, tuple[int, int]]:
    return seen(ledger.read([sli], start, end)[SeriesKey.of(sli, **labels)])


def hours_by_hand(slices: Mapping[int, tuple[int, int]], start: int, end: int) -> list[tuple[int, int, int, int]]:
    """(bad, total, seen, traffic) of each hour, added one slice at a time."""
    rows = []
    for hour in range(start, end, HOUR):
        inside = {(at - hour) // STEP: pair for at, pair in slices.items() if hour <= at < hour + HOUR}
        rows.append(
            (
                sum(bad for bad, _ in inside.values()),
                sum(total for _, total in inside.values()),
                sum(1 << bit for bit in inside),
                sum(1 << bit for bit, (_, total) in inside.items() if total),
            )
        )
    return rows


def rows_of(sums: HourSums) -> list[tuple[int, int, int, int]]:
    columns: Sequence[np.ndarray] = (sums.bad, sums.total, sums.seen, sums.traffic)
    return list(zip(*(column.tolist() for column in columns), strict=True))
