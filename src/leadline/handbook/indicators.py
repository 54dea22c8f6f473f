"""SLIs: which source answers them, with which queries, and whether the queries are well written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from leadline.handbook import documents
from leadline.handbook.annotations import OffBoundary, read_annotations
from leadline.handbook.queries import (
    PUSH,
    SQL,
    Sources,
    counter_advice,
    is_fractional,
    likely_type,
    named_source,
    query_mistake,
)
from leadline.handbook.reading import PathInside
from leadline.handbook.shaping import Report, Written
from leadline.handbook.specs import (
    PROMETHEUS_LIKE,
    Measure,
    Place,
    Query,
    RatioMeasure,
    RawMeasure,
    Sli,
    ThresholdMeasure,
)
from leadline.handbook.wording import near_word

QUERY_KEYS = ("query", "promql", "expr")
THOUSANDTH = Fraction(1, 1000)
_UNREAD = Query("", "")
"""Stands for a query that was complained of."""
_Said = tuple[documents.SLISpec, dict[str, Any]]
_OF_SLI = ("groupBy", "quantum", "onlyWhen", "failures", "offBoundary")


@dataclass(slots=True)
class Indicators:
    """SLIs of the handbook, from their own documents and from inside SLOs."""

    sources: Sources
    known: dict[str, Sli] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    """Those of which not even the kind of measure is known."""
    doubtful: set[str] = field(default_factory=set)
    """Those with a mistake: known, but nothing is concluded from what they say."""
    said: dict[str, _Said] = field(default_factory=dict)
    """What each SLI says, to compare those of one name."""

    def add(self, origin: Origin, spec: documents.SLISpec) -> Sli | None:
        """Read an SLI; one that was read before under the same name must say the same."""
        values = origin.annotations()
        reading = _Reading(origin.written, (*origin.path, "spec"), self.sources, values.get("groupBy", ()))
        measured = reading.measure(spec)
        if reading.is_prometheus():
            _check_extra(origin, values)
        if origin.name in self.said:
            return self._again(origin, (spec, values))
        if origin.name:
            self.said[origin.name] = (spec, values)
        if origin.is_doubtful():
            self.doubtful.add(origin.name)
        if measured is None or reading.type is None:
            self.broken.add(origin.name)
            return None
        line, _ = origin.written.tree.place(origin.path)
        sli = Sli(
            id=origin.name,
            description=spec.description or "",
            measure=measured.measure,
            source=reading.source or "",
            group_by=values.get("groupBy", ()),
            quantum=values.get("quantum", THOUSANDTH if measured.is_fractional else Fraction(1)),
            is_inline=bool(origin.path),
            place=Place(origin.written.tree.file, line),
            only_when=values.get("onlyWhen"),
            failures=Query(values["failures"], reading.source or "") if "failures" in values else None,
            may_be_between=values.get("offBoundary") is not OffBoundary.REFUSE,
        )
        if sli.id:
            self.known[sli.id] = sli
        return sli

    def _again(self, origin: Origin, said: _Said) -> Sli | None:
        other = self.known.get(origin.name)
        if self.said[origin.name] != said and origin.name not in self.doubtful and not origin.is_doubtful():
            where = f" at {other.place.file}:{other.place.line}" if other else ""
            hint = f"make it equal to the SLI of that name{where}, or rename one"
            place = (*origin.path, "metadata", "name")
            origin.written.problem(place, "an SLI of this name says something else", origin.name, hint)
        return other


def _is_foreign(kind: str | None) -> bool:
    """Whether a source is of a type that only a plug-in can ask, so that its own keys say what is asked."""
    return kind is not None and kind not in (*PROMETHEUS_LIKE, PUSH, SQL)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an SLI is written: at the top of its document, or as the `indicator` at `path` of an SLO."""

    written: Written
    path: PathInside
    name: str

    def annotations(self) -> dict[str, Any]:
        """Its annotations; those of an SLO speak for the SLI written inside it as well."""
        own = read_annotations(self.written, (*self.path, "metadata"), ("SLI",))
        if not self.path:
            return own
        silent = replace(self.written, report=Report(), told=[])
        outer = read_annotations(silent, ("metadata",), ("SLO", "SLI"))
        return {name: outer[name] for name in _OF_SLI if name in outer} | own

    def is_doubtful(self) -> bool:
        """Whether a mistake was told of what it measures."""
        return self.written.is_doubtful((*self.path, "spec"), ("metadata", "annotations"), (*self.path, "metadata"))


