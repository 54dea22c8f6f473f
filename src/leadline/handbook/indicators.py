"""SLIs: which source answers them, with which queries, and whether the queries are well written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from leadline.core.slices import STEP
from leadline.handbook import documents, promql
from leadline.handbook.annotations import read_annotations
from leadline.handbook.reading import PathInside
from leadline.handbook.shaping import Written
from leadline.handbook.specs import (
    DataSource,
    Measure,
    Place,
    Query,
    RatioMeasure,
    RawMeasure,
    Sli,
    ThresholdMeasure,
)
from leadline.handbook.wording import nearest, shown
from leadline.units import format_duration

PUSH = "push"
PROMETHEUS_LIKE = ("prometheus", "thanos", "mimir", "cortex", "victoriametrics")
QUERY_KEYS = ("query", "promql", "expr")
THOUSANDTH = Fraction(1, 1000)
_STEP_TEXT = format_duration(STEP)


@dataclass(slots=True)
class Sources:
    """DataSources, and the names of those too ill-written to use."""

    known: dict[str, DataSource] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    default: str | None = None


@dataclass(slots=True)
class Indicators:
    """SLIs of the handbook, from their own documents and from inside SLOs."""

    sources: Sources
    known: dict[str, Sli] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)
    """What each SLI says, canonically, to compare those of one name."""

    def add(self, written: Written, path: PathInside, name: str, spec: documents.SLISpec, at: PathInside) -> Sli | None:
        """Read an SLI whose document or `indicator` stands at `path`; its annotations also at `at`, for inline ones."""
        values = read_annotations(written, (*path, "metadata"), ("SLI", "SLO") if not path else ("SLI",))
        values = {**_from_slo(written, at), **values} if path else values
        text = json.dumps([documents.as_data(spec), values], sort_keys=True, default=str)
        line, _ = written.tree.place(path)
        place = Place(written.tree.file, line)
        other = self.known.get(name)
        if other is not None or name in self.broken:
            if self.texts[name] != text:
                where = f"{other.place.file}:{other.place.line}" if other else "another place"
                hint = f"it differs from the SLI of that name at {where}; make them equal, or rename one"
                written.problem((*path, "metadata", "name"), "an SLI of this name is written twice", name, hint)
            return other
        self.texts[name] = text
        reading = _Reading(written, (*path, "spec"), self.sources, values.get("groupBy", ()))
        measured = reading.measure(spec)
        if measured is None or reading.source is None:
            self.broken.add(name)
            return None
        sli = self._made(name, spec, values, reading, measured, place, is_inline=bool(path))
        if reading.is_prometheus():
            _check_extra(written, path, values)
        self.known[name] = sli
        return sli

    def _made(
        self,
        name: str,
        spec: documents.SLISpec,
        values: Mapping[str, Any],
        reading: _Reading,
        measured: _Measured,
        place: Place,
        *,
        is_inline: bool,
    ) -> Sli:
        return Sli(
            id=name,
            description=spec.description or "",
            measure=measured.measure,
            source=reading.source or "",
            group_by=values.get("groupBy", ()),
            quantum=values.get("quantum", THOUSANDTH if measured.is_fractional else Fraction(1)),
            is_inline=is_inline,
            place=place,
            only_when=values.get("onlyWhen"),
            failures=Query(values["failures"], reading.source or "") if "failures" in values else None,
        )


def _from_slo(written: Written, at: PathInside) -> dict[str, Any]:
    """Annotations of an SLO that speak of the SLI written inside it."""
    silent = replace(written, report=type(written.report)())
    values = read_annotations(silent, (*at, "metadata"), ("SLI", "SLO"))
    return {name: values[name] for name in ("groupBy", "quantum", "onlyWhen", "failures") if name in values}


def _check_extra(written: Written, path: PathInside, values: Mapping[str, Any]) -> None:
    for name in ("onlyWhen", "failures"):
        if name in values:
            mistake = query_mistake(values[name])
            if mistake:
                inside = (*path, "metadata", "annotations", f"leadline/{name}")
                written.problem(inside, "ill-written PromQL", values[name], mistake)


@dataclass(frozen=True, slots=True)
class _Measured:
    measure: Measure | None
    is_fractional: bool


@dataclass(slots=True)
class _Reading:
    """One SLI's spec while it is read."""

    written: Written
    path: PathInside
    sources: Sources
    group_by: tuple[str, ...]
    source: str | None = None

    def measure(self, spec: documents.SLISpec) -> _Measured | None:
        ratio, gauge = spec.ratio_metric, spec.threshold_metric
        if ratio is not None and gauge is not None:
            hint = "keep ratioMetric (events) or thresholdMetric (a gauge)"
            self.written.problem((*self.path, "thresholdMetric"), "both ratioMetric and thresholdMetric", "both", hint)
        elif gauge is not None:
            return self._gauge(gauge)
        elif ratio is not None:
            return self._raw(ratio) if ratio.raw is not None else self._events(ratio)
        else:
            hint = "add ratioMetric (good or bad, and total) or thresholdMetric"
            self.written.missing((*self.path, "ratioMetric"), hint)
        return None

    def _gauge(self, metric: documents.Metric) -> _Measured | None:
        path = (*self.path, "thresholdMetric")
        query = self._query(metric, path, counter=False)
        if query is None:
            if self._is_push():
                hint = "write a ratioMetric; what is pushed is bad and total"
                self.written.problem(path, "a gauge cannot be pushed", PUSH, hint)
            return None
        return _Measured(ThresholdMeasure(query), is_fractional=False)

    def _raw(self, ratio: documents.RatioMetric) -> _Measured | None:
        path = (*self.path, "ratioMetric")
        for key in ("good", "bad", "total"):
            if getattr(ratio, key) is not None:
                self.written.problem((*path, key), "both raw and events", key, f"keep raw, or take it out and keep {key}")
        if ratio.raw_type is None:
            self.written.missing((*path, "rawType"), "add rawType: success (good/total) or failure (bad/total)")
        query = self._query(ratio.raw, (*path, "raw"), counter=False) if ratio.raw is not None else None
        if query is None or ratio.raw_type is None:
            return None
        return _Measured(RawMeasure(query, success=ratio.raw_type == "success"), is_fractional=True)

    def _events(self, ratio: documents.RatioMetric) -> _Measured | None:
        path = (*self.path, "ratioMetric")
        if ratio.raw_type is not None:
            self.written.problem((*path, "rawType"), "rawType without raw", ratio.raw_type, "take it out, or write raw")
        if ratio.good is not None and ratio.bad is not None:
            self.written.problem((*path, "bad"), "both good and bad", "both", "keep one; the other follows from total")
        if ratio.good is None and ratio.bad is None:
            self.written.missing((*path, "good"), "add good or bad beside total", "neither good nor bad")
        if ratio.total is None:
            self.written.missing((*path, "total"), "add total: every valid event")
        counter = bool(ratio.counter)
        queries = {
            key: self._query(metric, (*path, key), counter=counter)
            for key, metric in (("total", ratio.total), ("good", ratio.good), ("bad", ratio.bad))
            if metric is not None
        }
        if (ratio.good is None) == (ratio.bad is None) or ratio.total is None or self.source is None:
            return None
        if self._is_push():
            return _Measured(None, is_fractional=False)
        if ratio.counter is None:
            hint = "add counter: true where queries name counters (…_total), false where they answer a step's events"
            self.written.missing((*path, "counter"), hint)
        total = queries["total"]
        if None in queries.values() or total is None or ratio.counter is None:
            return None
        fractional = self.is_prometheus() and any(
            _is_fractional(query.text, counter=counter, group_by=self.group_by) for query in queries.values() if query
        )
        measure = RatioMeasure(total=total, bad=queries.get("bad"), good=queries.get("good"), counter=counter)
        return _Measured(measure, is_fractional=fractional)

    def _is_push(self) -> bool:
        return self.source is not None and self.sources.known[self.source].type == PUSH

    def is_prometheus(self) -> bool:
        """Whether the SLI's source speaks PromQL."""
        return self.source is not None and self.sources.known[self.source].type in PROMETHEUS_LIKE

    def _query(self, metric: documents.Metric, path: PathInside, *, counter: bool) -> Query | None:
        inside = (*path, "metricSource")
        name = self._source(metric.metric_source, inside)
        spec = metric.metric_source.spec or {}
        given = [key for key in QUERY_KEYS if key in spec]
        source = self.sources.known.get(name) if name else None
        if source is not None and source.type == PUSH:
            return None
        if not given:
            hint = nearest("query", spec) if spec else "add spec: {query: …}"
            hint = hint if hint.startswith(("did", "add")) else "add query: …"
            hint = hint.replace("did you mean", "query is wanted; is it").rstrip("?") + ("?" if "is it" in hint else "")
            if source is not None:
                self.written.missing((*inside, "spec", "query"), hint)
            return None
        where = (*inside, "spec", given[0])
        text = spec[given[0]]
        if not isinstance(text, str) or not text.strip():
            self.written.problem(where, "a query is wanted as text", text, "write the query, in quotes if need be")
            return None
        if source is None:
            return None
        if source.type in PROMETHEUS_LIKE and not self._is_well_written(text, where, counter=counter):
            return None
        return Query(text, source.name)

    def _is_well_written(self, text: str, where: PathInside, *, counter: bool) -> bool:
        mistake = query_mistake(text)
        if mistake is None and counter:
            mistake, warnings = _counter_advice(text, self.group_by)
            for warning in warnings:
                what, _, hint = warning.partition("; ")
                self.written.warn(where, what, text, hint or "write the query otherwise")
        if mistake:
            self.written.problem(where, "ill-written PromQL", text, mistake)
        return mistake is None

    def _source(self, metric: documents.MetricSource, path: PathInside) -> str | None:
        name = self._named_source(metric, path)
        if name is None:
            return None
        if self.source is not None and self.source != name:
            hint = f"ask {self.source} for all queries of one SLI"
            self.written.problem((*path, "metricSourceRef"), "another DataSource than the SLI's first", name, hint)
            return None
        self.source = name
        return name

    def _named_source(self, metric: documents.MetricSource, path: PathInside) -> str | None:
        known, ref, kind = self.sources.known, metric.metric_source_ref, metric.type
        if ref is not None:
            if ref in known and kind is not None and not _same_type(kind, known[ref].type):
                hint = f"{ref} is of type {known[ref].type}; take type out"
                self.written.problem((*path, "type"), "another type than the DataSource's", kind, hint)
            elif ref not in known and ref not in self.sources.broken:
                self.written.problem((*path, "metricSourceRef"), "no such DataSource", ref, nearest(ref, known))
            return ref if ref in known else None
        fits = [name for name, source in known.items() if kind is None or _same_type(kind, source.type)]
        if len(fits) > 1 and self.sources.default in fits:
            fits = [self.sources.default]
        if len(fits) == 1:
            return fits[0]
        if not fits and self.sources.broken:
            return None
        hint = f"add metricSourceRef: {' or '.join(fits[:5])}" if fits else f"add a DataSource of type {kind or 'prometheus'}"
        what = "several DataSources fit" if fits else f"no DataSource of type {shown(kind)}" if kind else "no DataSource"
        self.written.problem((*path, "type") if kind else path, what, kind or "", hint)
        return None


def _same_type(one: str, other: str) -> bool:
    return one.lower() == other or {one.lower(), other} <= set(PROMETHEUS_LIKE)


@lru_cache(maxsize=4096)
def query_mistake(text: str) -> str | None:
    """What is wrong with a PromQL query of the handbook, placeholders and all."""
    return promql.check(promql.fill(text, _STEP_TEXT))


@lru_cache(maxsize=4096)
def _counter_queries(text: str, group_by: tuple[str, ...]) -> promql.CounterQueries:
    return promql.counter_queries(promql.fill(text, _STEP_TEXT), STEP, group_by)


def _counter_advice(text: str, group_by: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    try:
        return None, _counter_queries(text, group_by).warnings
    except ValueError as error:
        return str(error), ()


def _is_fractional(text: str, *, counter: bool, group_by: tuple[str, ...]) -> bool:
    try:
        return _counter_queries(text, group_by).is_fractional
    except ValueError:
        return not counter
