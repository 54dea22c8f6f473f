"""The questions of a handbook: what each SLI asks of its source."""

from __future__ import annotations

from leadline.handbook.specs import RatioMeasure, RawMeasure, Sli, ThresholdMeasure
from leadline.ports.source import Role, SourceQuery


def queries(sli: Sli) -> tuple[SourceQuery, ...]:
    """The questions that one SLI asks of its source."""
    measure = sli.measure
    asked: list[tuple[Role, str, bool]] = []
    if isinstance(measure, RatioMeasure):
        asked.append((Role.TOTAL, measure.total.text, measure.counter))
        if measure.bad is not None:
            asked.append((Role.BAD, measure.bad.text, measure.counter))
        if measure.good is not None:
            asked.append((Role.GOOD, measure.good.text, measure.counter))
        if sli.failures is not None:
            asked.append((Role.FAILURES, sli.failures.text, measure.counter))
    elif isinstance(measure, RawMeasure | ThresholdMeasure):
        asked.append((Role.VALUE, measure.query.text, False))
    if sli.only_when is not None and asked:
        asked.append((Role.DEMAND, sli.only_when, False))
    return tuple(
        SourceQuery(sli.id, role, text, counter, () if role is Role.DEMAND else sli.group_by, sli.may_be_between)
        for role, text, counter in asked
    )
