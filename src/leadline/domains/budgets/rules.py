"""
From evaluations to the figures that are shown: units and names, no rounding.

Pure. Quanta become events here, and slices where time slices are budgeted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Protocol

from leadline.core.alert_tiers import windows_of
from leadline.core.budgets import Evaluation, Level
from leadline.core.windows import Span
from leadline.domains.budgets.brackets import two_ends
from leadline.domains.budgets.loading import Column, Judged
from leadline.domains.budgets.model import (
    BudgetFigures,
    GroupStatus,
    RawFigures,
    SloStatus,
    WindowFigures,
)
from leadline.handbook.specs import Slo
from leadline.units import format_duration


def instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def counted(quanta: int, of: Fraction) -> int | float:
    """A count as a whole number where it is one."""
    exact = quanta * of
    return exact.numerator if exact.denominator == 1 else float(exact)


def figures(evaluation: Evaluation, of: Fraction) -> dict[str, object]:
    """The fields that objective, group and raw figures share."""
    return {
        "good": counted(evaluation.good, of),
        "bad": counted(evaluation.bad, of),
        "total": counted(evaluation.total, of),
        "sli": evaluation.sli,
        "coverage": evaluation.coverage,
        "budget": BudgetFigures(
            allowed_bad=None if evaluation.allowed_bad is None else evaluation.allowed_bad * float(of),
            consumed=evaluation.consumed,
            remaining=evaluation.remaining,
        ),
    }


class Judgement(Protocol):
    """What an evaluation and the standing of a composite have in common."""

    @property
    def level(self) -> Level: ...

    @property
    def reason(self) -> str: ...

    @property
    def short_reason(self) -> str: ...

    @property
    def burn(self) -> Mapping[int, float | None]: ...


def verdict(slo: Slo, span: Span, judgement: Judgement) -> dict[str, object]:
    """The fields that say which objective it is, over which window, and how it stands."""
    window = slo.terms.window
    return {
        "slo": slo.id,
        "name": slo.display_name or slo.name,
        "service": slo.service,
        "tier": slo.tier,
        "objective": float(slo.terms.target),
        "window": WindowFigures(
            kind=window.kind,
            duration=str(window),
            start=instant(span.start),
            end=instant(span.end),
            hours=None if slo.terms.hours is None else str(slo.terms.hours),
        ),
        "level": judgement.level.value,
        "reason": judgement.reason,
        "short_reason": judgement.short_reason,
        "burn_windows": tuple(format_duration(seconds) for seconds in windows_of(slo.alerts)),
        "burn": {format_duration(seconds): rate for seconds, rate in judgement.burn.items()},
    }


def status(judged: Judged, slo: Slo) -> SloStatus:
    """One objective with its groups."""
    number = judged.index[slo.id, None]
    evaluation, of = judged.figures.evaluation(number), slo.unit
    leaves = judged.columns if slo.sli.group_by else ()
    groups = tuple(_group(judged, column) for column in leaves if column.slo is slo and column.is_group)
    return SloStatus.model_validate(
        {
            **figures(evaluation, of),
            **verdict(slo, evaluation.window, evaluation),
            **two_ends(judged, slo.id, None, of),
            "groups": groups,
            "raw": None if evaluation.raw is None else _raw(evaluation.raw, of),
        }
    )


def _raw(evaluation: Evaluation, of: Fraction) -> RawFigures:
    return RawFigures.model_validate({**figures(evaluation, of), "level": evaluation.level.value})


def _group(judged: Judged, column: Column) -> GroupStatus:
    evaluation = judged.figures.evaluation(judged.index[column.slo.id, column.labels])
    return GroupStatus.model_validate(
        {
            **figures(evaluation, column.slo.unit),
            "labels": dict(column.labels or ()),
            "level": evaluation.level.value,
            "reason": evaluation.reason,
            **{
                name: value
                for name, value in two_ends(judged, column.slo.id, column.labels, column.slo.unit).items()
                if name != "short_reason"
            },
        }
    )
