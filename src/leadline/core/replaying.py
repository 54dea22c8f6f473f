"""
Replaying: what the alert tiers of one objective would have said at every step of its history.

The same arithmetic as an evaluation at each instant (`core/judging` counts, `core/alert_tiers` decides), over running
sums, so that a month costs no more than a few passes over its slices: what cannot hold is sorted out in float64 with a
margin, the rest is decided as the engine decides it. Leaves out what becomes of verdicts (`core/episodes`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from leadline.core.alert_tiers import AlertTier, Stakes, TierVerdicts, WindowEvents, tier_verdicts
from leadline.core.expectations import Floats
from leadline.core.replay_counts import Course
from leadline.core.slices import STEP, Bools, DenseSlices, Ints
from leadline.core.subjects import Subject
from leadline.core.windows import Span

_MARGIN = 2e-9
"""More than the 1e-9 within which the engine decides again: nothing is sorted out that it might find to hold."""


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """Verdicts of the tiers of one objective at every step of a span."""

    span: Span
    tiers: tuple[AlertTier, ...]
    verdicts: tuple[TierVerdicts, ...]
    """Of each tier, element k at `span.start + k·STEP`."""


@dataclass(frozen=True, slots=True, eq=False)
class Replayer:
    """One objective whose history is laid out; strategies are then cheap to try."""

    course: Course
    stakes: Stakes

    @staticmethod
    def of(history: DenseSlices, subject: Subject, stakes: Stakes) -> Replayer:
        """
        Lay out the history of an objective.

        Args:
            history: slices over whole hours, of the longest window and of four weeks before the first instant; time
                slices as `core.time_slices` makes them.
            subject: terms, birth and corrections.
            stakes: the error budget that verdicts are asked for, which need not be the subject's, and the quantum.
        """
        return Replayer(Course.of(history, subject), stakes)

    def at_stake(self, stakes: Stakes) -> Replayer:
        """The same history, for another objective."""
        return replace(self, stakes=stakes)

    def replay(self, tiers: Sequence[AlertTier], span: Span) -> Replay:
        """
        What the tiers say at every step.

        Args:
            tiers: as an objective's `alerts`.
            span: instants of evaluation, [start, end), multiples of STEP.

        Returns:
            Element for element what `evaluate` and `tier_verdicts` say at that instant.

        Raises:
            ValueError: the history does not reach back by the longest window, or ends before the span does.
        """
        ends = Ends.of(self.course, span)
        return Replay(span, tuple(tiers), tuple(self._verdicts(tier, ends) for tier in tiers))

    def events(self, seconds: int, ends: Ends, places: Ints | None = None) -> WindowEvents:
        """What was counted in one window, at all instants or at some."""
        course, count = self.course, seconds // STEP
        bad, total = _within(course.bad, ends, count, places), _within(course.total, ends, count, places)
        known = course.is_known(ends.at(places), count)
        if course.states is not None:
            course.states.weigh(ends.at(places), count, bad, total)
        return WindowEvents(bad, total, np.ones(len(bad), np.bool_) if known is None else known)

    def _verdicts(self, tier: AlertTier, ends: Ends) -> TierVerdicts:
        holds = np.zeros(ends.count, np.bool_)
        if not self.stakes.error_budget:
            shortest = self.events(tier.shortest.seconds, ends)
            return self._spread(shortest.is_known & (shortest.bad > 0), shortest.is_known, ends)
        known = self._known(tier, ends)
        places = self._candidates(tier, ends, known)
        if len(places):
            windows = [self.events(limit.seconds, ends, places) for limit in tier.limits]
            holds[places] = tier_verdicts(tier, windows, [self.stakes]).holds
        return self._spread(holds, known, ends)

    def _known(self, tier: AlertTier, ends: Ends) -> Bools:
        found = [self.course.is_known(ends.at(None), seconds // STEP) for seconds in tier.windows]
        partly = [each for each in found if each is not None]
        return np.logical_and.reduce(partly) if partly else np.ones(ends.count, np.bool_)

    def _candidates(self, tier: AlertTier, ends: Ends, known: Bools) -> Ints:
        """Instants at which a tier may hold: all at which it does, and few others."""
        budget = float(self.stakes.error_budget)
        places: Ints | None = None
        for limit in reversed(tier.limits):
            factor, count = float(limit.factor) * budget * (1 - _MARGIN), limit.seconds // STEP
            if self.course.states is None:
                bad, total = (
                    _within(self.course.bad, ends, count, places),
                    _within(self.course.total, ends, count, places),
                )
                may = bad > np.multiply(total, factor, out=total)
            else:
                events = self.events(limit.seconds, ends, places)
                may = (events.bad > 0) & (events.bad > events.total * factor - _MARGIN)
            places = np.flatnonzero(may & known) if places is None else places[may]
            if not len(places):
                break
        return np.zeros(0, np.int64) if places is None else places

    def _spread(self, holds: Bools, known: Bools, ends: Ends) -> TierVerdicts:
        """Verdicts at every step, from those at the ends of slices."""
        if ends.of_step is None:
            return TierVerdicts(holds, known)
        return TierVerdicts(holds[ends.of_step], known[ends.of_step])


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Where windows end: positions in the running sums, one for each slice that is over at some instant of a span."""

    first: int
    count: int
    stride: int
    of_step: Ints | None
    """For each step of the span the end that counts there; None: one for each step."""

    @staticmethod
    def of(course: Course, span: Span) -> Ends:
        unit = course.unit_seconds
        if span.end > course.end + STEP:
            raise ValueError("the history ends before the instants that are asked for")
        first, last = span.start // unit * unit, (span.end - STEP) // unit * unit
        count, steps = (last - first) // unit + 1, np.arange(span.start, span.end, STEP)
        of_step = None if unit == STEP else (steps // unit * unit - first) // unit
        return Ends((first - course.start) // STEP, count, unit // STEP, of_step)

    def at(self, places: Ints | None) -> Ints | slice:
        """Positions in the running sums; a slice where all are wanted."""
        if places is not None:
            return np.asarray(self.first + self.stride * places, np.int64)
        return slice(self.first, self.first + self.stride * (self.count - 1) + 1, self.stride)


def _within(sums: Floats, ends: Ends, count: int, places: Ints | None) -> Floats:
    """Sums over the `count` steps before each end."""
    if ends.first < count:
        raise ValueError("the history does not reach back by the longest window")
    at = ends.at(places)
    if isinstance(at, slice):
        return np.subtract(sums[at], sums[at.start - count : at.stop - count : at.step])
    return sums[at] - sums[at - count]
