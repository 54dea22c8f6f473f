"""
Bad and total events of one minute of an objective, in PromQL: the same numbers as slices, wherever it can say them.

Pure. A minute in which nothing was seen has no number; a bad series that is missing where the total is there counts 0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from leadline.core.slices import STEP
from leadline.core.terms import BudgetingMethod, BudgetTerms, OnNoData, OnNoTraffic
from leadline.handbook.bucket_limits import with_either_spelling
from leadline.handbook.counters import recorded_query
from leadline.handbook.promql import fill
from leadline.handbook.specs import PROMETHEUS_LIKE, DataSource, Limit, Query, RatioMeasure, RawMeasure, Slo
from leadline.units import format_duration

BAD, TOTAL = "leadline:slo_bad:count1m", "leadline:slo_total:count1m"
OWN_LABELS = ("slo", "service", "team", "tier", "alert", "severity", "long", "short")
"""Labels that rules give; a group of this name would be overwritten."""
_OPPOSITE = {"lt": ">=", "lte": ">", "gt": "<=", "gte": "<"}


class NotSayable(Exception):
    """An objective that rules cannot measure as Leadline does; says why."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Two expressions, the first of which is recorded before the second is evaluated."""

    total: str
    bad: str
    group_by: tuple[str, ...]


def refusal(slo: Slo, source: DataSource | None) -> str:
    """Why an objective has no rules; empty where it may."""
    if slo.sli.measure is None or source is None or source.type.lower() not in PROMETHEUS_LIKE:
        kind = source.type if source else "nothing"
        return f"its SLI is not asked of a Prometheus but of {slo.sli.source or 'nobody'} ({kind})"
    taken = [label for label in slo.sli.group_by if label in OWN_LABELS]
    if taken:
        return f"groupBy names {', '.join(taken)}, a label that the rules give; record it under another name"
    return _beyond(slo.terms)


def _beyond(terms: BudgetTerms) -> str:
    """What of an objective's terms rules cannot follow."""
    if terms.hours is not None:
        return "business hours of a time zone cannot be said in PromQL, whose hours are those of UTC"
    if terms.method is not BudgetingMethod.OCCURRENCES:
        return f"rules do not count {terms.method}; Leadline's own alerts do"
    if terms.on_no_traffic is not OnNoTraffic.EXCLUDE:
        return f"onNoTraffic: {terms.on_no_traffic} counts expected traffic, which rules do not know"
    if terms.on_no_data is not OnNoData.UNKNOWN:
        return f"onNoData: {terms.on_no_data} cannot be said in rules"
    return ""


def counts(slo: Slo, excluding: Sequence[str]) -> Counts:
    """
    Expressions for one minute.

    Args:
        excluding: names of the handbook's corrections that take maintenance out of the objective's budget.

    Raises:
        NotSayable: a query that is not one of counters, or a gauge without a limit.
    """
    group_by, measure = slo.sli.group_by, slo.sli.measure
    if isinstance(measure, RatioMeasure):
        total, bad = _events(slo, measure)
    elif measure is not None:
        total, bad = _samples(slo, measure.query, measure.success if isinstance(measure, RawMeasure) else None)
    else:
        raise NotSayable("nothing is asked for it")
    if slo.sli.only_when is not None:
        demand = f"(max(abs({_filled(slo.sli.only_when)}) > bool 0) or vector(0))"
        total = f"({total}) * on () {'group_left () ' if group_by else ''}{demand}"
    if excluding:
        names = "|".join(sorted(re.escape(name) for name in excluding))
        matchers = f'slo="{slo.id}", correction=~{quoted_matcher(names)}'
        excluded = f"(max(leadline_maintenance_active{{{matchers}}}) == 1)"
        total = f"(({total}) unless on () {excluded}) or 0 * {excluded}"
    return Counts(total, _clamped(slo, bad), group_by)


def quoted_matcher(text: str) -> str:
    """A value of a matcher."""
    return json.dumps(text, ensure_ascii=False)


def total_now(slo: Slo) -> str:
    """The total of this minute, recorded a moment before."""
    return f'{TOTAL}{{slo="{slo.id}"}}'


def grouped(slo: Slo) -> str:
    """On which labels two vectors of the objective's groups are matched."""
    return f"on ({', '.join(slo.sli.group_by)})"


def _filled(text: str) -> str:
    return with_either_spelling(fill(text, format_duration(STEP)))


def _counted(slo: Slo, query: Query, *, is_counter: bool) -> str:
    by = slo.sli.group_by
    if not is_counter:
        kept = f"by ({', '.join(by)}) " if by else ""
        return f"sum {kept}(({_filled(query.text)}) > -Inf < Inf)"
    try:
        return recorded_query(_filled(query.text), STEP, by)
    except ValueError as error:
        raise NotSayable(f"{query.text}: {error}") from error


def _events(slo: Slo, measure: RatioMeasure) -> tuple[str, str]:
    total = _counted(slo, measure.total, is_counter=measure.counter)
    on, now = grouped(slo), total_now(slo)
    part = measure.bad or measure.good
    if part is None:
        raise NotSayable("neither bad nor good events are asked for")
    some = _counted(slo, part, is_counter=measure.counter)
    if slo.is_mtbf and slo.sli.failures is not None:
        failures = _counted(slo, slo.sli.failures, is_counter=measure.counter)
        if measure.bad is not None:
            total = f"clamp_min({total} - {on} ({some} or {on} 0 * {total}), 0)"
        else:
            total = f"({some} or {on} 0 * {total}) and {on} {total}"
        return total, f"({failures} or {on} 0 * {now})"
    absent_is_none = f"({some} or {on} 0 * {now})"
    return total, absent_is_none if measure.bad is not None else f"({now} - {on} {absent_is_none})"


def _samples(slo: Slo, query: Query, success: bool | None) -> tuple[str, str]:
    kept = f"by ({', '.join(slo.sli.group_by)}) " if slo.sli.group_by else ""
    value = f"(({_filled(query.text)}) > -Inf < Inf)"
    if success is not None:
        bad = f"clamp({f'1 - {value}' if success else value}, 0, 1)"
    elif slo.limit is not None:
        bad = _outside(slo.limit, value)
    else:
        raise NotSayable("a gauge without a limit is neither good nor bad")
    return f"max {kept}({value} * 0 + 1)", f"max {kept}({bad})"


def _outside(limit: Limit, value: str) -> str:
    if limit.op is not None:
        return f"{value} {_OPPOSITE[limit.op]} bool {limit.value!r}"
    ends = [f"({value} < bool {limit.low!r})"] if limit.low is not None else []
    ends += [f"({value} > bool {limit.high!r})"] if limit.high is not None else []
    return " + ".join(ends)


def _clamped(slo: Slo, bad: str) -> str:
    """Never below 0, nor above the total, which is 0 in minutes that do not count."""
    on, now = grouped(slo), total_now(slo)
    if slo.is_mtbf:
        return f"(clamp_min({bad}, 0) and {on} {now} > 0) or {on} 0 * {now}"
    return f"clamp_min({bad}, 0) < {on} {now} or {on} {now}"
