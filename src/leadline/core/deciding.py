"""
Deciding: the level of each subject, from its figures.

float64 first; where the remaining budget lies within 1e-9 of a threshold, the one subject is decided again in
Fractions from the same counts. The rule for what cannot be known stands in `levels`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadline.core.benches import Bench
from leadline.core.counting import Counted, states, unlived
from leadline.core.evaluations import DEPLETED, LIFE_SECONDS, UNKNOWN
from leadline.core.history import History
from leadline.core.slices import Bools
from leadline.core.subjects import Subject, Subjects

CLOSE = 1e-9
"""A float64 this near to a threshold does not decide."""


def levels(bench: Bench, lived: Counted, figures: dict[str, NDArray[Any]], has_bad: Bools) -> dict[str, NDArray[Any]]:
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
