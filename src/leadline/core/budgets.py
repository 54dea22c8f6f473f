"""
Error budgets: what an objective allows, what was consumed, what remains, and at which level that stands.

Sums are integers; ratios are float64, and a number within 1e-9 of a threshold is decided again in Fractions. Leaves out
where slices come from, rounding, and text other than reasons.

    allowed   = error budget × (counted total + expected total of what is not lived yet or lies before birth)
    consumed  = bad / allowed
    remaining = 1 - consumed
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadline.core.benches import Bench
from leadline.core.corrections import disjoint
from leadline.core.evaluations import LEVELS, Evaluation, Figures
from leadline.core.expectations import MEMORY
from leadline.core.history import History
from leadline.core.judging import judged
from leadline.core.slices import HOUR, Ints
from leadline.core.subjects import Subject, Subjects, budget_span
from leadline.core.terms import BudgetingMethod, BudgetTerms, Level, LevelThresholds, OnNoData, OnNoTraffic
from leadline.core.windows import Span, floor_to_step

__all__ = [
    "LEVELS",
    "BudgetTerms",
    "BudgetingMethod",
    "Evaluation",
    "Figures",
    "Level",
    "LevelThresholds",
    "OnNoData",
    "OnNoTraffic",
    "Subject",
    "Subjects",
    "edges",
    "evaluate",
    "needed_span",
]


def edges(subject: Subject, at: int, burn_windows: Iterable[int]) -> set[int]:
    """
    Every instant at which an evaluation will cut the history, epoch seconds.

    Pass them through `detail_hours` to learn of which hours the slices are needed.
    """
    at, unit, starts_at = floor_to_step(at), subject.unit_seconds, subject.terms.starts_at
    until = at // unit * unit
    found = {budget_span(subject.terms.window, at, unit).start, until, at, at - MEMORY}
    found.update(until - seconds for seconds in burn_windows)
    begin = min(found)
    if starts_at is not None:
        found.add(min(starts_at // unit * unit, at))
    for piece in disjoint(subject.corrections):
        found |= {piece.span.start, piece.span.end}
    if subject.terms.hours is not None:
        for span in subject.terms.hours.spans(Span(begin, at)):
            found |= {span.start, span.end}
    return {edge for edge in found if begin <= edge <= at}


def needed_span(subjects: Sequence[Subject] | Subjects, at: int, burn_windows: Iterable[int]) -> Span:
    """The whole hours that a history must cover: budget and burn windows, and four weeks for the expected traffic."""
    at = floor_to_step(at)
    table = subjects if isinstance(subjects, Subjects) else Subjects.of(subjects)
    begin = min([at - MEMORY, *(at - seconds for seconds in burn_windows)])
    for cohort in table.cohorts:
        unit, longest = cohort.unit_seconds, max([0, *burn_windows])
        earliest = min(cohort.budget_span(at).start, cohort.lived_until(at) - longest)
        begin = min(begin, earliest // unit * unit)
    return Span(begin // HOUR * HOUR, -(-at // HOUR) * HOUR)


def evaluate(history: History, subjects: Sequence[Subject] | Subjects, at: int, burn_windows: Sequence[int]) -> Figures:
    """
    Judge every column of a history at one instant.

    Args:
        history: covers `needed_span`, with detail for the hours of `edges`.
        subjects: what stands in each column, in order; a `Subjects` when the same are judged again and again.
        at: epoch seconds, floored to the step; slices with start < at count.
        burn_windows: seconds, multiples of STEP.

    Returns:
        Figures of every subject, with those of the corrected ones without their corrections beside.

    Raises:
        ValueError: as many subjects as columns are wanted, or an hour is cut of which the slices are missing.

    Source: The Site Reliability Workbook (2018), ch. 5, for burn rates; design §2 for everything that is missing.
    """
    table = subjects if isinstance(subjects, Subjects) else Subjects.of(subjects)
    if len(table) != history.width:
        raise ValueError(f"{len(table)} subjects for {history.width} columns")
    at, windows = floor_to_step(at), tuple(burn_windows)
    figures = _figures(history, table, None, at, windows)
    if table.uncorrected is None:
        return figures
    return replace(figures, raw=_figures(history, table.uncorrected, table.corrected, at, windows))


def _figures(history: History, table: Subjects, columns: Ints | None, at: int, windows: tuple[int, ...]) -> Figures:
    """Figures of a table whose subjects stand in `columns` of the history (None: in order)."""
    parts = []
    for cohort in table.cohorts:
        whole = len(cohort.subjects) == history.width
        picked = None if whole else cohort.index if columns is None else columns[cohort.index]
        parts.append(judged(Bench.of(history, cohort, picked, at), windows))
    gathered = parts[0] if len(parts) == 1 else _gathered(table, parts)
    return Figures(at, windows, table, raw=None, **gathered)


def _gathered(table: Subjects, parts: Sequence[dict[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    """The arrays of several cohorts as one array each, every subject in its place."""
    gathered = {}
    for name, sample in parts[0].items():
        gathered[name] = np.zeros((*sample.shape[:-1], len(table)), sample.dtype)
        for cohort, part in zip(table.cohorts, parts, strict=True):
            gathered[name][..., cohort.index] = part[name]
    return gathered
