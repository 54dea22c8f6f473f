"""Writes `recording.parquet`: four weeks of a small shop, seeded, so that the file can be made again."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from leadline.adapters.files.slices import DuckDbSliceFiles
from leadline.core.slices import STEP
from leadline.ports.slice_files import SliceRows

END = 1_793_620_800
"""2026-11-02T12:00:00Z, the instant of the demo."""
DAYS = 29
START = END - DAYS * 86_400


def main() -> None:
    """Traffic by day and week, one outage at a peak, slow nights, one double charge avoided, one dead exporter."""
    rng = np.random.default_rng(7)
    starts = np.arange(START, END, STEP)
    day = (starts % 86_400) / 86_400
    weekend = np.isin(((starts // 86_400) + 4) % 7, (0, 6))
    shape = (0.15 + 0.85 * np.clip(np.sin(math.pi * (day - 0.25) / 0.625), 0, 1) ** 2) * np.where(weekend, 0.5, 1.0)
    requests = rng.poisson(600 * shape)
    outage = (starts >= END - 9 * 86_400 - 1_800) & (starts < END - 9 * 86_400 + 1_200)
    failures = rng.binomial(requests, np.where(outage, 0.6, 0.0002))
    searches = rng.poisson(2_000 * shape)
    slow = rng.binomial(searches, np.where((day > 1 / 24) & (day < 3 / 24), 0.34, 0.022))
    audits = rng.poisson(8 * shape)
    checks = np.ones_like(starts)
    stale = (rng.random(len(starts)) < 0.002).astype(np.int64)
    alive = starts < END - 2_400
    parts = [
        _rows("checkout-requests", starts, failures, requests),
        _rows("checkout-audits", starts, np.zeros_like(audits), audits),
        _rows("search-fast", starts, slow, searches),
        _rows("search-index-age", starts[alive], stale[alive], checks[alive]),
    ]
    DuckDbSliceFiles().write(Path(__file__).with_name("recording.parquet"), SliceRows.concatenated(parts), ())


def _rows(sli: str, starts: np.ndarray, bad: np.ndarray, total: np.ndarray) -> SliceRows:
    return SliceRows.of(sli, starts, bad.astype(np.float64), total.astype(np.float64), {})


if __name__ == "__main__":
    main()
