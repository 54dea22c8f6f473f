"""The queries of SLIs: which DataSource answers them, and whether their PromQL is well written."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from leadline.core.slices import STEP
from leadline.handbook import documents, promql
from leadline.handbook.counter_shapes import CounterShape, counter_shape
from leadline.handbook.reading import PathInside
from leadline.handbook.shaping import Written
from leadline.handbook.specs import PROMETHEUS_LIKE, DataSource
from leadline.handbook.wording import near_word, nearest, shown
from leadline.units import format_duration

PUSH = "push"
SQL = "sql"
_STEP_TEXT = format_duration(STEP)


@dataclass(slots=True)
class Sources:
    """DataSources, and the names of those too ill-written to use."""

    known: dict[str, DataSource] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    default: str | None = None


def named_source(written: Written, path: PathInside, metric: documents.MetricSource, sources: Sources) -> str | None:
    """Name of the DataSource that a metric is asked of, or a problem at its place."""
    known, ref, kind = sources.known, metric.metric_source_ref, metric.type
    if ref is not None:
        if ref in known and kind is not None and not _same_type(kind, known[ref].type):
            hint = f"{ref} is of type {known[ref].type}; take type out"
            written.problem((*path, "type"), "another type than the DataSource's", kind, hint)
        elif ref not in known and ref not in sources.broken:
            written.problem((*path, "metricSourceRef"), "no such DataSource", ref, nearest(ref, known))
        return ref if ref in known else None
    fits = [name for name, source in known.items() if kind is None or _same_type(kind, source.type)]
    if len(fits) > 1 and sources.default in fits:
        fits = [sources.default]
    if len(fits) > 1 and sources.default is not None and sources.default not in known:
        return None
    if len(fits) == 1:
        return fits[0]
    if not fits and sources.broken:
        return None
    hint = (
        f"add metricSourceRef: {' or '.join(fits[:5])}" if fits else f"add a DataSource of type {kind or 'prometheus'}"
    )
    what = "several DataSources fit" if fits else f"no DataSource of type {shown(kind)}" if kind else "no DataSource"
    written.problem((*path, "type") if kind else path, what, kind or "", hint)
    return None


def likely_type(metric: documents.MetricSource, sources: Sources) -> str | None:
    """Type of the DataSource that was probably meant by a name that is not there."""
    meant = near_word(metric.metric_source_ref or "", sources.known)
    if metric.metric_source_ref in sources.broken:
        return None
    if meant is None and len(sources.known) == 1:
        meant = next(iter(sources.known))
    return sources.known[meant].type if meant is not None else None


def _same_type(one: str, other: str) -> bool:
    return one.lower() == other or {one.lower(), other} <= set(PROMETHEUS_LIKE)


@lru_cache(maxsize=4096)
def query_mistake(text: str) -> str | None:
    """What is wrong with a PromQL query of the handbook, placeholders and all."""
    return promql.check(promql.fill(text, _STEP_TEXT))


@lru_cache(maxsize=4096)
def _shape(text: str, group_by: tuple[str, ...]) -> CounterShape:
    return counter_shape(promql.fill(text, _STEP_TEXT), STEP, group_by)


def counter_advice(text: str, group_by: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """What is wrong with a well-written query as one of counters, and what is unwise about it."""
    try:
        return None, _shape(text, group_by).warnings
    except ValueError as error:
        return str(error), ()


def is_fractional(text: str, group_by: tuple[str, ...]) -> bool:
    """Whether the events that a query answers need not be whole numbers."""
    try:
        return _shape(text, group_by).is_fractional
    except ValueError:
        return True
