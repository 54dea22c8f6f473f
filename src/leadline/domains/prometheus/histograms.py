"""Histograms that objectives read, found in their queries: what the dashboard of latency draws. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import promql_parser as parser

from leadline.domains.prometheus.panels import Ask, Panel, Row, Steps
from leadline.handbook.promql import fill
from leadline.handbook.specs import Query, RatioMeasure, Slo
from leadline.handbook.syntax import OPERATORS, nodes, parsed

_WINDOW = "1m"
_BUCKET = "_bucket"
_UNITS = {"_seconds": "s", "_milliseconds": "ms", "_bytes": "bytes"}


@dataclass(slots=True)
class Histogram:
    """One selector of all buckets of a histogram, and who reads it."""

    selector: str
    metric: str
    slos: dict[str, str] = field(default_factory=dict)
    """Service of each objective."""
    limits: set[float] = field(default_factory=set)

    @property
    def is_classic(self) -> bool:
        return self.metric.endswith(_BUCKET)

    @property
    def unit(self) -> str:
        """Unit in Grafana's words."""
        name = self.metric.removesuffix(_BUCKET)
        return next((unit for ending, unit in _UNITS.items() if name.endswith(ending)), "short")


def histograms(slos: Iterable[Slo]) -> list[Histogram]:
    """Each histogram once, in the order of services and objectives."""
    found: dict[str, Histogram] = {}
    for slo in sorted(slos, key=lambda each: (each.service, each.id)):
        for node in _selectors(slo):
            matchers = [one for one in node.matchers.matchers if one.name != "le"]
            text = ", ".join(sorted(f"{one.name}{OPERATORS[str(one.op)]}{json.dumps(one.value)}" for one in matchers))
            selector = f"{node.name}{{{text}}}" if text else str(node.name)
            histogram = found.setdefault(selector, Histogram(selector, str(node.name)))
            histogram.slos[slo.id] = slo.service
            histogram.limits |= set(_limits(slo, node))
    return list(found.values())


def _selectors(slo: Slo) -> Iterator[parser.VectorSelector]:
    for query in _queries(slo):
        try:
            tree = [node for node, _ in nodes(parsed(fill(query.text, _WINDOW)))]
        except ValueError:
            continue
        is_native = any(isinstance(node, parser.Call) and node.func.name.startswith("histogram_") for node in tree)
        for node in tree:
            if not isinstance(node, parser.VectorSelector) or not node.name or node.matchers.or_matchers:
                continue
            if is_native or node.name.endswith(_BUCKET):
                yield node


def _queries(slo: Slo) -> Iterator[Query]:
    measure = slo.sli.measure
    if isinstance(measure, RatioMeasure):
        yield from (each for each in (measure.total, measure.bad, measure.good) if each is not None)
    elif measure is not None:
        yield measure.query


def _limits(slo: Slo, node: parser.VectorSelector) -> Iterator[float]:
    """Limits between good and bad: the bucket that is counted, or the limit of the objective's gauge."""
    for one in node.matchers.matchers:
        if one.name == "le" and OPERATORS[str(one.op)] == "=":
            try:
                limit = float(one.value)
            except ValueError:
                continue
            if limit < float("inf"):
                yield limit
    if slo.limit is not None and slo.limit.op is not None and slo.limit.value is not None:
        yield slo.limit.value


def row_of(histogram: Histogram, *, is_closed: bool) -> Row:
    """Quantiles with the limits as lines, and the heat-map."""
    kept = "sum by (le)" if histogram.is_classic else "sum"
    seen = f"{kept} (rate({histogram.selector}[$__rate_interval]))"
    asks = tuple(Ask(f"histogram_quantile({share}, {seen})", f"P{share * 100:.0f}") for share in (0.5, 0.95, 0.99))
    limits = sorted(histogram.limits)
    colours = ["orange"] * (len(limits) - 1) + ["red"]
    steps: Steps = (("green", None), *zip(colours, limits, strict=False)) if limits else (("text", None),)
    named = ", ".join(f"{service}/{slo}" for slo, service in histogram.slos.items())
    told = f"Of {histogram.selector}. Lines: the limits of the objectives."
    heat = {"calculate": False, "yAxis": {"unit": histogram.unit}, "color": {"mode": "scheme", "scheme": "Oranges"}}
    return Row(named, (
        Panel("timeseries", "P50, P95, P99", told, asks, 12, unit=histogram.unit, steps=steps, low=0.0),
        Panel("heatmap", "Distribution", f"Events a second, by bucket. Of {histogram.selector}.",
              (Ask(seen, "{{le}}", "heatmap"),), 12, options=heat),
    ), is_closed)  # fmt: skip
