"""Traffic made for benchmarks: busy days, quiet nights, Poisson noise, few errors, an outage in some; seeded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leadline.core.slices import HOUR, SLICES_PER_HOUR, STEP, HourSums, Ints, SeriesKey, SliceBatch

END = 1_767_225_600
"""2026-01-01T00:00Z: made history ends here, or some hours later."""
DAY = 86_400
DAYS = 28


@dataclass(frozen=True, slots=True, eq=False)
class Minutes:
    """Every slice of one SLI from `start` on; all were seen."""

    start: int
    bad: Ints
    total: Ints

    @staticmethod
    def made(seed: int, start: int, count: int) -> Minutes:
        rng = np.random.default_rng(seed)
        hour = (start // STEP + np.arange(count)) % 1440 / 60
        busy = 60 * (1 + seed % 17) * (1.05 + np.sin(2 * np.pi * (hour - 8) / 24))
        total = rng.poisson(busy)
        share = np.full(count, 0.0004)
        if count > DAY // STEP:
            outage = int(rng.integers(0, count - 60))
            share[outage : outage + 30] = 0.3
        return Minutes(start, rng.binomial(total, share), total)

    def hours(self) -> HourSums:
        by_hour = (-1, SLICES_PER_HOUR)
        bits = np.uint64(1) << np.arange(SLICES_PER_HOUR, dtype=np.uint64)
        bad, total = self.bad.reshape(by_hour), self.total.reshape(by_hour)
        seen = np.full(len(bad), bits.sum(), dtype=np.uint64)
        traffic = np.where(total > 0, bits, np.uint64(0)).sum(axis=1, dtype=np.uint64)
        return HourSums(self.start, bad.sum(axis=1), total.sum(axis=1), seen, traffic)

    def batch(self, sli: str) -> SliceBatch:
        starts = self.start + STEP * np.arange(len(self.bad), dtype=np.int64)
        return SliceBatch(SeriesKey(sli), starts, self.bad, self.total)


def sli_names(count: int) -> list[str]:
    return [f"svc-{number:05d}-availability" for number in range(count)]


def hour_floor(at: int) -> int:
    return at // HOUR * HOUR
