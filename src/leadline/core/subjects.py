"""
Subjects: objectives to be judged, as objects for one and as arrays for ten thousand.

Subjects of one window, hours, method and length of slice are judged together (a cohort). Making the arrays costs
more than an evaluation does, so whoever evaluates every minute keeps a `Subjects` until the handbook changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from leadline.core.corrections import CorrectionMode, CorrectionSpan, disjoint
from leadline.core.expectations import slices_between, slices_by_hour_of_week
from leadline.core.hours import BusinessHours
from leadline.core.open_time import OpenTime
from leadline.core.slices import STEP, Bools, Ints
from leadline.core.terms import BudgetingMethod, BudgetTerms, OnNoData, OnNoTraffic
from leadline.core.time_slices import slice_unit
from leadline.core.windows import RollingWindow, Span, Window

NEVER = 2**62
"""Birth of what has no slice."""
FRESH_SECONDS = 600
"""A newest slice may always be this old; a source collected more rarely may be two collections old."""
MODES = (CorrectionMode.EXCLUDE, CorrectionMode.GOOD, CorrectionMode.BAD)
EXCLUDE, GOOD, BAD = range(3)
"""Codes of the modes in arrays."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be judged: terms, since when there is anything to judge, and what is corrected."""

    terms: BudgetTerms
    birth: int | None
    """Start of the first slice ever seen, epoch seconds; None: there is none. `terms.starts_at` wins when set."""
    corrections: tuple[CorrectionSpan, ...] = ()

    @property
    def unit_seconds(self) -> int:
        """Length of what is counted: a step for events, `slice_seconds` for time slices."""
        return STEP if self.terms.method is BudgetingMethod.OCCURRENCES else self.terms.slice_seconds


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Disjoint corrections of a cohort, one element each."""

    subject: Ints
    """Position of the subject in the cohort."""
    start: Ints
    end: Ints
    mode: Ints
    """EXCLUDE, GOOD or BAD."""


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """Subjects of one window, hours, method and length of slice, as arrays of n."""

    subjects: tuple[Subject, ...]
    index: Ints
    """Where each stands among all subjects."""
    window: Window
    unit_seconds: int
    weight: int
    """What one time slice weighs; 0 where events weigh themselves."""
    error_budget: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    """[3, n]: healthy, warning, critical."""
    coverage_numerator: Ints
    coverage_denominator: Ints
    first: Ints
    """Start of the first slice ever, or NEVER."""
    births: Ints
    """From when slices are expected, or NEVER."""
    last_birth: int
    declared: Ints
    """Births that the handbook says, else 0: only before these may slices lie that do not count."""
    limit_seconds: Ints
    missing_bad: Bools
    missing_excluded: Bools
    idle_good: Bools
    idle_bad: Bools
    pieces: Pieces
    """Once open, their open parts alone."""
    hours: BusinessHours | None
    open_time: OpenTime | None = None
    """Where the hours are open; None for a cohort without hours, and for one that was not opened yet."""

    def opened(self, reach: Span) -> Cohort:
        """The cohort that knows when it is open in a reach (all that an evaluation looks at); itself without hours."""
        if self.hours is None:
            return self
        open_time = OpenTime.of(self.hours, reach, self.unit_seconds)
        which, start, end = open_time.parts(self.pieces.start, self.pieces.end)
        pieces = Pieces(self.pieces.subject[which], start, end, self.pieces.mode[which])
        return replace(self, pieces=pieces, open_time=open_time)

    def slices(self, start: Ints, end: Ints) -> Ints:
        """Number of slices that can be expected with start in [start, end), element by element."""
        if self.open_time is None:
            return slices_between(start, end, self.unit_seconds)
        return self.open_time.slices(start, end)

    def slices_by_hour_of_week(self, start: Ints, end: Ints) -> Ints:
        """As `slices`, by hour of the week: [168, n]."""
        if self.open_time is None:
            return slices_by_hour_of_week(start, end, self.unit_seconds)
        return self.open_time.slices_by_hour_of_week(start, end)

    @property
    def is_events(self) -> bool:
        return self.weight == 0

    def budget_span(self, at: int) -> Span:
        """The window that holds `at`."""
        return budget_span(self.window, at, self.unit_seconds)

    def lived_until(self, at: int) -> int:
        """End of the last slice that is over at `at`."""
        return at // self.unit_seconds * self.unit_seconds


def budget_span(window: Window, at: int, unit_seconds: int) -> Span:
    """The window that holds `at`; a rolling one ends with the last slice that is over."""
    return window.span(at // unit_seconds * unit_seconds if window.kind == "rolling" else at)


@dataclass(frozen=True, slots=True, eq=False)
class Subjects:
    """Subjects in order, and the same as arrays."""

    each: tuple[Subject, ...]
    cohorts: tuple[Cohort, ...]
    corrected: Ints
    """Positions of the subjects that have corrections."""
    uncorrected: Subjects | None
    """Those subjects without their corrections; None where there are none."""

    def __len__(self) -> int:
        return len(self.each)

    @staticmethod
    def of(subjects: Sequence[Subject]) -> Subjects:
        """Make the arrays; about 30 µs for each subject."""
        places: dict[tuple[_Kind, int, int], list[int]] = {}
        for place, subject in enumerate(subjects):
            events = subject.terms.method is BudgetingMethod.OCCURRENCES
            weight = 0 if events else slice_unit(subject.terms)
            key = ((subject.terms.window, subject.terms.hours), subject.unit_seconds, weight)
            places.setdefault(key, []).append(place)
        if not places:
            places[(RollingWindow(timedelta(days=28)), None), STEP, 0] = []
        cohorts = tuple(_cohort(*key, subjects, where) for key, where in places.items())
        corrected = [place for place, subject in enumerate(subjects) if subject.corrections]
        bare = [replace(subjects[place], corrections=()) for place in corrected]
        return Subjects(
            tuple(subjects), cohorts, np.array(corrected, np.int64), Subjects.of(bare) if corrected else None
        )


_Kind = tuple[Window, BusinessHours | None]
"""Over which time subjects are judged."""


def _cohort(kind: _Kind, unit: int, weight: int, subjects: Sequence[Subject], places: Sequence[int]) -> Cohort:
    chosen = tuple(subjects[place] for place in places)
    terms = [subject.terms for subject in chosen]
    first = _ints(NEVER if subject.birth is None else subject.birth // unit * unit for subject in chosen)
    births = _ints(
        int(born) if term.starts_at is None else term.starts_at // unit * unit
        for term, born in zip(terms, first, strict=True)
    )
    levels = [(t.thresholds.healthy, t.thresholds.warning, t.thresholds.critical) for t in terms]
    return Cohort(
        subjects=chosen,
        index=_ints(places),
        window=kind[0],
        unit_seconds=unit,
        weight=weight,
        error_budget=np.array([float(term.error_budget) for term in terms]),
        thresholds=np.array(levels, dtype=np.float64).reshape(-1, 3).T,
        coverage_numerator=_ints(term.min_coverage.numerator for term in terms),
        coverage_denominator=_ints(term.min_coverage.denominator for term in terms),
        first=first,
        births=births,
        last_birth=int(births.max(initial=0)),
        declared=_ints(0 if term.starts_at is None else term.starts_at // unit * unit for term in terms),
        limit_seconds=_ints(max(FRESH_SECONDS, 2 * term.collection_seconds) for term in terms),
        missing_bad=_flags(term.on_no_data is OnNoData.BAD for term in terms),
        missing_excluded=_flags(term.on_no_data is OnNoData.EXCLUDE for term in terms),
        idle_good=_flags(weight == 0 and term.on_no_traffic is OnNoTraffic.GOOD for term in terms),
        idle_bad=_flags(weight == 0 and term.on_no_traffic is OnNoTraffic.BAD for term in terms),
        pieces=_pieces(chosen),
        hours=kind[1],
    )


def _pieces(subjects: Sequence[Subject]) -> Pieces:
    rows = [
        (place, piece.span.start, piece.span.end, MODES.index(piece.mode))
        for place, subject in enumerate(subjects)
        if subject.corrections
        for piece in disjoint(subject.corrections)
    ]
    table = np.array(rows, np.int64).reshape(-1, 4)
    return Pieces(*(np.ascontiguousarray(column) for column in table.T))


def _ints(values: Iterable[int]) -> Ints:
    return np.array(list(values), dtype=np.int64)


def _flags(values: Iterable[bool]) -> Bools:
    return np.array(list(values), dtype=np.bool_)
