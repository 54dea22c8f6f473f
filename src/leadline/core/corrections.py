"""
Corrections: intervals whose slices count otherwise than measured, and the algebra of their overlaps.

`exclude` beats `bad`, `bad` beats `good`; overlaps of one mode are one interval. Leaves out who approved a correction
and to what it applies, which the handbook says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from leadline.core.slices import STEP
from leadline.core.windows import Span


class CorrectionMode(StrEnum):
    """What the slices of a corrected interval stand for."""

    EXCLUDE = "exclude"
    """Nothing: they count on neither side and are not expected."""
    GOOD = "good"
    """All their events are good; a slice that was not seen counts as seen, good at the expected traffic."""
    BAD = "bad"
    """All their events are bad; a slice that was not seen counts as seen, bad at the expected traffic."""


@dataclass(frozen=True, slots=True, order=True)
class CorrectionSpan:
    """One corrected interval; a slice belongs to it when its start does."""

    span: Span
    mode: CorrectionMode


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """
    The instants that lie in any of the spans, as sorted spans that neither overlap nor touch; empty spans vanish.

    >>> union([Span(60, 180), Span(0, 120), Span(180, 240)])
    (Span(start=0, end=240),)
    """
    joined: list[Span] = []
    for span in sorted(spans):
        if span.end <= span.start:
            continue
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return tuple(joined)


def difference(spans: Iterable[Span], taken: Iterable[Span]) -> tuple[Span, ...]:
    """
    The instants of `spans` that lie in none of `taken`, as sorted disjoint spans.

    >>> difference([Span(0, 240)], [Span(60, 120)])
    (Span(start=0, end=60), Span(start=120, end=240))
    """
    holes = union(taken)
    left: list[Span] = []
    first = 0
    for span in union(spans):
        start = span.start
        while first < len(holes) and holes[first].end <= start:
            first += 1
        for hole in holes[first:]:
            if hole.start >= span.end:
                break
            if hole.start > start:
                left.append(Span(start, hole.start))
            start = max(start, hole.end)
        if start < span.end:
            left.append(Span(start, span.end))
    return tuple(left)


def disjoint(corrections: Iterable[CorrectionSpan]) -> tuple[CorrectionSpan, ...]:
    """
    Corrections that say the same slice by slice, sorted, none overlapping another, edges on the grid of steps.

    An edge inside a slice moves to the next start, because a slice belongs to where it starts.

    >>> exclude = CorrectionSpan(Span(0, 120), CorrectionMode.EXCLUDE)
    >>> bad = CorrectionSpan(Span(60, 180), CorrectionMode.BAD)
    >>> [(piece.span.start, piece.span.end, str(piece.mode)) for piece in disjoint([bad, exclude])]
    [(0, 120, 'exclude'), (120, 180, 'bad')]
    """
    by_mode: dict[CorrectionMode, list[Span]] = {mode: [] for mode in CorrectionMode}
    for correction in corrections:
        span = correction.span
        by_mode[correction.mode].append(Span(-(-span.start // STEP) * STEP, -(-span.end // STEP) * STEP))
    pieces: list[CorrectionSpan] = []
    stronger: list[Span] = []
    for mode in (CorrectionMode.EXCLUDE, CorrectionMode.BAD, CorrectionMode.GOOD):
        pieces += [CorrectionSpan(span, mode) for span in difference(by_mode[mode], stronger)]
        stronger += by_mode[mode]
    return tuple(sorted(pieces))
