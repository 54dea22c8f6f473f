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

from leadline.core.alert_tiers import AlertTier, BurnLimit, Stakes, TierVerdicts, WindowEvents, tier_verdicts
from leadline.core.replay_counts import Course, within
from leadline.core.slices import STEP, Bools, DenseSlices, Ints
from leadline.core.subjects import Subject
from leadline.core.windows import Span

_CHUNK = 8192
"""Instants that are looked at together: their sums stay in the cache."""
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
        if ends.first * STEP < max((tier.longest.seconds for tier in tiers), default=0):
            raise ValueError("the history does not reach back by the longest window")
        return Replay(span, tuple(tiers), tuple(self._verdicts(tier, ends) for tier in tiers))

    def events(self, seconds: int, ends: Ends, places: Ints | None = None) -> WindowEvents:
        """What was counted in one window, at all instants or at some."""
        course, count, at = self.course, seconds // STEP, ends.at(places)
        bad, total = (within(sums, at, count).astype(np.float64) for sums in (course.bad, course.total))
        known = course.is_known(at, count)
        if course.states is not None:
            course.states.weigh(at, count, bad, total)
        return WindowEvents(bad, total, np.ones(len(bad), np.bool_) if known is None else known)

    def sums(self, span: Span) -> tuple[float, float]:
        """Bad and total events of the slices that begin in a span, corrected, in quanta."""
        place, count = (span.end - self.course.start) // STEP, span.slices
        ends = Ends(place, 1, 1, None)
        events = self.events(count * STEP, ends)
        return float(events.bad[0]), float(events.total[0])

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
        places: Ints | None = None
        for limit in reversed(tier.limits):
            may = self._may_hold(limit, ends, places)
            places = np.flatnonzero(may & known) if places is None else places[may]
            if not len(places):
                break
        return np.zeros(0, np.int64) if places is None else places

    def _may_hold(self, limit: BurnLimit, ends: Ends, places: Ints | None) -> Bools:
        """Where a limit may be exceeded: there are bad events, and no fewer than by a margin too few."""
        factor, count = float(limit.factor * self.stakes.error_budget) * (1 - _MARGIN), limit.seconds // STEP
        if self.course.states is not None:
            events = self.events(limit.seconds, ends, places)
            return np.asarray((events.bad > 0) & (events.bad > events.total * factor - _MARGIN))
        if places is not None:
            at = ends.at(places)
            return np.asarray(within(self.course.bad, at, count) > within(self.course.total, at, count) * factor)
        may = np.empty(ends.count, np.bool_)
        for first in range(0, ends.count, _CHUNK):
            at = ends.part(first, _CHUNK)
            limit_of = within(self.course.total, at, count) * factor
            np.greater(within(self.course.bad, at, count), limit_of, out=may[first : first + _CHUNK])
        return may

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
        return self.part(0, self.count)

    def part(self, first: int, count: int) -> slice:
        """The positions of some ends that follow each other."""
        last = min(first + count, self.count) - 1
        return slice(self.first + self.stride * first, self.first + self.stride * last + 1, self.stride)
