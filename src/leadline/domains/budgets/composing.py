"""
Composites, judged: each component is read and counted over the composite's window, then they are combined.

A component is counted against a budget of everything, so that what it consumed is its share of error; its own policies
for silence, idleness and coverage, and its corrections, hold as they do where it is shown by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import numpy as np

from leadline.core.budgets import Figures, Level, LevelThresholds
from leadline.core.composites import Part, Standing, composed, standing
from leadline.core.deciding import exact_sums
from leadline.core.slices import STEP
from leadline.core.subjects import budget_span
from leadline.core.windows import Span, Window
from leadline.domains.budgets.loading import Judged
from leadline.domains.budgets.model import (
    BudgetFigures,
    ComponentStatus,
    CompositeFigures,
    RawFigures,
    SloStatus,
)
from leadline.domains.budgets.rules import verdict
from leadline.handbook.specs import Composite, Handbook, Slo

_NEVER_DEPLETED = LevelThresholds(*(Fraction(-(10**12)),) * 3)
"""So that a component's level says only whether it is known."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A composite at one instant."""

    composite: Composite
    window: Span
    whole: Part
    standing: Standing
    parts: tuple[tuple[Part, Standing], ...]
    """Each component, and how it stands against its own objective over this window."""


def statuses(
    handbook: Handbook, composites: Sequence[Composite], judge: Callable[[Sequence[Slo]], Judged]
) -> tuple[SloStatus, ...]:
    """Composites in their order, judged at the instant at which `judge` judges measured SLOs."""
    found: dict[str, SloStatus] = {}
    for composite, judged in over_their_windows(handbook, composites, judge):
        places = {judged.index[slo.id, None] for slo in below(handbook, composite)}
        is_corrected = any(judged.figures.evaluation(place).raw is not None for place in places)
        raw = _composed(handbook, judged, composite, is_raw=True) if is_corrected else None
        found[composite.slo.id] = _status(_composed(handbook, judged, composite, is_raw=False), raw)
    return tuple(found[composite.slo.id] for composite in composites)


def compositions(
    handbook: Handbook, composites: Sequence[Composite], judge: Callable[[Sequence[Slo]], Judged]
) -> tuple[Composed, ...]:
    """Composites as they stand, corrected; each nests the account of its parts."""
    each = over_their_windows(handbook, composites, judge)
    return tuple(_composed(handbook, judged, composite, is_raw=False) for composite, judged in each)


def over_their_windows(
    handbook: Handbook, composites: Sequence[Composite], judge: Callable[[Sequence[Slo]], Judged]
) -> Iterator[tuple[Composite, Judged]]:
    """Each composite with its measured SLOs judged over its window; those of one window are judged once."""
    by_window: dict[Window, list[Composite]] = {}
    for composite in composites:
        by_window.setdefault(composite.slo.terms.window, []).append(composite)
    for window, of in by_window.items():
        leaves = {slo.id: slo for composite in of for slo in below(handbook, composite)}
        judged = judge([neutral(slo, window) for slo in leaves.values()])
        yield from ((composite, judged) for composite in of)


def below(handbook: Handbook, composite: Composite) -> Iterator[Slo]:
    """The measured SLOs of a composite, however deep."""
    for component in composite.components:
        if component.slo in handbook.composites:
            yield from below(handbook, handbook.composites[component.slo])
        else:
            yield handbook.slos[component.slo]


def neutral(slo: Slo, window: Window) -> Slo:
    """The SLO over another window and against a budget of everything, without its groups."""
    terms = replace(slo.terms, window=window, target=Decimal(0), error_budget=Fraction(1), thresholds=_NEVER_DEPLETED)
    return replace(slo, sli=replace(slo.sli, group_by=()), terms=terms)


def standings(handbook: Handbook, composite: Composite, each: Iterable[Judged]) -> Iterator[Standing]:
    """How a composite stood at each instant at which its measured SLOs (`neutral`, over its window) were judged."""
    return (_composed(handbook, judged, composite, is_raw=False).standing for judged in each)


def whole_of(handbook: Handbook, judged: Judged, composite: Composite) -> Part:
    """A composite as it stands over the window that `judged` judges, fit to be a component."""
    return _composed(handbook, judged, composite, is_raw=False).whole


