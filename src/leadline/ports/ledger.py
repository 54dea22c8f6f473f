"""
The ledger: the durable store of slices.

Idempotent by (series, writer, start): the same key again replaces the value, the last one wins. Reads sum `bad` and
`total` over writers; a slice is seen when any writer saw it. What `append` and `import_all` have returned from
survives `kill -9`; what they have not is either wholly there or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from leadline.core.slices import DenseSlices, HourSums, Labels, SeriesKey, SliceBatch, SliceTable

SIMULATED = "(simulation)"
"""Writer of the watermarks that say which SLIs are simulated; no DataSource can have this name."""


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far one SLI has been collected by one writer: every slice of [start, end) has been asked for."""

    sli: str
    start: int
    end: int
    carry: Mapping[Labels, tuple[float, float]] = field(default_factory=dict)
    """What cumulative rounding still owes, (bad, total) in quanta, for each group (fractional sources only)."""
    inconsistent_count: int = 0
    """Slices in which the source said bad > total; they were clamped and are not hidden."""
    question: str = ""
    """Digest of the queries whose answers these slices are; empty when it is not known."""


@dataclass(frozen=True, slots=True)
class Extent:
    """First seen slice's start and last seen slice's start of a series, epoch seconds."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Change:
    """Slices of a series in [start, end) were written; `seq` grows with each write."""

    seq: int
    key: SeriesKey
    start: int
    end: int


class Ledger(Protocol):
    """Durable slices of every SLI; any number of processes read while others write."""

    def append(self, writer: str, batches: Sequence[SliceBatch], *, watermarks: Sequence[Watermark] = ()) -> int:
        """Write batches and watermarks in one transaction; returns the number of slices written."""

    def import_all(
        self, writer: str, batches: Iterable[SliceBatch], *, progress: Callable[[int], None] = lambda _: None
    ) -> int:
        """
        Write any amount, all or nothing, in pieces that leave room for other writers; returns the count.

        `progress` is called with the number of slices of each piece as it is stored.
        """

    def rewrite(self, writer: str, start: int, end: int, batches: Sequence[SliceBatch]) -> int:
        """
        Make what a writer says of [start, end) of these series exactly these slices, in one transaction.

        A batch without slices takes back all that it said; a slice that is taken back is as if never written. Returns
        the number of slices that are other than before.
        """

    def snapshot(self) -> AbstractContextManager[None]:
        """Within the block all reads of this thread see the ledger as it is at the first, whoever writes meanwhile."""

    def watermarks(self, writer: str, slis: Sequence[str]) -> dict[str, Watermark]:
        """Watermarks of those SLIs that this writer has collected."""

    def series(self, slis: Sequence[str] | None = None) -> tuple[SeriesKey, ...]:
        """Series known, sorted; of the SLIs named, or of all."""

    def writers(self, slis: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Who has written slices of each of these SLIs, sorted; reads add up what they say."""

    def extents(self, slis: Sequence[str]) -> dict[SeriesKey, Extent]:
        """First and last seen slice of each series of these SLIs; a series without slices is left out."""

    def read(self, slis: Sequence[str], start: int, end: int, *, without: str = "") -> dict[SeriesKey, DenseSlices]:
        """
        Every slice of [start, end), both multiples of STEP, summed over writers, for each series of the SLIs.

        With `without` one writer's slices are left out, and series that it alone has written.
        """

    def read_table(self, slis: Sequence[str], start: int, end: int) -> SliceTable:
        """As `read`, of many series over a short time, in one table; series without slices may be left out."""

    def read_hours(self, slis: Sequence[str], start: int, end: int) -> dict[SeriesKey, HourSums]:
        """Hourly sums of [start, end), both whole hours, summed over writers, for each series of the SLIs."""

    def changes(self, after: int) -> tuple[Change, ...]:
        """What was written after sequence number `after`, in order."""

    def newest_change(self) -> int:
        """Sequence number of the newest write; 0 before the first."""

    def compact(self, before: int) -> int:
        """Move whole hours that end at or before `before` from the tail into blocks; returns slices moved."""
