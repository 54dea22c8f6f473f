"""Pyrra: `pyrra.dev/v1alpha1 ServiceLevelObjective` resources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from leadline.domains.dialects.accounting import Spot
from leadline.domains.dialects.measures import description, duration, percentage, query_at
from leadline.domains.dialects.native_latency import read_latency, written_latency
from leadline.domains.dialects.promises import (
    Alert,
    Bundle,
    Events,
    Gauge,
    Measure,
    Objective,
    Promise,
    Rolling,
    Service,
    shortest,
)
from leadline.domains.dialects.queries import counted_gauge, plain_selector
from leadline.domains.dialects.tiers import alerts_of, place_of, pyrra_tiers
from leadline.domains.dialects.writing import Outbox
from leadline.units import parse_duration

VERSION = "pyrra.dev/v1alpha1"
PREFIX = "pyrra.dev"
_SERVICE_LABELS = ("pyrra.dev/service", "app.kubernetes.io/name", "app", "service")
_BURNRATES = f"{PREFIX}/burnrates"
_ABSENT = f"{PREFIX}/absent"
_ABSENT_NAME = f"{PREFIX}/absent-name"
_NAME = f"{PREFIX}/alert-name"
_NAMESPACE = f"{PREFIX}/namespace"
_ABSENT_SEVERITY = f"{PREFIX}/absent-severity"
_OWN = (_BURNRATES, _ABSENT, _ABSENT_NAME, _ABSENT_SEVERITY, _NAME, _NAMESPACE)
_SEVERITIES = ("fastBurn", "mediumBurn", "slowBurn", "longTermBurn")
"""What Pyrra calls its burn rates, from the quickest."""
REASONS: Mapping[str, str] = {
    "partial_response_strategy": "it is a setting of the Thanos ruler; Leadline asks for whole answers",
    "burnRateType": "burn rates that follow the traffic are not known here; the static ones are written",
    "performanceOverAccuracy": "Leadline sums slices that it keeps, so exact sums cost nothing more",
    "status": "Pyrra writes it",
    **dict.fromkeys(
        ("resourceVersion", "uid", "creationTimestamp", "generation", "managedFields"), "Kubernetes writes it"
    ),
}


def is_mine(value: Mapping[str, Any]) -> bool:
    """Whether a document is of this dialect."""
    return str(value.get("apiVersion", "")).startswith("pyrra.dev/")


def read(document: Spot, window: str | None, bundle: Bundle) -> None:  # noqa: ARG001 - Pyrra names its windows; readers are alike
    """Take in one resource."""
    document.take("apiVersion", "kind")
    metadata, spec = document.inner("metadata"), document.inner("spec")
    name = metadata.name("name", "add name: checkout-errors")
    labels, annotations = metadata.texts("labels"), metadata.texts("annotations")
    namespace = metadata.text("namespace")
    target, length = percentage(spec, "target"), duration(spec, "window")
    measured = _measure(spec.inner("indicator"))
    if target is None or length is None or measured is None:
        if measured is None:
            document.account.taken.add(document.path)
        return
    measure, group_by = measured
    label = next((label for label in _SERVICE_LABELS if labels.get(label)), None)
    service = labels[label] if label else namespace or "pyrra"
    metadata.check_name("labels" if label else "namespace", service)
    document.note(f"Pyrra has no services; {service} comes from {f'the label {label}' if label else 'the namespace'}")
    bundle.services.setdefault(service, Service(service))
    promise = Promise(
        name, service, Rolling(length), (_objective(target, measure),), document.place,
        description=description(spec), labels=labels, group_by=group_by,
        annotations=annotations | ({_NAMESPACE: namespace} if namespace else {}),
    )  # fmt: skip
    bundle.promises.append(_with_alerts(promise, spec.inner("alerting"), bundle))


def _objective(target: Decimal, measure: Measure) -> Objective:
    is_gauge = isinstance(measure, Gauge)
    return Objective(target, measure, op="gte" if is_gauge else None, value=Decimal(1) if is_gauge else None)


def _measure(indicator: Spot) -> tuple[Measure, tuple[str, ...]] | None:
    if indicator.has("latencyNative"):
        return read_latency(indicator.inner("latencyNative"))
    for kind, part in (("ratio", "errors"), ("latency", "success")):
        if not indicator.has(kind):
            continue
        spot = indicator.inner(kind)
        queries = (query_at(spot.inner(part), "metric"), query_at(spot.inner("total"), "metric"))
        group_by = spot.labels("grouping")
        if queries[0] is None or queries[1] is None:
            return None
        bad, good = (queries[0], None) if kind == "ratio" else (None, queries[0])
        return Events(queries[1], bad, good, counter=True), group_by
    if indicator.has("bool_gauge"):
        return _bool_gauge(indicator.inner("bool_gauge"))
    indicator.problem("", "no indicator", "write one of ratio, latency, latencyNative, bool_gauge")
    return None


def _bool_gauge(spot: Spot) -> tuple[Measure, tuple[str, ...]] | None:
    """One sample of each series a minute: those that are 1 are good, as Pyrra counts them."""
    metric, group_by = query_at(spot, "metric"), spot.labels("grouping")
    if metric is None:
        return None
    by = f" by ({', '.join(group_by)}) " if group_by else ""
    return Events(f"count{by}({metric})", None, f"sum{by}({metric})", counter=False), group_by


def _with_alerts(promise: Promise, alerting: Spot, bundle: Bundle) -> Promise:
    is_off = alerting.flag("disabled", default=False)
    burnrates = alerting.flag("burnrates", default=True) and not is_off
    absent = alerting.flag("absent", default=True) and not is_off
    name, absent_name = alerting.text("name"), alerting.text("absentName")
    kept = {_BURNRATES: str(burnrates).lower(), _ABSENT: str(absent).lower()}
    kept |= {_NAME: name} if name else {}
    kept |= {_ABSENT_NAME: absent_name} if absent_name else {}
    severities = alerting.inner("severities")
    for key in (*_SEVERITIES, "absent"):
        if severities.text(key):
            severities.check_name(key, severities.text(key))
    kept |= {_ABSENT_SEVERITY: text} if (text := severities.text("absent")) else {}
    usual = Alert(promise.name, "", Decimal(0), "", display_name=name, when_no_data=absent)
    tiers = tuple(
        replace(tier, severity=severities.text(key) or tier.severity)
        for key, tier in zip(_SEVERITIES, pyrra_tiers(_seconds(promise)), strict=True)
    )
    alerts = list(alerts_of(tiers, usual, promise.objectives[0].target, alerting)) if burnrates else []
    bundle.alerts |= {alert.name: alert for alert in alerts}
    return replace(promise, alerts=tuple(alert.name for alert in alerts), annotations={**promise.annotations, **kept})


def _seconds(promise: Promise) -> int:
    return int(parse_duration(promise.window.duration).total_seconds())


def write(bundle: Bundle, out: Outbox) -> dict[str, list[dict[str, Any]]]:
    """One file for each SLO."""
    files: dict[str, list[dict[str, Any]]] = {}
    for promise in out.singles(bundle.promises):
        if not isinstance(promise.window, Rolling):
            out.lose(
                promise,
                "spec.timeWindow",
                promise.window.duration,
                "Pyrra has no calendar windows; the SLO is not written",
            )
            continue
        if promise.method != "Occurrences":
            out.lose(
                promise, "spec.budgetingMethod", promise.method, "Pyrra knows occurrences alone; the SLO is not written"
            )
            continue
        indicator = _indicator(promise, out)
        if indicator is not None:
            files[promise.name] = [_resource(promise, indicator, bundle, out)]
    return files


def _resource(promise: Promise, indicator: dict[str, Any], bundle: Bundle, out: Outbox) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": promise.name}
    kept = dict(promise.annotations)
    metadata |= {"namespace": kept[_NAMESPACE]} if kept.get(_NAMESPACE) else {}
    labels = dict(promise.labels)
    if not any(labels.get(label) for label in _SERVICE_LABELS) and promise.service != kept.get(_NAMESPACE, "pyrra"):
        labels["pyrra.dev/service"] = promise.service
    metadata |= {"labels": labels} if labels else {}
    annotations = {name: text for name, text in kept.items() if name not in _OWN}
    metadata |= {"annotations": annotations} if annotations else {}
    if promise.display_name:
        out.lose(promise, "metadata.displayName", promise.display_name, "Pyrra's SLOs have a name alone")
    spec: dict[str, Any] = {
        "target": f"{shortest(promise.objectives[0].target * 100):f}",
        "window": promise.window.duration,
    }
    spec |= {"description": promise.description} if promise.description else {}
    spec |= {"alerting": _alerting(promise, bundle, out), "indicator": indicator}
    return {"apiVersion": VERSION, "kind": "ServiceLevelObjective", "metadata": metadata, "spec": spec}


def _alerting(promise: Promise, bundle: Bundle, out: Outbox) -> dict[str, Any]:
    kept, tiers = promise.annotations, pyrra_tiers(_seconds(promise))
    alerts = [bundle.alerts[name] for name in promise.alerts]
    for alert in alerts:
        if place_of(alert, tiers) is None:
            why = f"Pyrra alerts on its own burn rates alone: {', '.join(f'{tier.factor:f}x' for tier in tiers)}"
            out.lose(promise, "spec.alertPolicies", alert.name, why)
        carried = ("severity", "threshold", "lookback", "short", "after", "display_name", "annotations", "when_no_data")
        out.lose_alert(promise, alert, carried)
    places = {index: alert.severity for alert in alerts if (index := place_of(alert, tiers)) is not None}
    has_own = bool(places)
    alerting: dict[str, Any] = {
        "burnrates": has_own or kept.get(_BURNRATES) == "true",
        "absent": kept.get(_ABSENT, str(any(alert.when_no_data for alert in alerts)).lower()) == "true",
    }
    name = kept.get(_NAME) or next((alert.display_name for alert in alerts if alert.display_name), "")
    alerting |= {"name": name} if name else {}
    alerting |= {"absentName": kept[_ABSENT_NAME]} if _ABSENT_NAME in kept else {}
    severities = {_SEVERITIES[at]: word for at, word in sorted(places.items()) if word != tiers[at].severity}
    severities |= {"absent": kept[_ABSENT_SEVERITY]} if _ABSENT_SEVERITY in kept else {}
    return alerting | ({"severities": severities} if severities else {})


def _indicator(promise: Promise, out: Outbox) -> dict[str, Any] | None:
    objective, grouping = promise.objectives[0], list(promise.group_by)
    measure = objective.measure
    group = {"grouping": grouping} if grouping else {}
    if isinstance(measure, Gauge) and objective.op == "gte" and objective.value == 1 and plain_selector(measure.query):
        return {"bool_gauge": {"metric": measure.query, **group}}
    if isinstance(measure, Events):
        found = _events(measure)
        if found is not None:
            return {kind: {**value, **group} for kind, value in found.items()}
    written = measure.total if isinstance(measure, Events) else measure.query
    why = "Pyrra takes selectors alone (errors and total, or a bucket and its count), so the SLO is not written"
    out.lose(promise, "spec.indicator", written, why)
    return None


def _events(measure: Events) -> dict[str, dict[str, Any]] | None:
    part = measure.bad or measure.good or ""
    if not measure.counter:
        gauge = counted_gauge(measure.good or "", measure.total)
        return {"bool_gauge": {"metric": gauge}} if gauge else None
    if not plain_selector(measure.total) or not plain_selector(part):
        return written_latency(measure)
    if measure.bad:
        return {"ratio": {"errors": {"metric": part}, "total": {"metric": measure.total}}}
    selector = plain_selector(part)
    is_bucket = selector is not None and any(matcher.name == "le" for matcher in selector.matchers.matchers)
    return {"latency": {"success": {"metric": part}, "total": {"metric": measure.total}}} if is_bucket else None