def _check_extra(origin: Origin, values: Mapping[str, Any]) -> None:
    for name in ("onlyWhen", "failures"):
        mistake = query_mistake(values[name]) if name in values else None
        if mistake:
            inside = (*origin.path, "metadata", "annotations", f"leadline/{name}")
            origin.written.problem(inside, "ill-written PromQL", values[name], mistake)


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
    type: str | None = None
    """Of the source, or of the one that was probably meant."""

    def measure(self, spec: documents.SLISpec) -> _Measured | None:
        ratio, gauge = spec.ratio_metric, spec.threshold_metric
        if ratio is not None and gauge is not None:
            hint = "keep ratioMetric (events) or thresholdMetric (a gauge)"
            self.written.problem((*self.path, "thresholdMetric"), "both ratioMetric and thresholdMetric", "both", hint)
            self._query(gauge, (*self.path, "thresholdMetric"), counter=False)
            self._queries(ratio, counter=False)
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
        if self.type == PUSH:
            hint = "write a ratioMetric; what is pushed is bad and total"
            self.written.problem(path, "a gauge cannot be pushed", PUSH, hint)
            return None
        return _Measured(ThresholdMeasure(query or _UNREAD), is_fractional=False)

    def _raw(self, ratio: documents.RatioMetric) -> _Measured | None:
        path = (*self.path, "ratioMetric")
        for key in ("good", "bad", "total"):
            if getattr(ratio, key) is not None:
                self.written.problem(
                    (*path, key), "both raw and events", key, f"keep raw, or take it out and keep {key}"
                )
        if ratio.raw_type is None:
            self.written.missing((*path, "rawType"), "add rawType: success (good/total) or failure (bad/total)")
        query = self._queries(ratio, counter=False)["raw"]
        if self.type == PUSH:
            hint = "write bad and total; what is pushed is counts of events"
            self.written.problem((*path, "raw"), "a ratio cannot be pushed", PUSH, hint)
        return _Measured(RawMeasure(query or _UNREAD, success=ratio.raw_type == "success"), is_fractional=True)

    def _queries(self, ratio: documents.RatioMetric, *, counter: bool) -> dict[str, Query | None]:
        """The queries that are written; None for those that cannot be asked."""
        queries: dict[str, Query | None] = {}
        for key, metric in (("raw", ratio.raw), ("total", ratio.total), ("good", ratio.good), ("bad", ratio.bad)):
            if metric is not None:
                path = (*self.path, "ratioMetric", key)
                queries[key] = self._query(metric, path, counter=counter, same=queries.get("total"))
        return queries

    def _check_parts(self, ratio: documents.RatioMetric, path: PathInside) -> None:
        if ratio.raw_type is not None:
            self.written.problem((*path, "rawType"), "rawType without raw", ratio.raw_type, "take it out, or write raw")
        if ratio.good is not None and ratio.bad is not None:
            self.written.problem((*path, "bad"), "both good and bad", "both", "keep one; the other follows from total")
        if ratio.good is None and ratio.bad is None:
            self.written.missing((*path, "good"), "add good or bad beside total", "neither good nor bad")
        if ratio.total is None:
            self.written.missing((*path, "total"), "add total: every valid event")

    def _check_counter(self, ratio: documents.RatioMetric, path: PathInside) -> None:
        if ratio.counter is None and _is_foreign(self.type):
            return
        if ratio.counter is None:
            hint = "add counter: true where queries name counters (…_total), false where they answer a step's events"
            self.written.missing((*path, "counter"), hint)
        elif ratio.counter and self.type == SQL:
            hint = "write counter: false; its rows are the events of their step"
            self.written.problem((*path, "counter"), "SQL answers no counters", ratio.counter, hint)

    def _events(self, ratio: documents.RatioMetric) -> _Measured | None:
        path = (*self.path, "ratioMetric")
        self._check_parts(ratio, path)
        queries = self._queries(ratio, counter=bool(ratio.counter))
        if self.type == PUSH:
            return _Measured(None, is_fractional=False)
        self._check_counter(ratio, path)
        sound = [query for query in queries.values() if query is not None]
        fractional = self.is_prometheus() and any(is_fractional(query.text, self.group_by) for query in sound)
        measure = RatioMeasure(
            total=queries.get("total") or _UNREAD,
            bad=queries.get("bad"),
            good=queries.get("good"),
            counter=bool(ratio.counter),
        )
        return _Measured(measure, is_fractional=fractional)

    def is_prometheus(self) -> bool:
        """Whether the SLI's source speaks PromQL."""
        return self.type in PROMETHEUS_LIKE

    def _query(
        self, metric: documents.Metric, path: PathInside, *, counter: bool, same: Query | None = None
    ) -> Query | None:
        """A query of the SLI; one of SQL that is left empty is a column of what the text of `same` answers."""
        inside = (*path, "metricSource")
        kind = self._source(metric.metric_source, inside)
        spec = metric.metric_source.spec or {}
        given = next((key for key in QUERY_KEYS if key in spec), None)
        if kind == PUSH or (kind == SQL and not spec and same is not None):
            return same
        if given is None and _is_foreign(kind):
            return Query("", self.source or "")
        if given is None:
            given = near_word("query", spec)
            hint = f"write query in place of {given}" if given is not None else "add query: …"
            if kind is not None:
                self.written.missing((*inside, "spec", "query"), hint)
            if given is None:
                return None
        where = (*inside, "spec", given)
        text = spec[given]
        if not isinstance(text, str) or not text.strip():
            self.written.problem(where, "a query is wanted as text", text, "write the query, in quotes if need be")
            return None
        if kind in PROMETHEUS_LIKE and not self._is_well_written(text, where, counter=counter):
            return None
        return Query(text, self.source or "")

    def _is_well_written(self, text: str, where: PathInside, *, counter: bool) -> bool:
        mistake = query_mistake(text)
        if mistake is None and counter:
            mistake, warnings = counter_advice(text, self.group_by)
            for warning in warnings:
                what, _, hint = warning.partition("; ")
                self.written.warn(where, what, text, hint or "write the query otherwise")
        if mistake:
            self.written.problem(where, "ill-written PromQL", text, mistake)
        return mistake is None

    def _source(self, metric: documents.MetricSource, path: PathInside) -> str | None:
        """Type of the DataSource that a metric is asked of, or was probably meant to be."""
        name = named_source(self.written, path, metric, self.sources)
        kind = self.sources.known[name].type if name is not None else likely_type(metric, self.sources)
        self.type = self.type or kind
        if name is not None and self.source is not None and self.source != name:
            hint = f"ask {self.source} for all queries of one SLI"
            self.written.problem((*path, "metricSourceRef"), "another DataSource than the SLI's first", name, hint)
        self.source = self.source or name
        return kind
