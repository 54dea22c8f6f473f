"""OpenSLO v1alpha: SLO and Service, as the specification had them before `openslo/v1`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadline.domains.dialects.accounting import Spot
from leadline.domains.dialects.measures import (
    budgeting_method,
    check_objectives,
    description,
    events_of,
    query_at,
    ratio,
    unit_window,
)
from leadline.domains.dialects.promises import Bundle, Events, Gauge, Measure, Objective, Promise, Service
from leadline.domains.dialects.queries import WINDOW
from leadline.handbook.promql import fill

VERSION = "openslo/v1alpha"
_SOURCES = ("prometheus", "thanos", "mimir", "cortex", "victoriametrics")
_OPERATORS = ("lt", "lte", "gt", "gte")
_OTHER_SOURCE = "Prometheus and what answers PromQL are the sources that are read; this objective is not written"
REASONS: Mapping[str, str] = {}


def is_mine(value: Mapping[str, Any]) -> bool:
    """Whether a document is of this dialect."""
    return value.get("apiVersion") == VERSION


def read(document: Spot, window: str | None, bundle: Bundle) -> None:  # noqa: ARG001 - it names its windows; readers are alike
    """Take in one document."""
    document.take("apiVersion")
    kind = document.text("kind")
    metadata, spec = document.inner("metadata"), document.inner("spec")
    name, shown = metadata.name("name", "add name: checkout"), metadata.text("displayName")
    labels, annotations = metadata.texts("labels"), metadata.texts("annotations")
    if kind == "Service":
        bundle.services[name] = Service(name, shown, description(spec), labels, annotations)
    elif kind == "SLO":
        _read_slo(spec, name, bundle, display_name=shown, labels=labels, annotations=annotations)
    else:
        document.problem("kind", "not a kind of v1alpha", "write SLO or Service")


def _read_slo(spec: Spot, name: str, bundle: Bundle, **told: Any) -> None:
    window = unit_window(spec)
    service = spec.name("service", "add service: checkout")
    method = budgeting_method(spec)
    indicator = spec.inner("indicator")
    shared = (
        Gauge(text) if indicator.has("thresholdMetric") and (text := _asked(indicator, "thresholdMetric")) else None
    )
    objectives, groups = [], set()
    for spot in spec.each("objectives"):
        made = _objective(spot, shared, is_lost=indicator.has("thresholdMetric") and shared is None)
        if made is not None:
            objectives.append(made[0])
            groups.add(made[1])
    check_objectives(spec, method, objectives)
    if window is None or not service:
        return
    if not objectives:
        spec.account.taken.add(spec.path)
        return
    bundle.services.setdefault(service, Service(service))
    group_by = groups.pop() if len(groups) == 1 else ()
    bundle.promises.append(
        Promise(
            name, service, window, tuple(objectives), spec.place, method,
            description=description(spec), group_by=group_by, **told,
        )
    )  # fmt: skip


def _objective(spot: Spot, shared: Gauge | None, *, is_lost: bool) -> tuple[Objective, tuple[str, ...]] | None:
    measure: Measure | None = shared
    group_by: tuple[str, ...] = ()
    if spot.has("ratioMetrics"):
        found = _events(spot.inner("ratioMetrics"))
        measure, group_by = found if found is not None else (None, ())
    elif shared is None and not is_lost:
        spot.problem(
            "ratioMetrics", "neither ratioMetrics nor thresholdMetric", "add ratioMetrics: with good and total"
        )
    target, value, op = ratio(spot, "target"), spot.number("value"), spot.text("op") or None
    slices = ratio(spot, "timeSliceTarget") if spot.has("timeSliceTarget") else None
    if op is not None and op not in _OPERATORS:
        spot.problem("op", "not an operator", f"write one of {', '.join(_OPERATORS)}")
    if isinstance(measure, Gauge) and (op is None or value is None):
        spot.problem("op" if op is None else "value", "missing key", "a gauge is held against op and value")
    shown = spot.text("displayName")
    if measure is None or target is None:
        spot.account.taken.add(spot.path)
        return None
    return Objective(target, measure, shown, op, value, slices), group_by


def _events(metrics: Spot) -> tuple[Events, tuple[str, ...]] | None:
    counter = metrics.flag("counter", default=False) or metrics.flag("incremental", default=False)
    roles = [role for role in ("good", "bad") if metrics.has(role)]
    if len(roles) != 1 or not metrics.has("total"):
        metrics.problem("", "not one of good and bad, with total", "add good (or bad) and total")
        return None
    queries = {role: _asked(metrics, role) for role in (*roles, "total")}
    written = {role: text for role, text in queries.items() if text is not None}
    if len(written) < len(queries):
        return None
    if any(WINDOW in fill(text, WINDOW) for text in written.values()):
        return events_of(metrics, written)
    return Events(written["total"], written.get("bad"), written.get("good"), counter), ()


def _asked(holder: Spot, key: str) -> str | None:
    """The query of a metric; what another source is asked keeps the objective from being written."""
    metric = holder.inner(key)
    source = metric.text("source", "prometheus")
    metric.take("queryType")
    if source.lower() not in _SOURCES:
        holder.account.taken.add((*holder.path, key))
        metric.lose("source", _OTHER_SOURCE)
        return None
    return query_at(metric, "query")
