"""
What recordings say of slices: a function of those that hold and of what everybody else says, in any order of recording.

Pure, in whole quanta. Failures come first, since they are as good as measured; downtime then raises what is bad to its
share, and counts them towards it. Leaves out reading and writing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from leadline.core.corrections import union
from leadline.core.slices import STEP
from leadline.core.windows import Span
from leadline.domains.measurement import outages
from leadline.domains.measurement.outages import apportioned, failed, overlaps, touched
from leadline.ports.recordings import Recording

Counts = tuple[int, int]
"""(bad, total) of one slice, in quanta."""


def related(recordings: Iterable[Recording], span: Span) -> tuple[Span, tuple[Recording, ...]]:
    """The recordings whose slices hang together with those of a span, and the slices that these touch, with it."""
    every = [(touched(each.start, each.end), each) for each in recordings]
    [whole] = [one for one in union([span, *(each for each, _ in every)]) if one.start <= span.start < one.end]
    return whole, tuple(each for one, each in every if whole.start <= one.start < whole.end)


@dataclass(slots=True)
class Retelling:
    """One series over a span: what others say of each slice, and what recordings add to it."""

    start: int
    others: Sequence[Counts]
    quantum: Fraction
    may_exceed: bool
    bad: dict[int, int] = field(default_factory=dict)
    """By start of the slice, what recordings add; as `total`."""
    total: dict[int, int] = field(default_factory=dict)
    unfit: dict[int, Fraction] = field(default_factory=dict)
    """Failed events for which no good event is known, by id of the recording."""

    def rows(self) -> Mapping[int, Counts]:
        """Slices of which recordings say anything, in order."""
        starts = sorted({*self.bad, *self.total})
        found = {at: (self.bad.get(at, 0), self.total.get(at, 0)) for at in starts}
        return {at: row for at, row in found.items() if any(row)}

    def add_failures(self, recordings: Iterable[Recording]) -> None:
        """Those that bring their events first, then short ones before long ones, so that what fits does fit."""
        for each in sorted(recordings, key=_order):
            self._add(each)

    def _add(self, failures: Recording) -> None:
        pieces = overlaps(failures.start, failures.end)
        bad = int(failures.bad / self.quantum)
        if failures.total is not None:
            total = int(failures.total / self.quantum)
            totals = apportioned(total, [each.seconds for each in pieces])
            _count(self.total, pieces, totals)
            weights: Sequence[int] = totals if total else [each.seconds for each in pieces]
        elif self.may_exceed:
            weights = [each.seconds for each in pieces]
        else:
            weights = [each.seconds * self._good(each.start) for each in pieces]
            fitting = min(bad, sum(weights) // STEP)
            if fitting < bad:
                self.unfit[failures.id] = (bad - fitting) * self.quantum
            bad = fitting
        if bad:
            _count(self.bad, pieces, apportioned(bad, weights))

    def add_downtime(self, recordings: Iterable[tuple[Recording, int]]) -> None:
        """
        Raise what is bad in each slice to the largest share that is recorded of it.

        Args:
            recordings: each with the events that a slice stands for of which no other is known; 0: it is left out.
        """
        wanted: dict[int, int] = {}
        for downtime, unit in recordings:
            for piece in overlaps(downtime.start, downtime.end):
                total = self._known(piece.start)[1] or unit
                if total:
                    share = failed(piece, downtime.fraction or Fraction(0), total)
                    wanted[piece.start] = max(wanted.get(piece.start, 0), share)
                if not self._known(piece.start)[1]:
                    self.total[piece.start] = unit
        for at, share in wanted.items():
            self.bad[at] = self.bad.get(at, 0) + max(0, share - self._known(at)[0])

    def unknown(self, span: Span) -> int:
        """How many slices of a span there are of which no event is known."""
        return sum(not self._known(at)[1] for at in range(span.start, span.end, STEP))

    def _known(self, at: int) -> Counts:
        bad, total = self.others[(at - self.start) // STEP]
        return bad + self.bad.get(at, 0), total + self.total.get(at, 0)

    def _good(self, at: int) -> int:
        bad, total = self._known(at)
        return max(0, total - bad)


def _order(failures: Recording) -> tuple[bool, int, int, int, int]:
    return (
        failures.total is None,
        failures.end - failures.start,
        failures.start,
        failures.bad,
        failures.total or 0,
    )


def _count(into: dict[int, int], pieces: Sequence[outages.Overlap], parts: Sequence[int]) -> None:
    for piece, part in zip(pieces, parts, strict=True):
        into[piece.start] = into.get(piece.start, 0) + part
