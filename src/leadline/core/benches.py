"""Benches: one cohort at one instant, over its history, and what a span of it counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leadline.core.counting import Counted, count
from leadline.core.expectations import MEMORY, Floats, Traffic
from leadline.core.history import History
from leadline.core.slices import Ints
from leadline.core.subjects import Cohort, Subjects
from leadline.core.windows import Span


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """One cohort at one instant."""

    history: History
    cohort: Cohort
    columns: Ints | None
    """The history's column of each subject; None: the same, in order."""
    at: int

    @staticmethod
    def of(history: History, cohort: Cohort, columns: Ints | None, at: int) -> Bench:
        """A bench whose cohort knows when it is open, where it has hours."""
        if cohort.hours is not None:
            window = cohort.budget_span(at)
            reach = Span(min(history.start, window.start, at - MEMORY), max(window.end, at, history.end))
            cohort = cohort.opened(reach)
        return Bench(history, cohort, columns, at)

    @property
    def window(self) -> Span:
        return self.cohort.budget_span(self.at)

    @property
    def lived(self) -> Span:
        """The part of the window that is over."""
        window = self.window
        return Span(window.start, max(window.start, min(window.end, self.cohort.lived_until(self.at))))

    @property
    def places(self) -> Ints:
        return np.arange(len(self.cohort.subjects)) if self.columns is None else self.columns

    def count(self, span: Span) -> Counted:
        until = self.history.cut(span.end, self.columns)
        return count(self.history, self.cohort, self.columns, span, until)

    def slices(self, lived: Counted) -> Ints:
        """Slices of the lived part, open ones where there are hours."""
        return self.cohort.slices(lived.begin, np.full(len(lived.begin), self.lived.end))

    def traffic(self, subjects: Ints, lived: Counted) -> Traffic:
        """Expected traffic of some subjects."""
        if not self.cohort.is_events:
            return Traffic.of_time_slices(self.cohort.weight, len(subjects))
        open_time = self.cohort.open_time
        spans = None if open_time is None else open_time.within(Span(self.at - MEMORY, self.at))
        return Traffic.of_events(self.history, self.at, self.places[subjects], lived.measured.pick(subjects), spans)

    def alone(self, subject: int) -> Bench:
        """A bench on which one subject stands alone."""
        [cohort] = Subjects.of([self.cohort.subjects[subject]]).cohorts
        return Bench.of(self.history, cohort, self.places[[subject]], self.at)


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """Counted events of a span with everything that counts at the expected traffic."""

    bad: Floats
    total: Floats

    @staticmethod
    def of(bench: Bench, counted: Counted, lived: Counted) -> Weighed:
        bad, total = counted.bad.astype(np.float64), counted.total.astype(np.float64)
        if counted.states is not None:
            traffic = bench.traffic(counted.states.of, lived)
            bad[counted.states.of] += traffic.expected(counted.states.bad)
            total[counted.states.of] += traffic.expected(counted.states.total)
        return Weighed(bad, total)
