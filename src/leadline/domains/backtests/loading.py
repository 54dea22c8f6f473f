"""The history of objectives as a replay wants it, read from the ledger some objectives at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leadline.core.budgets import BudgetingMethod, Subject
from leadline.core.corrections import CorrectionMode, CorrectionSpan
from leadline.core.expectations import MEMORY
from leadline.core.history import merge_dense
from leadline.core.slices import HOUR, DenseSlices
from leadline.core.time_slices import time_slices
from leadline.core.windows import Span
from leadline.handbook.recurrences import concerns, occurrences
from leadline.handbook.specs import Slo
from leadline.handbook.strategies import window_seconds
from leadline.ports.corrections import all_in_force
from leadline.ports.operation import Context

_DAY = 24 * HOUR
_AT_ONCE = 8
"""Objectives that are read together: fewer questions, and their slices stay in the cache."""


def reach(slos: Sequence[Slo], span: Span, longest: int) -> Span:
    """What must be known to replay a span: the longest window before it, the budget's, and four weeks of traffic."""
    before = max([longest, MEMORY, *(window_seconds(slo.terms.window) for slo in slos)])
    return Span((span.start - before) // _DAY * _DAY - _DAY, -(-span.end // HOUR) * HOUR)


def histories(slos: Sequence[Slo], within: Span, context: Context) -> Iterator[tuple[Slo, DenseSlices | None, Subject]]:
    """Each objective with its slices over whole hours, None where none was ever seen, and what is to be judged."""
    corrections = all_in_force(context.handbook, context.corrections).values()
    for first in range(0, len(slos), _AT_ONCE):
        chosen = slos[first : first + _AT_ONCE]
        names = sorted({slo.series for slo in chosen})
        found, extents = context.ledger.read(names, within.start, within.end), context.ledger.extents(names)
        for slo in chosen:
            spans = tuple(
                CorrectionSpan(span, CorrectionMode(correction.mode))
                for correction in corrections
                if "slo" in correction.applies_to and concerns(correction, slo)
                for span in occurrences(correction, within)
            )
            born = [extent.first for key, extent in extents.items() if key.sli == slo.series]
            subject = Subject(slo.terms, min(born, default=None), spans)
            parts = [dense for key, dense in found.items() if key.sli == slo.series]
            yield slo, _laid(merge_dense(parts), slo) if parts and born else None, subject


def _laid(dense: DenseSlices, slo: Slo) -> DenseSlices:
    if slo.terms.method is BudgetingMethod.OCCURRENCES:
        return dense
    return time_slices(dense, slo.terms)[1]
