"""Judging: from counted slices to allowed, consumed and remaining budget, burn rates and levels, for one cohort."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadline.core.benches import Bench, Weighed
from leadline.core.counting import Counted, unlived
from leadline.core.deciding import levels
from leadline.core.expectations import Floats, slices_between
from leadline.core.slices import Ints
from leadline.core.windows import Span


def judged(bench: Bench, burn_windows: Sequence[int]) -> dict[str, NDArray[Any]]:
    """Arrays of `Figures`, by name, for the subjects of the bench."""
    cohort, window = bench.cohort, bench.window
    lived = bench.count(bench.lived)
    budget = Weighed.of(bench, lived, lived)
    promised = budget.total + _expected_unlived(bench, lived)
    allowed = cohort.error_budget * promised
    is_zero = cohort.error_budget == 0
    knowledge = _knowledge(bench, lived)
    is_blind = (lived.seen == 0) & (bench.slices(lived) > lived.excluded)
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
    return figures | levels(bench, lived, figures, budget.bad > 0)


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
    has_burn, known, closed, excluded = (np.zeros(shape, np.bool_) for _ in range(4))
    is_zero = cohort.error_budget == 0
    for row, seconds in enumerate(burn_windows):
        counted = bench.count(Span(end - seconds, end))
        weighed = Weighed.of(bench, counted, lived)
        bad[row], total[row] = weighed.bad, weighed.total
        known[row] = (2 * counted.seen >= counted.expected) & (counted.expected > 0)
        enough = (weighed.total > 0) & known[row]
        broken = is_zero & ((budget.bad > 0) | (weighed.bad > 0))
        has_burn[row] = enough & ~broken
        np.divide(weighed.bad, weighed.total * cohort.error_budget, out=burn[row], where=enough & ~is_zero)
        if not counted.expected.all():
            is_open = cohort.slices(counted.begin, np.full(len(counted.begin), end)) > 0
            closed[row] = ~is_open & (cohort.births < end)
            excluded[row] = is_open & (counted.excluded > 0) & (counted.expected == 0)
    figures = {"burn": burn, "has_burn": has_burn, "burn_bad": bad, "burn_total": total}
    return figures | {"burn_known": known, "burn_closed": closed, "burn_excluded": excluded}


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
    emptied_by_silence = cohort.missing_excluded & (lived.expected == 0) & (bench.slices(lived) > lived.excluded)
    return {
        "has_slice": has_slice,
        "age_seconds": age,
        "fresh": (age <= cohort.limit_seconds) | spoken_for,
        "covered": enough & ~emptied_by_silence,
    }


def _closed(bench: Bench, lived: Counted) -> Ints:
    """Slices of the lived part that lie outside business hours."""
    if bench.cohort.open_time is None:
        return np.zeros(len(lived.begin), np.int64)
    end = np.full(len(lived.begin), bench.lived.end)
    return slices_between(lived.begin, end, bench.cohort.unit_seconds) - bench.slices(lived)
