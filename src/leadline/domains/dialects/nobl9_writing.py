"""Nobl9's documents, written: services, alert policies and SLOs in one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leadline.domains.dialects.measures import as_unit
from leadline.domains.dialects.nobl9 import (
    COOL_DOWN,
    METHODS_PROJECT,
    OBJECTIVES,
    OWN,
    PROJECT,
    SOURCE,
    SOURCE_KIND,
    SOURCE_PROJECT,
    VERSION,
)
from leadline.domains.dialects.promises import (
    Alert,
    Bundle,
    Events,
    Gauge,
    Measure,
    Objective,
    Promise,
    Service,
    shortest,
)
from leadline.domains.dialects.writing import Outbox


def write(bundle: Bundle, out: Outbox) -> dict[str, list[dict[str, Any]]]:
    """One file for all: services, alert policies, then SLOs."""
    slos, policies, used = [], {}, set()
    for promise in bundle.promises:
        objectives = _written_objectives(promise, out)
        if objectives is None:
            continue
        used.add(promise.service)
        slos.append(_slo(promise, objectives))
        for name in promise.alerts:
            alert = bundle.alerts[name]
            if alert.op in ("gt", "gte"):
                policies[name] = _policy(alert, out, promise)
            else:
                out.lose(promise, "spec.alertPolicies", name, "Nobl9 alerts on burn rates above a limit alone")
    services = [_service(bundle.services[name]) for name in sorted(used)]
    written = [*services, *policies.values(), *slos]
    return {"nobl9": written} if written else {}


def _head(
    kind: str, name: str, display_name: str, kept: Mapping[str, str], labels: Mapping[str, object]
) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name}
    metadata |= {"displayName": display_name} if display_name else {}
    metadata |= {"project": kept.get(PROJECT, "default")}
    metadata |= (
        {"labels": {key: value if isinstance(value, list) else [value] for key, value in labels.items()}}
        if labels
        else {}
    )
    annotations = {key: text for key, text in kept.items() if key not in OWN}
    metadata |= {"annotations": annotations} if annotations else {}
    return {"apiVersion": VERSION, "kind": kind, "metadata": metadata}


def _service(service: Service) -> dict[str, Any]:
    spec = {"description": service.description} if service.description else {}
    return _head("Service", service.name, service.display_name, service.annotations, service.labels) | {"spec": spec}


def _policy(alert: Alert, out: Outbox, promise: Promise) -> dict[str, Any]:
    kept = alert.annotations
    condition: dict[str, Any] = {"measurement": "averageBurnRate", "value": alert.threshold, "op": alert.op}
    condition["alertingWindow"] = alert.lookback
    condition |= {"lastsFor": alert.after} if alert.after else {}
    names = {"page": "High", "critical": "High", "ticket": "Medium", "warning": "Medium"}
    spec: dict[str, Any] = {"description": alert.description} if alert.description else {}
    spec |= {"severity": names.get(alert.severity, alert.severity)}
    spec |= {"coolDown": kept[COOL_DOWN]} if COOL_DOWN in kept else {}
    spec |= {"conditions": [condition], "alertMethods": [_method(name, kept) for name in alert.targets]}
    if alert.when_no_data:
        out.lose(promise, f"{alert.name}.alertWhenNoData", "true", "Nobl9 has anomaly rules of an SLO for it")
    return _head("AlertPolicy", alert.name, alert.display_name, kept, alert.labels) | {"spec": spec}


def _method(name: str, kept: Mapping[str, str]) -> dict[str, Any]:
    project = {"project": kept[METHODS_PROJECT]} if METHODS_PROJECT in kept else {}
    return {"metadata": {"name": name, **project}}


def _written_objectives(promise: Promise, out: Outbox) -> list[dict[str, Any]] | None:
    if promise.method not in ("Occurrences", "Timeslices"):
        out.lose(promise, "spec.budgetingMethod", promise.method, "Nobl9 has no such method; the SLO is not written")
        return None
    if promise.group_by:
        why = "Nobl9 keeps no groups apart; their sum is written"
        out.lose(promise, "metadata.annotations.leadline/groupBy", ", ".join(promise.group_by), why)
    names = [name.strip() for name in promise.annotations.get(OBJECTIVES, "").split(",")]
    if len(names) != len(promise.objectives):
        names = [""] * len(promise.objectives)
    written = []
    for name, objective in zip(names, promise.objectives, strict=True):
        measure = _written_measure(objective.measure)
        if measure is None:
            out.lose(
                promise,
                "spec.indicator",
                getattr(objective.measure, "query", ""),
                "Nobl9 has no ready-made ratios; the SLO is not written",
            )
            return None
        if objective.slice_window not in (None, "1m", "1"):
            out.lose(promise, "timeSliceWindow", objective.slice_window, "Nobl9's slices are minutes")
        written.append(_written_objective(objective, name) | measure)
    return written


def _written_objective(objective: Objective, name: str) -> dict[str, Any]:
    fields = {
        "displayName": objective.display_name,
        "name": name,
        "op": objective.op,
        "value": objective.value,
        "target": shortest(objective.target),
        "timeSliceTarget": objective.slice_target,
    }
    return {key: value for key, value in fields.items() if value not in (None, "")}


def _written_measure(measure: Measure) -> dict[str, Any] | None:
    if isinstance(measure, Gauge):
        return {"rawMetric": {"query": _written_query(measure.query)}}
    if not isinstance(measure, Events):
        return None
    role, part = ("bad", measure.bad) if measure.bad is not None else ("good", measure.good or "")
    queries = {role: _written_query(part), "total": _written_query(measure.total)}
    return {"countMetrics": {"incremental": measure.counter, **queries}}


def _written_query(text: str) -> dict[str, Any]:
    return {"prometheus": {"promql": text}}


def _slo(promise: Promise, objectives: Sequence[dict[str, Any]]) -> dict[str, Any]:
    kept = promise.annotations
    source = {"name": kept.get(SOURCE, promise.source or "prometheus"), "kind": kept.get(SOURCE_KIND, "Agent")}
    source |= {"project": kept[SOURCE_PROJECT]} if SOURCE_PROJECT in kept else {}
    spec: dict[str, Any] = {"description": promise.description} if promise.description else {}
    spec |= {
        "service": promise.service,
        "indicator": {"metricSource": source},
        "budgetingMethod": promise.method,
        "timeWindows": [as_unit(promise.window)],
        "objectives": list(objectives),
        "alertPolicies": list(promise.alerts),
    }
    return _head("SLO", promise.name, promise.display_name, kept, promise.labels) | {"spec": spec}
