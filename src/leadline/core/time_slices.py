"""
Time slices: budgets that count good and bad stretches of time instead of events.

What is left of a stretch is one count at its first step, so that the arithmetic of events serves unchanged. Leaves out
slices of which nothing was seen: they stay missing, and the evaluation applies the objective's `on_no_data`.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from leadline.core.slices import HOUR, SLICES_PER_HOUR, STEP, Bools, DenseSlices, HourSums, Ints
from leadline.core.terms import BudgetingMethod, BudgetTerms, OnNoTraffic

RATIO_UNIT = 10**12
"""Fixed point of `RatioTimeslices`: what one counted slice weighs."""


def slice_unit(terms: BudgetTerms) -> int:
    """What one counted slice weighs in the sums: 1, or `RATIO_UNIT`; 1 for events, which weigh themselves."""
    return RATIO_UNIT if terms.method is BudgetingMethod.RATIO_TIMESLICES else 1


def time_slices(dense: DenseSlices, terms: BudgetTerms) -> tuple[HourSums, DenseSlices]:
    """
    Slices of `terms.slice_seconds`, aligned to UTC, as counts at the first step of each.

    Args:
        dense: steps over whole hours; begin it at a multiple of `slice_seconds` or before the window.
        terms: of a `Timeslices` or `RatioTimeslices` objective.

    Returns:
        The same counts as hourly sums and as steps. A slice is seen (at its first step alone) when any of its steps
        was. Timeslices: total 1, bad 1 when the share of good events is below `slice_target`. RatioTimeslices: total
        `RATIO_UNIT`, bad the slice's share of bad events. A seen slice without traffic follows `on_no_traffic`. A slice
        whose first step lies before `dense` is left out.

    Raises:
        ValueError: an objective that counts events, no `slice_target` for Timeslices, or bounds inside an hour.

    Source: OpenSLO v1, SLO, budgetingMethod.
    """
    if terms.method is BudgetingMethod.OCCURRENCES:
        raise ValueError("an objective on events has no time slices")
    if dense.start % HOUR or dense.end % HOUR:
        raise ValueError("time slices are made of whole hours")
    starts = dense.start + STEP * np.arange(len(dense.bad), dtype=np.int64)
    first = np.flatnonzero(starts % terms.slice_seconds == 0)
    bad, total, seen = np.zeros_like(dense.bad), np.zeros_like(dense.total), np.zeros_like(dense.seen)
    if len(first):
        sum_bad, sum_total = np.add.reduceat(dense.bad, first), np.add.reduceat(dense.total, first)
        any_seen = np.logical_or.reduceat(dense.seen, first)
        bad[first], total[first] = _judged(sum_bad, sum_total, any_seen, terms)
        seen[first] = any_seen
    sliced = DenseSlices(dense.start, bad, total, seen)
    return _hourly(sliced), sliced


def _judged(bad: Ints, total: Ints, seen: Bools, terms: BudgetTerms) -> tuple[Ints, Ints]:
    """Bad and total weights of slices, from their events."""
    traffic, idle = seen & (total > 0), seen & (total == 0)
    if terms.method is BudgetingMethod.TIMESLICES:
        is_bad = traffic & _below_target(bad, total, terms)
        share = is_bad.astype(np.int64)
    else:
        ratio = np.divide(bad, total, out=np.zeros(len(bad)), where=traffic)
        share = np.rint(ratio * RATIO_UNIT).astype(np.int64)
        share = np.where(bad > 0, np.maximum(share, 1), share)
    unit = slice_unit(terms)
    counted = traffic if terms.on_no_traffic is OnNoTraffic.EXCLUDE else seen
    if terms.on_no_traffic is OnNoTraffic.BAD:
        share = np.where(idle, unit, share)
    return share, counted.astype(np.int64) * unit


def _below_target(bad: Ints, total: Ints, terms: BudgetTerms) -> Bools:
    """Whether (total - bad) / total < slice_target, in integers: 0.999 as a float would misjudge equality."""
    if terms.slice_target is None:
        raise ValueError("Timeslices need the share of good events from which a slice is good")
    allowed = 1 - Fraction(terms.slice_target)
    largest = int(max(bad.max(initial=0), total.max(initial=0)))
    wide = largest * allowed.denominator >= 2**62
    left, right = (values.astype(object) if wide else values for values in (bad, total))
    return np.asarray(left * allowed.denominator > right * allowed.numerator, dtype=np.bool_)


def _hourly(dense: DenseSlices) -> HourSums:
    bits = np.uint64(1) << np.arange(SLICES_PER_HOUR, dtype=np.uint64)
    by_hour = (-1, SLICES_PER_HOUR)

    def mask(flags: Bools) -> NDArray[np.uint64]:
        return np.asarray(np.where(flags.reshape(by_hour), bits, np.uint64(0)).sum(axis=1, dtype=np.uint64))

    return HourSums(
        dense.start,
        dense.bad.reshape(by_hour).sum(axis=1),
        dense.total.reshape(by_hour).sum(axis=1),
        mask(dense.seen),
        mask(dense.seen & (dense.total > 0)),
    )
