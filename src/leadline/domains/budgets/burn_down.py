"""
How budgets went and how they will come back: the line of the window so far, and what ages out as it moves on.

Pure. Lines are as measured; corrections are not drawn, except that a composite's line ends at what is left of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from leadline.core.ageing import bad_between
from leadline.core.budgets import Level
from leadline.core.composites import OnMissing, Part, combined
from leadline.core.deciding import exact_sums
from leadline.core.exhaustion import Leaving, aged_out, leaving, recovers_at
from leadline.core.slices import HOUR, STEP
from leadline.core.subjects import budget_span
from leadline.core.windows import Span
from leadline.domains.budgets.composing import part_of, whole_of
from leadline.domains.budgets.loading import Judged
from leadline.domains.budgets.model import Ageing, BurnDownPoint, Outlook
from leadline.domains.budgets.rules import counted, instant
from leadline.handbook.specs import Composite, Handbook, Slo
from leadline.units import NoData

POINTS = 60
DAY = 24 * HOUR


def _edges(window: Span, at: int) -> list[int]:
    """Whole hours of the lived window, about `POINTS` of them, and its end."""
    start = -(-window.start // HOUR) * HOUR
    stride = max(HOUR, -(-(at - start) // POINTS // HOUR) * HOUR)
    return [*range(start + stride, at, stride), at]


def line(judged: Judged, slo: Slo) -> tuple[BurnDownPoint, ...]:
    """What was left of today's budget as the window went by: the last point is the remaining budget now."""
    number = judged.index[slo.id, None]
    evaluation, of = judged.figures.evaluation(number), slo.unit
    allowed = evaluation.allowed_bad
    points: list[BurnDownPoint] = []
    before, spent = evaluation.window.start, 0
    for edge in _edges(evaluation.window, judged.at):
        bad, total, seen = _measured(judged, number, Span(before, edge))
        spent += bad
        points.append(
            BurnDownPoint(
                at=instant(edge),
                remaining=1 - spent / allowed if allowed else None,
                bad=counted(bad, of),
                total=counted(total, of),
                seen=seen,
            )
        )
        before = edge
    return tuple(points)


def _measured(judged: Judged, column: int, span: Span) -> tuple[int, int, int]:
    """Bad, total and seen slices of a span, in business hours where the objective has them."""
    hours = judged.columns[column].subject.terms.hours
    parts = [judged.history.sums(part, [column]) for part in ([span] if hours is None else hours.spans(span))]
    bad, total, seen = (sum(int(getattr(part, name)[0]) for part in parts) for name in ("bad", "total", "seen"))
    return bad, total, seen


@dataclass(frozen=True, slots=True)
class _Line:
    """Share of error of one component at each edge, and the slices seen since the edge before."""

    error: Sequence[Fraction | None]
    seen: Sequence[int]


def composite_line(handbook: Handbook, judged: Judged, composite: Composite) -> tuple[BurnDownPoint, ...]:
    """As `line`, for a composite, which has no counts; a point is seen as far as every component was."""
    terms = composite.slo.terms
    edges = _edges(budget_span(terms.window, judged.at, STEP), judged.at)
    drawn = _composite(handbook, judged, composite, edges)
    return tuple(
        BurnDownPoint(at=instant(edge), remaining=_left(error, terms.error_budget), bad=None, total=None, seen=seen)
        for edge, error, seen in zip(edges, drawn.error, drawn.seen, strict=True)
    )


def _left(error: Fraction | None, budget: Fraction) -> float | None:
    if error is None or (not budget and error):
        return None
    return float(1 - error / budget) if budget else 1.0


def _composite(handbook: Handbook, judged: Judged, composite: Composite, edges: Sequence[int]) -> _Line:
    drawn: list[tuple[_Line, Fraction]] = []
    for component in composite.components:
        inner = handbook.composites.get(component.slo)
        part = whole_of(handbook, judged, inner) if inner else part_of(judged, component.slo)
        if part.is_emptied or (composite.on_missing is OnMissing.IGNORE and not part.is_known):
            continue
        if inner is None:
            each = _component(judged, part, _end(part, composite.on_missing), edges)
        else:
            each = _composite(handbook, judged, inner, edges)
            if not part.is_known and composite.on_missing is not OnMissing.UNKNOWN:
                each = _Line([_end(part, composite.on_missing)] * len(edges), each.seen)
        drawn.append((each, component.weight))
    shares = [[(each.error[row], weight) for each, weight in drawn] for row in range(len(edges))]
    return _Line(
        [_combined(composite, row) for row in shares],
        [min((each.seen[row] for each, _ in drawn), default=0) for row in range(len(edges))],
    )


