"""OpenSLO v1: promises as documents of a handbook, and a handbook's own OpenSLO documents as they were written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import PurePath
from typing import Any

from leadline.domains.dialects.accounting import Journal
from leadline.domains.dialects.promises import (
    SHORT_WINDOW,
    Alert,
    Bundle,
    Calendar,
    Events,
    Gauge,
    Measure,
    Objective,
    Promise,
    Service,
)
from leadline.domains.dialects.tiers import UNREACHABLE
from leadline.domains.dialects.writing import Outbox
from leadline.errors import Problem
from leadline.handbook.documents import OPENSLO
from leadline.handbook.queries import counter_advice
from leadline.handbook.specs import Handbook, Place

USUAL_SOURCE = "prometheus"
USUAL_ADDRESS = "http://localhost:9090"
_MOST_LABELS = 10
Documents = dict[str, list[dict[str, Any]]]
"""Name of a file without its ending → what stands in it."""


def documents_of(bundle: Bundle, journal: Journal, source: str, known: Handbook | None) -> Documents:
    """A handbook's documents, without those services that it knows already."""
    files: Documents = {}
    services = [service for name, service in bundle.services.items() if known is None or name not in known.services]
    if services:
        files["services"] = [_service(service) for service in services]
    written: set[str] = set()
    _check_alerts(bundle, journal, known)
    for promise in _unique(bundle.promises, journal, known):
        _check_counters(promise, journal)
        alerts = [bundle.alerts[name] for name in _reachable(promise, bundle, journal)]
        if len(promise.group_by) > _MOST_LABELS:
            why = f"a handbook keeps at most {_MOST_LABELS} labels apart; their sum is written"
            journal.lose(promise.place, f"{promise.name}: groups", ", ".join(promise.group_by), why)
        stem = PurePath(promise.place.file).stem
        file = files.setdefault(f"{stem}-slos" if stem in ("services", "datasource") else stem, [])
        file += [_policy(alert) for alert in alerts if alert.name not in written]
        written |= {alert.name for alert in alerts}
        file.append(_slo(promise, [alert.name for alert in alerts], source))
    rest = [alert for name, alert in bundle.alerts.items() if name not in written]
    if rest and bundle.promises:
        files["alerts"] = [_policy(alert) for alert in rest]
    return files


def _unique(promises: Iterable[Promise], journal: Journal, known: Handbook | None) -> list[Promise]:
    first: dict[str, Place] = {slo.name: slo.place for slo in known.slos.values()} if known is not None else {}
    for promise in promises:
        if promise.name in first:
            other, place = first[promise.name], promise.place
            hint = f"also at {other.file}:{other.line}; rename one"
            journal.problems.append(
                Problem(place.file, place.line, 1, "name", "another SLO of this name", promise.name, hint)
            )
        first.setdefault(promise.name, promise.place)
    return list(promises)


def _check_counters(promise: Promise, journal: Journal) -> None:
    """Complain of queries that are to name counters and name none."""
    for objective in promise.objectives:
        measure, place = objective.measure, promise.place
        texts = (measure.total, measure.bad, measure.good) if isinstance(measure, Events) and measure.counter else ()
        for text in texts:
            mistake, _ = counter_advice(text, promise.group_by) if text is not None else (None, ())
            if mistake:
                what, _, hint = mistake.partition("; ")
                journal.problems.append(
                    Problem(place.file, place.line, 1, promise.name, what, text or "", hint or "name a counter")
                )


def _check_alerts(bundle: Bundle, journal: Journal, known: Handbook | None) -> None:
    """Complain of alert policies whose names the handbook has already."""
    for document in known.documents if known is not None else ():
        if document.kind == "AlertPolicy" and document.name in bundle.alerts:
            place, hint = document.place, "rename one"
            journal.problems.append(
                Problem(place.file, place.line, 1, "metadata.name", "an AlertPolicy of this name", document.name, hint)
            )


def _reachable(promise: Promise, bundle: Bundle, journal: Journal) -> list[str]:
    """Names of its alerts, without those that are not there or could never fire."""
    found = []
    for name in promise.alerts:
        alert = bundle.alerts.get(name)
        if alert is None:
            journal.lose(promise.place, "alertPolicies", name, "no such alert policy among what could be read")
        elif any(
            objective.target < 1 and alert.threshold * (1 - objective.target) >= 1 for objective in promise.objectives
        ):
            journal.lose(promise.place, "alertPolicies", f"{name}: {alert.threshold:f}x", UNREACHABLE)
        else:
            found.append(name)
    return found


def data_source(address: str | None) -> dict[str, Any]:
    """The Prometheus that answers."""
    spec = {"type": "prometheus", "connectionDetails": {"url": address or USUAL_ADDRESS}}
    return _head("DataSource", USUAL_SOURCE) | {"spec": spec}


