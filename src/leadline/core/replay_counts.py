"""
Running sums of one objective's slices with corrections, hours and policies applied, for windows that end anywhere.

Slice by slice what `core/counting` counts span by span, so that a window is the difference of two elements. Slices that
count at the expected traffic are weighed with that of each instant, as `core/expectations` has it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leadline.core.expectations import CHUNK, MEMORY, WEEK_HOURS, Floats, Traffic
from leadline.core.slices import SLICES_PER_HOUR, STEP, Bools, DenseSlices, Ints
from leadline.core.subjects import BAD, EXCLUDE, GOOD, Cohort, Subject, Subjects, budget_span
from leadline.core.windows import Span, Window

_NONE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Running sums, element i over the first i steps from `start` on."""

    start: int
    unit_seconds: int
    bad: Ints
    total: Ints
    """In quanta."""
    seen: Ints | None
    """None: every slice that is expected was seen."""
    expected: Ints | None
    """None: every slice since before the first window is expected."""
    states: States | None
    """Slices that count at the expected traffic; None where there are none."""
    missing_bad: bool = False

    @property
    def end(self) -> int:
        return self.start + (len(self.bad) - 1) * STEP

    @staticmethod
    def of(history: DenseSlices, subject: Subject) -> Course:
        """The running sums of an objective, from slices over whole hours."""
        [cohort] = Subjects.of([subject]).cohorts
        cohort = cohort.opened(Span(history.start, history.end))
        birth = int(cohort.births[0])
        is_plain = cohort.open_time is None and cohort.unit_seconds == STEP and not len(cohort.pieces.subject)
        flags = (cohort.missing_bad, cohort.missing_excluded, cohort.idle_good, cohort.idle_bad)
        if not is_plain or any(flag[0] for flag in flags) or int(cohort.declared[0]) > history.start:
            return _corrected(history, cohort)
        expected = None
        if birth > history.start:
            expected = np.maximum(np.arange(len(history.bad) + 1) - max(0, (birth - history.start) // STEP), 0)
        seen = None if expected is None and history.seen.all() else _running(history.seen)
        return Course(history.start, STEP, _running(history.bad), _running(history.total), seen, expected, None)

    def is_known(self, at: Ints | slice, count: int) -> Bools | None:
        """Whether half of the expected slices of each window were seen, and it has some; None: of all of them."""
        if self.seen is None and self.expected is None:
            return None
        expected = np.asarray(count) if self.expected is None else within(self.expected, at, count)
        if self.seen is None or self.missing_bad:
            return np.asarray(expected > 0)
        seen = within(self.seen, at, count)
        return np.asarray((2 * seen >= expected) & (expected > 0))


def within(sums: Ints, at: Ints | slice, count: int) -> Ints:
    """Sums over the `count` steps before each of some positions."""
    if isinstance(at, slice):
        return np.subtract(sums[at], sums[at.start - count : at.stop - count : at.step])
    return np.asarray(sums[at] - sums[at - count])


def _running(values: Ints | Bools) -> Ints:
    sums = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=sums[1:])
    return sums


@dataclass(frozen=True, slots=True, eq=False)
class _Marks:
    """What is true of each step."""

    open: Bools
    """In business hours, where there are any."""
    born: Bools
    """Open, and not before a declared birth."""
    live: Bools
    """A slice begins there that can be expected."""
    mode: Ints
    """Of the correction that holds there."""

    @staticmethod
    def of(history: DenseSlices, cohort: Cohort) -> _Marks:
        starts = history.start + STEP * np.arange(len(history.bad))
        mode = np.full(len(starts), _NONE)
        for piece in range(len(cohort.pieces.subject)):
            begin, end = cohort.pieces.start[piece], cohort.pieces.end[piece]
            mode[_steps(history, int(begin), int(end))] = cohort.pieces.mode[piece]
        is_open = np.ones(len(starts), np.bool_)
        if cohort.open_time is not None:
            is_open[:] = False
            for span in cohort.open_time.spans:
                is_open[_steps(history, span.start, span.end)] = True
        live = is_open & (starts >= cohort.births[0]) & (starts % cohort.unit_seconds == 0)
        return _Marks(is_open, is_open & (starts >= cohort.declared[0]), live, mode)


def _steps(history: DenseSlices, start: int, end: int) -> slice:
    """Steps with start in [start, end)."""
    first, last = (max(0, -((history.start - edge) // STEP)) for edge in (start, end))
    return slice(first, last)


def _corrected(history: DenseSlices, cohort: Cohort) -> Course:
    marks = _Marks.of(history, cohort)
    out, good, wrong = (marks.mode == mode for mode in (EXCLUDE, GOOD, BAD))
    total = np.where(marks.born & ~out, history.total, 0)
    bad = np.where(wrong, total, np.where(marks.born & ~out & ~good, history.bad, 0))
    seen = np.where(good | wrong, marks.live, history.seen & marks.born) & ~out
    expected = marks.live & ~out
    if cohort.missing_excluded[0]:
        expected = expected & seen
    states = _states(history, cohort, marks)
    return Course(
        history.start,
        cohort.unit_seconds,
        _running(bad),
        _running(total),
        _running(seen),
        _running(expected),
        states,
        bool(cohort.missing_bad[0]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class ByHourOfWeek:
    """Running sums by hour of the week."""

    before: Ints
    """[168, hours + 1] at the starts of hours."""
    running: Ints
    first_hour: int

    @staticmethod
    def of(start: int, values: Ints | Bools) -> ByHourOfWeek:
        running, first = _running(values), start // (STEP * SLICES_PER_HOUR)
        sums = np.diff(running[::SLICES_PER_HOUR])
        before = np.zeros((WEEK_HOURS, len(sums) + 1), np.int64)
        before[(first + np.arange(len(sums))) % WEEK_HOURS, 1 + np.arange(len(sums))] = sums
        return ByHourOfWeek(np.cumsum(before, axis=1), running, first)

    def until(self, at: Ints) -> Ints:
        """Sums over the first `at` steps: [168, n]."""
        hour = at // SLICES_PER_HOUR
        sums = self.before[:, hour]
        part = self.running[at] - self.running[hour * SLICES_PER_HOUR]
        sums[(self.first_hour + hour) % WEEK_HOURS, np.arange(len(at))] += part
        return sums

    def between(self, start: Ints, end: Ints) -> Ints:
        """Sums over some steps: [168, n]; what lies before the first one is empty."""
        return self.until(end) - self.until(np.maximum(start, 0))


@dataclass(frozen=True, slots=True, eq=False)
class States:
    """Slices that count without events of their own, and what traffic was like."""

    start: int
    weight: int
    """What one time slice weighs; 0 where events weigh themselves."""
    window: Window
    counted: ByHourOfWeek
    bad: ByHourOfWeek
    total: ByHourOfWeek
    seen: ByHourOfWeek
    """Measured traffic and slices, in open time: what the expectation is made of."""
    lived_total: Ints
    lived_seen: Ints
    """Running sums of the same since birth: the mean so far."""

    def weigh(self, at: Ints | slice, count: int, bad: Floats, total: Floats) -> None:
        """Add expected traffic to what was counted in the windows of `count` steps that end at some positions."""
        ends = np.arange(at.start, at.stop, at.step) if isinstance(at, slice) else at
        running = self.counted.running
        places = np.flatnonzero(running[ends] > running[ends - count])
        for chunk in (places[first : first + CHUNK] for first in range(0, len(places), CHUNK)):
            end = ends[chunk]
            traffic = self._traffic(end)
            bad[chunk] += traffic.expected(self._counts(self.bad, end, count))
            total[chunk] += traffic.expected(self._counts(self.counted, end, count))

    def _counts(self, states: ByHourOfWeek, end: Ints, count: int) -> Ints:
        if not self.weight:
            return states.between(end - count, end)
        counts = np.zeros((WEEK_HOURS, len(end)), np.int64)
        counts[0] = states.running[end] - states.running[end - count]
        return counts

    def _traffic(self, end: Ints) -> Traffic:
        """What was expected at each of some instants."""
        if self.weight:
            return Traffic.of_time_slices(self.weight, len(end))
        begin = end - MEMORY // STEP
        total, seen = self.total.between(begin, end), self.seen.between(begin, end)
        first = self._window_starts(end)
        lived_total = self.lived_total[end] - self.lived_total[first]
        lived_seen = self.lived_seen[end] - self.lived_seen[first]
        lived = lived_seen > 0
        return Traffic(
            total,
            seen,
            np.where(lived, lived_total, total.sum(axis=0)),
            np.where(lived, lived_seen, seen.sum(axis=0)),
        )

    def _window_starts(self, end: Ints) -> Ints:
        """Where the budget's window begins at each of some instants, as positions."""
        starts, span = np.zeros(len(end), np.int64), Span(0, 0)
        for place, position in enumerate(end.tolist()):
            at = self.start + position * STEP
            if self.window.kind == "rolling" or not span.start <= at < span.end:
                span = budget_span(self.window, at, STEP)
            starts[place] = max(0, -((self.start - span.start) // STEP))
        return starts


def _states(history: DenseSlices, cohort: Cohort, marks: _Marks) -> States | None:
    """Which slices of a history count without events of their own."""
    out, good, wrong = (marks.mode == mode for mode in (EXCLUDE, GOOD, BAD))
    valid = marks.live & ~out
    missing, idle = valid & ~history.seen, valid & history.seen & (history.total == 0)
    missing_bad, idle_bad = bool(cohort.missing_bad[0]), bool(cohort.idle_bad[0])
    idle = idle & (idle_bad or bool(cohort.idle_good[0]))
    counted = (missing & (good | wrong | missing_bad)) | idle
    if not counted.any():
        return None
    bad = (missing & (wrong | (missing_bad & ~good))) | (idle & (wrong | (idle_bad & ~good)))
    total, seen = np.where(marks.open, history.total, 0), history.seen & marks.open
    return States(
        start=history.start,
        weight=cohort.weight,
        window=cohort.window,
        counted=ByHourOfWeek.of(history.start, counted),
        bad=ByHourOfWeek.of(history.start, bad),
        total=ByHourOfWeek.of(history.start, total),
        seen=ByHourOfWeek.of(history.start, seen),
        lived_total=_running(np.where(marks.born, history.total, 0)),
        lived_seen=_running(history.seen & marks.born),
    )
