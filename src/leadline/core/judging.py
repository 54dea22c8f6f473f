"""
Judging: from counted slices to allowed, consumed and remaining budget, burn rates and levels, for one cohort.

float64 first; where the remaining budget lies within 1e-9 of a threshold, the one subject is decided again in
Fractions from the same counts. The rule for what cannot be known stands in `_levels`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadline.core.counting import Counted, count, states, unlived
from leadline.core.evaluations import DEPLETED, LIFE_SECONDS, UNKNOWN
from leadline.core.expectations import MEMORY, Floats, Traffic, slices_between
from leadline.core.history import History
from leadline.core.slices import Bools, Ints
from leadline.core.subjects import Cohort, Subject, Subjects
from leadline.core.windows import Span

CLOSE = 1e-9
"""A float64 this near to a threshold does not decide."""


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


def judged(bench: Bench, burn_windows: Sequence[int]) -> dict[str, NDArray[Any]]:
    """Arrays of `Figures`, by name, for the subjects of the bench."""
    cohort, window = bench.cohort, bench.window
    lived = bench.count(bench.lived)
    budget = Weighed.of(bench, lived, lived)
    promised = budget.total + _expected_unlived(bench, lived)
    allowed = cohort.error_budget * promised
    is_zero = cohort.error_budget == 0
    knowledge = _knowledge(bench, lived)
    is_blind = (lived.seen == 0) & (_slices(bench, lived) > lived.excluded)
    has_consumed = (promised > 0) & knowledge["has_slice"] & (cohort.births < bench.at) & ~is_blind
    has_consumed &= ~is_zero | (budget.bad == 0)
    consumed = np.divide(budget.bad, allowed, out=np.zeros_like(allowed), where=has_consumed & ~is_zero)
    size = len(allowed)
    figures: dict[str, NDArray[Any]] = {
        "window_start": np.full(size, window.start),
        "window_end": np.full(size, window.end),
        "bad": np.rint(budget.bad - lived.bad).astype(np.int64) + lived.bad,
        "total": np.rint(budget.total - lived.total).astype(np.int64) + lived.total,
        "sli": np.divide(budget.total - budget.bad, budget.total, out=np.zeros(size), where=budget.total > 0),
        "has_sli": budget.total > 0,
        "raw_bad": lived.measured.bad,
        "raw_total": lived.measured.total,
        "expected": lived.expected,
        "seen": lived.seen,
        "excluded": lived.excluded,
        "closed": _closed(bench, lived),
        "coverage": np.divide(lived.seen, lived.expected, out=np.zeros(size), where=lived.expected > 0),
        "has_coverage": lived.expected > 0,
        "allowed": allowed,
        "consumed": consumed,
        "remaining": np.where(has_consumed, 1 - consumed, 0.0),
        "has_consumed": has_consumed,
    }
    figures |= knowledge
    figures |= _burns(bench, lived, budget, burn_windows)
    figures["has_burn"] &= knowledge["has_slice"]
    return figures | _levels(bench, lived, figures, budget.bad > 0)


def _expected_unlived(bench: Bench, lived: Counted) -> Floats:
    """Expected total of the slices before birth and of those not yet lived."""
    cohort, span = bench.cohort, bench.window
    expected = np.zeros(len(cohort.subjects))
    if span.end > bench.lived.end:
        subjects = np.arange(len(cohort.subjects))
    elif cohort.last_birth > span.start:
        subjects = np.flatnonzero(lived.begin > span.start)
    else:
        return expected
    slices = unlived(cohort, span, lived, bench.lived.end, subjects)
    expected[subjects] = bench.traffic(subjects, lived).expected(slices)
    return expected


def _burns(bench: Bench, lived: Counted, budget: Weighed, burn_windows: Sequence[int]) -> dict[str, NDArray[Any]]:
    """Burn rates by window; half of the expected slices must have been seen."""
    cohort, end = bench.cohort, bench.cohort.lived_until(bench.at)
    shape = (len(burn_windows), len(cohort.subjects))
    burn, bad, total = (np.zeros(shape) for _ in range(3))
    has_burn, closed, excluded = (np.zeros(shape, np.bool_) for _ in range(3))
    is_zero = cohort.error_budget == 0
    for row, seconds in enumerate(burn_windows):
        counted = bench.count(Span(end - seconds, end))
        weighed = Weighed.of(bench, counted, lived)
        bad[row], total[row] = weighed.bad, weighed.total
        enough = (weighed.total > 0) & (2 * counted.seen >= counted.expected) & (counted.expected > 0)
        broken = is_zero & ((budget.bad > 0) | (weighed.bad > 0))
        has_burn[row] = enough & ~broken
        np.divide(weighed.bad, weighed.total * cohort.error_budget, out=burn[row], where=enough & ~is_zero)
        if not counted.expected.all():
            is_open = cohort.slices(counted.begin, np.full(len(counted.begin), end)) > 0
            closed[row] = ~is_open & (cohort.births < end)
            excluded[row] = is_open & (counted.excluded > 0) & (counted.expected == 0)
    figures = {"burn": burn, "has_burn": has_burn, "burn_bad": bad, "burn_total": total}
    return figures | {"burn_closed": closed, "burn_excluded": excluded}


def _knowledge(bench: Bench, lived: Counted) -> dict[str, NDArray[Any]]:
    """Whether enough was seen, recently enough, for a level to be said."""
    cohort, end, length = bench.cohort, bench.cohort.lived_until(bench.at), bench.cohort.unit_seconds
    newest = bench.history.last_seen(end, bench.columns)
    has_slice = (newest >= 0) | (cohort.first < end)
    silent_from = np.where(newest >= 0, newest + length, bench.history.start)
    silent_from = np.minimum(np.maximum(silent_from, cohort.births), end)
    age = np.where(has_slice, end - silent_from, -1)
    stale = np.flatnonzero(age > cohort.limit_seconds)
    if len(stale):
        slices = cohort.slices(silent_from, np.full(len(age), end))
        pieces = cohort.pieces
        start = np.maximum(pieces.start, silent_from[pieces.subject])
        np.subtract.at(slices, pieces.subject, cohort.slices(start, np.minimum(pieces.end, end)))
        age[stale] = slices[stale] * length
    spoken_for = cohort.missing_bad | cohort.missing_excluded
    enough = lived.seen * cohort.coverage_denominator >= lived.expected * cohort.coverage_numerator
    emptied_by_silence = cohort.missing_excluded & (lived.expected == 0) & (_slices(bench, lived) > lived.excluded)
    return {
        "has_slice": has_slice,
        "age_seconds": age,
        "fresh": (age <= cohort.limit_seconds) | spoken_for,
        "covered": enough & ~emptied_by_silence,
    }


def _slices(bench: Bench, lived: Counted) -> Ints:
    """Slices of the lived part, open ones where there are hours."""
    return bench.cohort.slices(lived.begin, np.full(len(lived.begin), bench.lived.end))


def _closed(bench: Bench, lived: Counted) -> Ints:
    """Slices of the lived part that lie outside business hours."""
    if bench.cohort.open_time is None:
        return np.zeros(len(lived.begin), np.int64)
    end = np.full(len(lived.begin), bench.lived.end)
    return slices_between(lived.begin, end, bench.cohort.unit_seconds) - _slices(bench, lived)


def _levels(bench: Bench, lived: Counted, figures: dict[str, NDArray[Any]], has_bad: Bools) -> dict[str, NDArray[Any]]:
    """
    The level of each subject.

    Known: the thresholds decide, strictly. Not known: depleted, surely, when it would be so with every missing slice
    good at the expected traffic; otherwise unknown. A broken zero tolerance is depleted whatever is missing.
    """
    cohort, at = bench.cohort, bench.at
    is_zero, has_slice, has_number = cohort.error_budget == 0, figures["has_slice"], figures["has_consumed"]
    known = has_slice & (cohort.births < at) & figures["covered"] & figures["fresh"]
    known &= at - cohort.births >= LIFE_SECONDS
    remaining = figures["remaining"]
    level = (remaining <= cohort.thresholds).sum(axis=0).astype(np.int8)
    near = np.abs(remaining - cohort.thresholds) <= CLOSE
    for subject in np.flatnonzero(near.any(axis=0) & has_number & known):
        level[subject] = _exact_level(bench.alone(int(subject)))
    emptied = (figures["excluded"] + figures["closed"] > 0) & (figures["expected"] == 0)
    level[~has_number] = np.where(emptied, 0, UNKNOWN)[~has_number]
    is_sure = _surely_depleted(bench, lived, figures, ~known & has_slice)
    level[~known] = np.where(is_sure, DEPLETED, UNKNOWN)[~known]
    broken = has_slice & ~has_number & has_bad
    level[broken] = DEPLETED
    return {"level": level, "is_sure": (is_sure | (broken & is_zero)) & ~known}


def _surely_depleted(bench: Bench, lived: Counted, figures: dict[str, NDArray[Any]], candidates: Bools) -> Bools:
    """Whether even with every missing slice good no more than the lowest threshold would remain."""
    cohort, lowest = bench.cohort, bench.cohort.thresholds[2]
    sure = np.zeros(len(lowest), np.bool_)
    subjects = np.flatnonzero(candidates & figures["has_consumed"] & (figures["remaining"] <= lowest + CLOSE))
    if not len(subjects):
        return sure
    end = bench.lived.end
    silent = states(bench.history, cohort, bench.places, begin=lived.begin, end=end, subjects=subjects)
    missing = bench.traffic(subjects, lived).expected(silent.missing)
    allowed = figures["allowed"][subjects] + cohort.error_budget[subjects] * missing
    consumed = figures["consumed"][subjects] * figures["allowed"][subjects]
    remaining = 1 - np.divide(consumed, allowed, out=np.zeros(len(subjects)), where=allowed > 0)
    sure[subjects] = remaining <= lowest[subjects]
    for place in np.flatnonzero(np.abs(remaining - lowest[subjects]) <= CLOSE):
        alone = bench.alone(int(subjects[place]))
        sure[subjects[place]] = _exact_level(alone, with_missing=True) == DEPLETED
    return sure


@dataclass(frozen=True, slots=True)
class Sums:
    """Exact sums of one subject over its budget window, in quanta."""

    bad: Fraction
    promised: Fraction
    """Counted total, and what is expected of slices not yet lived or before birth."""
    missing: Fraction
    """Expected total of the slices in which nothing was seen."""


def exact_sums(history: History, subject: Subject, column: int, at: int) -> Sums:
    """The sums of a subject that stands in a column of the history, which covers `core.budgets.needed_span`."""
    [cohort] = Subjects.of([subject]).cohorts
    return _sums(Bench.of(history, cohort, np.array([column]), at), with_missing=True)


def _sums(bench: Bench, *, with_missing: bool) -> Sums:
    lived = bench.count(bench.lived)
    only = np.array([0])
    traffic = bench.traffic(only, lived)
    bad, total, missing = Fraction(int(lived.bad[0])), Fraction(int(lived.total[0])), Fraction(0)
    if lived.states is not None:
        bad += traffic.exactly_expected(lived.states.bad, 0)
        total += traffic.exactly_expected(lived.states.total, 0)
    total += traffic.exactly_expected(unlived(bench.cohort, bench.window, lived, bench.lived.end, only), 0)
    if with_missing:
        end = bench.lived.end
        silent = states(bench.history, bench.cohort, bench.places, begin=lived.begin, end=end, subjects=only)
        missing = traffic.exactly_expected(silent.missing, 0)
    return Sums(bad, total, missing)


def _exact_level(bench: Bench, *, with_missing: bool = False) -> int:
    """The level of the one subject of a bench, in Fractions; `with_missing` takes what was not seen for good."""
    sums = _sums(bench, with_missing=with_missing)
    terms = bench.cohort.subjects[0].terms
    allowed = terms.error_budget * (sums.promised + sums.missing)
    remaining = 1 - sums.bad / allowed if allowed else Fraction(1)
    levels = (terms.thresholds.healthy, terms.thresholds.warning, terms.thresholds.critical)
    return sum(remaining <= threshold for threshold in levels)
