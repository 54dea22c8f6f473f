"""
Slices: what one SLI saw in one step of time, as integers.

A slice counts bad and total events in units of the SLI's quantum. A slice that is not there is `no_data`; one that is
there with a total of 0 is `no_traffic`; the two are never the same. This module holds the shapes in which slices
travel; it leaves out where they are kept (`adapters/store`) and how queries become slices (`domains/measurement`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

STEP = 60
"""Seconds of one slice; starts are whole multiples of it since the epoch, UTC."""
HOUR = 3600
SLICES_PER_HOUR = HOUR // STEP

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Labels = tuple[tuple[str, str], ...]
"""Label names and values of one group, sorted by name; empty for an SLI without groups."""


class SliceState(StrEnum):
    """What is known of one slice."""

    MEASURED = "measured"
    NO_TRAFFIC = "no_traffic"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True, order=True)
class SeriesKey:
    """One leaf of an SLI: the SLI's id in the ledger and the labels of the group."""

    sli: str
    labels: Labels = ()

    @staticmethod
    def of(sli: str, **labels: str) -> SeriesKey:
        return SeriesKey(sli, tuple(sorted(labels.items())))


def _ints(values: Any) -> Ints:
    return np.ascontiguousarray(values, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class SliceBatch:
    """
    Seen slices of one series, to be written: three equally long int64 arrays.

    `starts` are epoch seconds, multiples of `STEP`, strictly increasing; `bad` and `total` are >= 0, in quanta.
    """

    key: SeriesKey
    starts: Ints
    bad: Ints
    total: Ints
    may_exceed: bool = False
    """True for MTBF alone, where failures may outnumber the minutes of a slice."""

    def __post_init__(self) -> None:
        for name in ("starts", "bad", "total"):
            object.__setattr__(self, name, _ints(getattr(self, name)))
        if not self.starts.shape == self.bad.shape == self.total.shape or self.starts.ndim != 1:
            raise ValueError(f"{self.key}: starts, bad and total must be equally long")
        if (self.starts % STEP).any():
            raise ValueError(f"{self.key}: a start is not a multiple of {STEP} s")
        if (np.diff(self.starts) <= 0).any():
            raise ValueError(f"{self.key}: starts must increase")
        if (self.bad < 0).any() or (self.total < 0).any():
            raise ValueError(f"{self.key}: bad and total must not be negative")
        if not self.may_exceed and (self.bad > self.total).any():
            raise ValueError(f"{self.key}: bad must not exceed total")

    def __len__(self) -> int:
        return len(self.starts)


@dataclass(frozen=True, slots=True, eq=False)
class DenseSlices:
    """Every slice of [start, start + len·STEP) of one series; where `seen` is False (no_data), bad and total are 0."""

    start: int
    bad: Ints
    total: Ints
    seen: Bools

    @property
    def end(self) -> int:
        return self.start + len(self.bad) * STEP


@dataclass(frozen=True, slots=True, eq=False)
class HourSums:
    """
    Hourly sums of one series from `start` (a whole hour), one element for each hour.

    `seen` and `traffic` are bit masks (uint64): bit i stands for slice i of the hour, so that the union of several
    groups or writers is exact.
    """

    start: int
    bad: Ints
    total: Ints
    seen: NDArray[np.uint64]
    """Bit i: slice i was seen (measured or no_traffic)."""
    traffic: NDArray[np.uint64]
    """Bit i: slice i was seen with total > 0."""


@dataclass(frozen=True, slots=True, eq=False)
class SliceTable:
    """Slices of many series over one span from `start` on, [series, slices] each; as `DenseSlices` of every series."""

    keys: tuple[SeriesKey, ...]
    start: int
    bad: Ints
    total: Ints
    seen: Bools
