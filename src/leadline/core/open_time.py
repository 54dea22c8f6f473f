"""
Open time: what is left of a history, of numbers of slices and of corrections where only business hours count.

Objectives without hours never come here. The same hours serve a whole cohort, so that sums over open time are a few
rows of the history, whatever the number of subjects.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from leadline.core.expectations import WEEK_HOURS, slices_between, slices_by_hour_of_week
from leadline.core.history import History, Sums
from leadline.core.hours import BusinessHours
from leadline.core.layout import Masks, bits_within
from leadline.core.slices import HOUR, Ints
from leadline.core.windows import Span


@dataclass(frozen=True, slots=True, eq=False)
class OpenTime:
    """The open spans of a reach, in order."""

    spans: tuple[Span, ...]
    start: Ints
    end: Ints
    before: Ints
    """Slices, of the cohort's length, in the open spans before each, and in all."""
    by_hour_before: Ints
    """The same by hour of the week, [168, spans + 1]."""
    unit_seconds: int

    @staticmethod
    def of(hours: BusinessHours, reach: Span, unit_seconds: int) -> OpenTime:
        spans = hours.spans(reach)
        start, end = (np.array([getattr(span, edge) for span in spans], np.int64) for edge in ("start", "end"))
        before = np.concatenate([[0], np.cumsum(slices_between(start, end, unit_seconds))])
        by_hour = np.zeros((WEEK_HOURS, len(spans) + 1), np.int64)
        np.cumsum(slices_by_hour_of_week(start, end, unit_seconds), axis=1, out=by_hour[:, 1:])
        return OpenTime(spans, start, end, before, by_hour, unit_seconds)

    def within(self, span: Span) -> list[Span]:
        """The open parts of a span."""
        first, last = np.searchsorted(self.end, span.start, "right"), np.searchsorted(self.start, span.end)
        return [Span(max(one.start, span.start), min(one.end, span.end)) for one in self.spans[first:last]]

    def slices(self, start: Ints, end: Ints) -> Ints:
        """Number of open slices with start in [start, end), element by element; 0 for an empty span."""
        return np.asarray(self._slices_before(np.maximum(start, end)) - self._slices_before(start), np.int64)

    def slices_by_hour_of_week(self, start: Ints, end: Ints) -> Ints:
        """As `slices`, by hour of the week: [168, n]."""
        return self._by_hour_before(np.maximum(start, end)) - self._by_hour_before(start)

    def sums(self, history: History, span: Span, columns: Ints | None) -> Sums:
        """Sums over the open slices of a span."""
        nothing = history.cut(history.start, columns)
        parts = (history.cut(one.start, columns) - history.cut(one.end, columns) for one in self.within(span))
        return reduce(Sums.__sub__, parts, nothing)

    def parts(self, start: Ints, end: Ints) -> tuple[Ints, Ints, Ints]:
        """The open parts of n spans: which of them each is of, its start and its end."""
        begin, finish = np.maximum(start[:, None], self.start), np.minimum(end[:, None], self.end)
        which, where = np.nonzero(finish > begin)
        return which, begin[which, where], finish[which, where]

    def masks(self, hour_starts: Ints) -> Masks:
        """For each of some consecutive hours the bits of its open steps."""
        masks = np.zeros(len(hour_starts), np.uint64)
        if not len(hour_starts):
            return masks
        first = int(hour_starts[0])
        for one in self.within(Span(first, int(hour_starts[-1]) + HOUR)):
            rows = slice((one.start - first) // HOUR, -(-(one.end - first) // HOUR))
            masks[rows] |= bits_within(hour_starts[rows], one.start, one.end)
        return masks

    def _slices_before(self, at: Ints) -> Ints:
        if not self.spans:
            return np.zeros_like(at)
        place, part = self._place(at)
        return np.asarray(self.before[place] + slices_between(self.start[place], part, self.unit_seconds), np.int64)

    def _by_hour_before(self, at: Ints) -> Ints:
        if not self.spans:
            return np.zeros((WEEK_HOURS, len(at)), np.int64)
        place, part = self._place(at)
        begun = slices_by_hour_of_week(self.start[place], part, self.unit_seconds)
        return np.asarray(self.by_hour_before[:, place] + begun, np.int64)

    def _place(self, at: Ints) -> tuple[NDArray[np.intp], Ints]:
        """The last open span that begins at or before each instant (the first, if none), and its part before that."""
        place = np.maximum(np.searchsorted(self.start, at, "right") - 1, 0)
        return place, np.clip(at, self.start[place], self.end[place])
