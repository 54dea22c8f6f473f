"""
What agreements commit to on an SLO, counted as they count: with the corrections that apply to them, announced in time.

An agreement declares no window of its own, so a commitment is counted over the objective's. Leaves out what follows
from a broken one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from leadline.core.budgets import Level, LevelThresholds
from leadline.core.corrections import CorrectionMode
from leadline.core.slices import STEP
from leadline.core.subjects import budget_span
from leadline.core.windows import Span
from leadline.domains.budgets.loading import Judged
from leadline.domains.budgets.model import AppliedCorrection, CommitmentStatus
from leadline.domains.budgets.rules import figures, instant
from leadline.handbook.recurrences import concerns, is_announced_in_time, occurrences
from leadline.handbook.specs import Agreement, Commitment, Correction, Handbook, Slo

_OVERSPENT = LevelThresholds(*(Fraction(-1, 10**15),) * 3)
"""Depleted then means that more than the budget is spent; exactly all of it keeps the commitment."""
_STATES = {Level.DEPLETED: "broken", Level.UNKNOWN: "unknown"}


def commitments(
    handbook: Handbook, slos: Sequence[Slo], corrections: Sequence[AppliedCorrection],
    judge: Callable[[Sequence[Slo]], Judged],
) -> tuple[CommitmentStatus, ...]:  # fmt: skip
    """
    Every commitment that one of these objectives protects.

    `judge` reads and evaluates objectives with the corrections of agreements.
    """
    late = tuple(
        dict.fromkeys(
            each.name for each in corrections if "agreement" in each.applies_to and not each.is_announced_in_time
        )
    )
    named = list(_named(handbook, slos))
    if not named:
        return ()
    judged = judge([_committed(slo, commitment, number) for number, (_, commitment, slo) in enumerate(named)])
    return tuple(_status(judged, number, *each, late) for number, each in enumerate(named))


def _named(handbook: Handbook, slos: Sequence[Slo]) -> Iterator[tuple[Agreement, Commitment, Slo]]:
    for agreement in handbook.agreements.values():
        for commitment in agreement.commitments:
            for slo in slos:
                is_own = commitment.slo is None and commitment.sli == slo.sli.id
                if is_own or commitment.slo in (slo.id, slo.name):
                    yield agreement, commitment, slo
                    break


def _committed(slo: Slo, commitment: Commitment, number: int) -> Slo:
    """The objective with what is committed for its target."""
    target = slo.terms.target if commitment.target is None else commitment.target
    terms = replace(slo.terms, target=target, error_budget=1 - Fraction(target), thresholds=_OVERSPENT)
    return replace(slo, id=f"{slo.id} {number}", sli=replace(slo.sli, group_by=()), terms=terms)


def _status(  # noqa: PLR0917 - one commitment, and what is known of it
    judged: Judged, number: int, agreement: Agreement, commitment: Commitment, slo: Slo, late: tuple[str, ...]
) -> CommitmentStatus:
    evaluation = judged.figures.evaluation(judged.index[f"{slo.id} {number}", None])
    state, reason = _STATES.get(evaluation.level, "kept"), evaluation.reason
    if commitment.target is None or slo.is_mtbf:
        state = "unknown"
        reason = "a mean time between failures is not compared" if slo.is_mtbf else "it has no target"
    return CommitmentStatus.model_validate(
        {
            **figures(evaluation, slo.unit),
            "agreement": agreement.name,
            "party": agreement.party,
            "commitment": commitment.name,
            "slo": slo.id,
            "target": None if commitment.target is None else float(commitment.target),
            "state": state,
            "reason": reason,
            "late": late,
        }
    )


def applied(corrections: Iterable[Correction], slos: Sequence[Slo], at: int) -> tuple[AppliedCorrection, ...]:
    """Intervals of corrections that have a part in what is lived of the window of an objective, by time."""
    found: dict[tuple[str, int], AppliedCorrection] = {}
    known = list(corrections)
    for slo in slos:
        window = budget_span(slo.terms.window, at, STEP)
        for correction in known:
            if concerns(correction, slo):
                for span in occurrences(correction, Span(window.start, min(window.end, at))):
                    found[correction.name, span.start] = _applied(correction, span)
    return tuple(sorted(found.values(), key=lambda each: (each.start, each.name)))


def _applied(correction: Correction, span: Span) -> AppliedCorrection:
    return AppliedCorrection(
        name=correction.name,
        mode=CorrectionMode(correction.mode).value,
        start=instant(span.start),
        end=instant(span.end),
        applies_to=correction.applies_to,
        reason=correction.reason,
        approver=correction.approver,
        is_announced_in_time=is_announced_in_time(correction, span.start),
    )