def _combined(composite: Composite, shares: Sequence[tuple[Fraction | None, Fraction]]) -> Fraction | None:
    known = [(error, weight) for error, weight in shares if error is not None]
    return combined(composite.kind, known) if known and len(known) == len(shares) else None


def _end(part: Part, on_missing: OnMissing) -> Fraction | None:
    """Where the line of a component ends: its error, or what the policy takes it for."""
    if part.is_known or on_missing in (OnMissing.UNKNOWN, OnMissing.IGNORE):
        return part.error
    return part.least if on_missing is OnMissing.GOOD else part.most


def _component(judged: Judged, part: Part, end: Fraction | None, edges: Sequence[int]) -> _Line:
    """From its end backwards: without what went bad after each edge."""
    column = judged.index[part.name, None]
    start = judged.figures.evaluation(column).window.start
    promised = exact_sums(judged.history, judged.columns[column].subject, column, judged.at).promised
    error: list[Fraction | None] = []
    seen = []
    for before, edge in zip([start, *edges], edges, strict=False):
        after, _, _ = _measured(judged, column, Span(edge, judged.at))
        share = Fraction(after) / promised if promised else Fraction(0)
        error.append(None if end is None else max(Fraction(0), end - share))
        seen.append(_measured(judged, column, Span(before, edge))[2])
    return _Line(error, seen)


def outlook(judged: Judged, slo: Slo) -> Outlook:
    """What leaves the window of an objective from now on, and when more than its lowest threshold is left again."""
    leaves = _leaving(judged, [slo])[slo.id]
    back = _back(judged, slo, leaves)
    days = sorted({(each.by - judged.at - 1) // DAY for each in leaves})
    ageing = [
        Ageing(
            start=instant(start),
            end=instant(start + DAY),
            bad=counted_exactly(aged_out(leaves, start, start + DAY), slo),
        )
        for start in (judged.at + day * DAY for day in days)
    ]
    return Outlook(
        ages_out_next_day=counted_exactly(aged_out(leaves, judged.at, judged.at + DAY), slo),
        ageing=tuple(ageing),
        recovers_at=None if isinstance(back, NoData) else instant(back),
        reason=back.reason if isinstance(back, NoData) else "",
    )


def recoveries(judged: Judged, slos: Sequence[Slo]) -> dict[str, datetime | None]:
    """When each of these is back, as its `outlook` tells; counted together."""
    found = {}
    leaves = _leaving(judged, slos)
    for slo in slos:
        back = _back(judged, slo, leaves[slo.id])
        found[slo.id] = None if isinstance(back, NoData) else instant(back)
    return found


def _back(judged: Judged, slo: Slo, leaves: Sequence[Leaving]) -> int | NoData:
    column = judged.index[slo.id, None]
    evaluation, subject = judged.figures.evaluation(column), judged.columns[column].subject
    allowed = subject.terms.error_budget * exact_sums(judged.history, subject, column, judged.at).promised
    back = recovers_at(leaves, allowed, subject.terms.thresholds.critical)
    if not evaluation.allowed_bad and evaluation.level is not Level.DEPLETED:
        return NoData(evaluation.reason or "zero tolerance is kept")
    if evaluation.consumed is None and subject.terms.error_budget:
        return NoData(evaluation.reason)
    return back


def counted_exactly(quanta: Fraction, slo: Slo) -> int | float:
    exact = quanta * slo.unit
    return exact.numerator if exact.denominator == 1 else float(exact)


def _leaving(judged: Judged, slos: Sequence[Slo]) -> dict[str, tuple[Leaving, ...]]:
    """Corrected bad events by the hour in which they leave; those of a calendar's period all leave at its end."""
    by_edges: dict[tuple[int, ...], list[Slo]] = defaultdict(list)
    for slo in slos:
        by_edges[_ages(judged, slo)].append(slo)
    found = {}
    for edges, of in by_edges.items():
        columns = [judged.index[slo.id, None] for slo in of]
        subjects = [judged.columns[column].subject for column in columns]
        each = bad_between(judged.history, subjects, columns, judged.at, edges)
        for slo, column, bads in zip(of, columns, each, strict=True):
            window = judged.figures.evaluation(column).window
            if slo.terms.window.kind == "rolling":
                found[slo.id] = leaving(edges, bads, window.seconds)
            else:
                found[slo.id] = tuple(Leaving(window.end, bad) for bad in bads if bad)
    return found


def _ages(judged: Judged, slo: Slo) -> tuple[int, ...]:
    """Of the lived part of the window, and of the hours in it where they leave one by one."""
    window = judged.figures.evaluation(judged.index[slo.id, None]).window
    lived = min(window.end, judged.at)
    if slo.terms.window.kind != "rolling":
        return window.start, lived
    return window.start, *range((window.start // HOUR + 1) * HOUR, lived, HOUR), lived