def _composed(handbook: Handbook, judged: Judged, composite: Composite, *, is_raw: bool) -> Composed:
    terms = composite.slo.terms
    parts: list[tuple[Part, Standing]] = []
    for component in composite.components:
        if component.slo in handbook.composites:
            inner = _composed(handbook, judged, handbook.composites[component.slo], is_raw=is_raw)
            own, part = inner.composite.slo.terms, inner.whole
        else:
            own, part = handbook.slos[component.slo].terms, part_of(judged, component.slo, is_raw=is_raw)
        part = replace(part, weight=component.weight)
        parts.append((part, standing(part, own.error_budget, own.thresholds)))
    whole = composed(composite.slo.id, composite.kind, composite.on_missing, [part for part, _ in parts])
    window = budget_span(terms.window, judged.at, STEP)
    return Composed(composite, window, whole, standing(whole, terms.error_budget, terms.thresholds), tuple(parts))


def part_of(judged: Judged, slo: str, *, is_raw: bool = False) -> Part:
    """A measured component as it stands over the window; raw: without its corrections."""
    column = place = judged.index[slo, None]
    figures, subject = judged.figures, judged.columns[column].subject
    if is_raw and subject.corrections and figures.raw is not None:
        place = int(np.searchsorted(figures.subjects.corrected, column))
        figures, subject = figures.raw, replace(subject, corrections=())
    evaluation = figures.evaluation(place)
    sums = exact_sums(judged.history, subject, column, judged.at)
    is_known, has_number = evaluation.level is not Level.UNKNOWN, evaluation.consumed is not None
    broken = Fraction(1) if evaluation.level is Level.DEPLETED else None
    every = sums.promised + sums.missing
    error, least, most = broken, broken, Fraction(1)
    if has_number:
        error, least = _share(sums.bad, sums.promised), _share(sums.bad, every)
        most = _share(sums.bad + sums.missing, every) or Fraction(0)
    return Part(
        name=slo,
        error=error,
        seen=_share(evaluation.bad, evaluation.total),
        least=least or Fraction(0),
        most=most,
        burn=_burn(figures, place),
        coverage=evaluation.coverage,
        is_known=is_known,
        reason="" if is_known else evaluation.short_reason.replace("; ", ", "),
        is_emptied=is_known and not has_number and broken is None,
    )


def _burn(figures: Figures, place: int) -> dict[int, Fraction | None]:
    """Share of error over each burn window."""
    shares: dict[int, Fraction | None] = {}
    for row, seconds in enumerate(figures.burn_windows):
        bad, total = float(figures.burn_bad[row, place]), float(figures.burn_total[row, place])
        shares[seconds] = _share(bad, total) if figures.has_burn[row, place] else None
    return shares


def _share(bad: float | Fraction, total: float | Fraction) -> Fraction | None:
    """Bad among all, at most all of it: failures may outnumber the minutes they fall into."""
    return min(Fraction(1), Fraction(bad) / Fraction(total)) if total else None


def _status(found: Composed, raw: Composed | None) -> SloStatus:
    composite, result = found.composite, found.standing
    return SloStatus.model_validate(
        {
            **_figures(result),
            **verdict(composite.slo, found.window, result),
            "raw": None
            if raw is None
            else RawFigures.model_validate({**_figures(raw.standing), "level": raw.standing.level.value}),
            "composite": CompositeFigures(
                kind=composite.kind.value,
                on_missing=composite.on_missing.value,
                components=tuple(_component(part, own) for part, own in found.parts),
            ),
        }
    )


def _figures(result: Standing) -> Mapping[str, object]:
    budget = BudgetFigures(allowed_bad=None, consumed=result.consumed, remaining=result.remaining)
    counts = dict.fromkeys(("good", "bad", "total"))
    return {**counts, "sli": result.sli, "coverage": result.coverage, "budget": budget}


def _component(part: Part, own: Standing) -> ComponentStatus:
    return ComponentStatus(
        slo=part.name,
        weight=float(part.weight),
        error=None if part.error is None else float(part.error),
        coverage=part.coverage,
        level=own.level.value,
        remaining=own.remaining,
        is_missing=not part.is_known,
        reason=part.reason,
    )