def _head(
    kind: str,
    name: str,
    display_name: str = "",
    labels: Mapping[str, object] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name}
    metadata |= {"displayName": display_name} if display_name else {}
    metadata |= {"labels": dict(labels)} if labels else {}
    metadata |= {"annotations": dict(annotations)} if annotations else {}
    return {"apiVersion": OPENSLO, "kind": kind, "metadata": metadata}


def _service(service: Service) -> dict[str, Any]:
    head = _head("Service", service.name, service.display_name, service.labels, service.annotations)
    return head | {"spec": {"description": service.description} if service.description else {}}


def _policy(alert: Alert) -> dict[str, Any]:
    condition: dict[str, Any] = {"kind": "burnrate", "op": alert.op, "threshold": alert.threshold}
    condition["lookbackWindow"] = alert.lookback
    condition |= {"alertAfter": alert.after} if alert.after else {}
    inline = {
        "kind": "AlertCondition",
        "metadata": {"name": f"{alert.name}-condition"},
        "spec": {"severity": alert.severity, "condition": condition},
    }
    spec: dict[str, Any] = {"description": alert.description} if alert.description else {}
    spec |= {"alertWhenNoData": alert.when_no_data} if alert.when_no_data is not None else {}
    spec |= {"conditions": [inline]}
    targets = [
        {"kind": "AlertNotificationTarget", "metadata": {"name": name}, "spec": {"target": name}}
        for name in alert.targets
    ]
    spec |= {"notificationTargets": targets} if targets else {}
    annotations = {**({SHORT_WINDOW: alert.short} if alert.short else {}), **alert.annotations}
    return _head("AlertPolicy", alert.name, alert.display_name, alert.labels, annotations) | {"spec": spec}


def _slo(promise: Promise, alerts: list[str], source: str) -> dict[str, Any]:
    annotations = dict(promise.annotations)
    if 0 < len(promise.group_by) <= _MOST_LABELS:
        annotations["leadline/groupBy"] = ", ".join(promise.group_by)
    spec: dict[str, Any] = {"description": promise.description} if promise.description else {}
    spec["service"] = promise.service
    measures = {objective.measure for objective in promise.objectives}
    if len(measures) == 1:
        spec["indicator"] = {"spec": _indicator(promise.objectives[0].measure, source)}
    spec["timeWindow"] = [_window(promise)]
    spec["budgetingMethod"] = promise.method
    spec["objectives"] = [_objective(objective, source, has_own=len(measures) > 1) for objective in promise.objectives]
    spec |= {"alertPolicies": [{"alertPolicyRef": name} for name in alerts]} if alerts else {}
    return _head("SLO", promise.name, promise.display_name, promise.labels, annotations) | {"spec": spec}


def _window(promise: Promise) -> dict[str, Any]:
    window = promise.window
    if isinstance(window, Calendar):
        calendar = {"startTime": window.start, "timeZone": window.zone}
        return {"duration": window.duration, "isRolling": False, "calendar": calendar}
    return {"duration": window.duration, "isRolling": True}


def _objective(objective: Objective, source: str, *, has_own: bool) -> dict[str, Any]:
    fields = {
        "displayName": objective.display_name or None,
        "op": objective.op,
        "value": objective.value,
        "target": objective.target,
        "timeSliceTarget": objective.slice_target,
        "timeSliceWindow": objective.slice_window,
    }
    written: dict[str, Any] = {key: value for key, value in fields.items() if value is not None}
    return written | ({"indicator": {"spec": _indicator(objective.measure, source)}} if has_own else {})


def _indicator(measure: Measure, source: str) -> dict[str, Any]:
    if isinstance(measure, Gauge):
        return {"thresholdMetric": _metric(measure.query, source)}
    if isinstance(measure, Events):
        roles = {"good": measure.good, "bad": measure.bad, "total": measure.total}
        queries = {role: _metric(text, source) for role, text in roles.items() if text is not None}
        return {"ratioMetric": {"counter": measure.counter, **queries}}
    kind = "success" if measure.is_good else "failure"
    return {"ratioMetric": {"rawType": kind, "raw": _metric(measure.query, source)}}


def _metric(text: str, source: str) -> dict[str, Any]:
    return {"metricSource": {"metricSourceRef": source, "spec": {"query": text}}}


def write_own(handbook: Handbook, out: Outbox, journal: Journal) -> Documents:
    """The documents of `openslo/v1`; Leadline's own kinds have no place in it."""
    written: list[dict[str, Any]] = []
    for document in handbook.documents:
        value: dict[str, Any] = json.loads(document.canonical, parse_float=Decimal)
        if value.get("apiVersion") == OPENSLO:
            head: dict[str, Any] = {
                key: value[key] for key in ("apiVersion", "kind", "metadata", "spec") if key in value
            }
            written.append(head)
        else:
            journal.lose(document.place, document.kind, document.name, "OpenSLO has no such kind")
    if any("leadline/" in document.canonical for document in handbook.documents):
        out.note("annotations that begin with leadline/ are kept; other tools pass over them")
    return {"openslo": written} if written else {}
