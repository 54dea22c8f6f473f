"""Nobl9: `n9/v1alpha` SLO, Service and AlertPolicy, and the address of a Prometheus Agent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from leadline.domains.dialects.accounting import Spot
from leadline.domains.dialects.measures import (
    budgeting_method,
    check_objectives,
    description,
    duration,
    query_at,
    ratio,
    unit_window,
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
)
from leadline.domains.dialects.queries import has_own_rate

VERSION = "n9/v1alpha"
PREFIX = "nobl9.com"
PROJECT = f"{PREFIX}/project"
SOURCE = f"{PREFIX}/metric-source"
SOURCE_KIND = f"{PREFIX}/metric-source-kind"
SOURCE_PROJECT = f"{PREFIX}/metric-source-project"
OBJECTIVES = f"{PREFIX}/objective-names"
COOL_DOWN = f"{PREFIX}/cool-down"
METHODS_PROJECT = f"{PREFIX}/alert-methods-project"
OWN = (PROJECT, SOURCE, SOURCE_KIND, SOURCE_PROJECT, OBJECTIVES, COOL_DOWN, METHODS_PROJECT)
_PROMETHEUS = ("prometheus", "amazonPrometheus", "azurePrometheus")
_KINDS = ("SLO", "Service", "AlertPolicy", "Agent")
_LETTERS = ("lt", "lte", "gt", "gte")
_OTHER_SOURCE = "Prometheus is the one source of Nobl9's that is read; this objective is not written"
_NO_CONDITION = "a burn rate is the one measurement that a handbook alerts on"
_ONE_CONDITION = "OpenSLO's alert policies have one condition; the first burn rate is carried"
REASONS: Mapping[str, str] = {
    "attachments": "links have no field in OpenSLO; write them into the description",
    "primary": "a handbook's objectives have no first among them",
    "anomalyConfig": "missing data is judged by leadline/onNoData, and makes a level unknown",
    "composite": "composites are not read",
    "status": "Nobl9 writes it",
    "organization": "Nobl9 writes it",
    "manifestSrc": "Nobl9 writes it",
    "createdAt": "Nobl9 writes it",
    "createdBy": "Nobl9 writes it",
    "tier": "Nobl9's tiers are names; leadline/tier is 0, 1 or 2",
    "responsibleUsers": "people stand in a Team",
    "conditions": _ONE_CONDITION,
}


def is_mine(value: Mapping[str, Any]) -> bool:
    """Whether a document is of this dialect."""
    return str(value.get("apiVersion", "")).startswith("n9/")


def read(document: Spot, window: str | None, bundle: Bundle) -> None:  # noqa: ARG001 - Nobl9 names its windows; readers are alike
    """Take in one document."""
    document.take("apiVersion")
    kind = document.text("kind")
    if kind not in _KINDS:
        document.account.taken.add(document.path)
        document.lose("kind", f"of Nobl9's kinds, {', '.join(_KINDS)} are read")
        return
    metadata, spec = document.inner("metadata"), document.inner("spec")
    name = metadata.name("name", "add name: checkout")
    labels = metadata.inner("labels").value
    metadata.take("labels")
    annotations = metadata.texts("annotations")
    annotations |= {PROJECT: project} if (project := metadata.text("project")) else {}
    shown = metadata.text("displayName")
    if kind == "Service":
        bundle.services[name] = Service(name, shown, description(spec), labels, annotations)
    elif kind == "AlertPolicy":
        _read_policy(spec, Alert(name, "", 0, "", display_name=shown, labels=labels, annotations=annotations), bundle)  # type: ignore[arg-type] # the threshold follows
    elif kind == "Agent":
        _read_agent(document, spec, bundle)
    else:
        _read_slo(spec, name, bundle, display_name=shown, labels=labels, annotations=annotations)


def _read_agent(document: Spot, spec: Spot, bundle: Bundle) -> None:
    if not spec.has("prometheus"):
        document.account.taken.add(document.path)
        document.lose("kind", "an agent of another source than Prometheus")
        return
    bundle.address = bundle.address or spec.inner("prometheus").text("url") or None


def _read_slo(spec: Spot, name: str, bundle: Bundle, **told: Any) -> None:
    window = unit_window(spec)
    service = spec.name("service", "add service: checkout")
    method = budgeting_method(spec)
    indicator = spec.inner("indicator")
    kept = _source(indicator.inner("metricSource"))
    shared = _gauge(indicator.inner("rawMetric"), indicator, "rawMetric") if indicator.has("rawMetric") else None
    names: list[str] = []
    objectives = []
    for spot in spec.each("objectives"):
        objective_name = spot.text("name")
        made = _objective(spot, shared)
        if made is not None:
            objectives.append(made)
            names.append(objective_name)
    check_objectives(spec, method, objectives)
    if window is None or not service:
        return
    if not objectives:
        spec.account.taken.add(spec.path)
        return
    kept |= {OBJECTIVES: ", ".join(names)} if any(names) else {}
    told["annotations"] = {**told["annotations"], **kept}
    bundle.services.setdefault(service, Service(service))
    bundle.promises.append(
        Promise(
            name, service, window, tuple(objectives), spec.place, method,
            description=description(spec), alerts=spec.names("alertPolicies"), **told,
        )
    )  # fmt: skip


def _source(source: Spot) -> dict[str, str]:
    told = {SOURCE: source.text("name"), SOURCE_KIND: source.text("kind"), SOURCE_PROJECT: source.text("project")}
    return {key: text for key, text in told.items() if text}


def _objective(spot: Spot, shared: Gauge | None) -> Objective | None:
    measure: Measure | None = shared
    if spot.has("countMetrics"):
        measure = _events(spot.inner("countMetrics"), spot)
    elif spot.has("rawMetric"):
        measure = _gauge(spot.inner("rawMetric").inner("query"), spot, "rawMetric")
    elif spot.has("composite"):
        spot.lose_all("composite", "composites are not read; this objective is not written")
        return None
    elif shared is None:
        spot.problem("", "neither countMetrics nor rawMetric", "add one of them")
    target, value, op = ratio(spot, "target"), spot.number("value"), spot.text("op") or None
    slices = ratio(spot, "timeSliceTarget") if spot.has("timeSliceTarget") else None
    if op is not None and op not in _LETTERS:
        spot.problem("op", "not an operator", f"write one of {', '.join(_LETTERS)}")
    if isinstance(measure, Gauge) and (op is None or value is None):
        spot.problem("op" if op is None else "value", "missing key", "a gauge is held against op and value")
    if measure is None or target is None:
        return None
    return Objective(target, measure, spot.text("displayName"), op, value, slices)


def _events(counts: Spot, objective: Spot) -> Events | None:
    counter = counts.flag("incremental", default=False)
    if counts.has("goodTotal"):
        objective.lose_all("countMetrics", _OTHER_SOURCE)
        return None
    roles = [role for role in ("good", "bad") if counts.has(role)]
    if len(roles) != 1 or not counts.has("total"):
        counts.problem("", "not one of good and bad, with total", "add good (or bad) and total")
        return None
    queries = {role: _promql(counts.inner(role), objective, "countMetrics") for role in (*roles, "total")}
    total = queries["total"]
    if total is None or None in queries.values():
        return None
    if not counter and any(has_own_rate(text) for text in queries.values() if text is not None):
        counts.note("rates over a window of their own are taken as the events of a minute; name the counters alone")
    return Events(total, queries.get("bad"), queries.get("good"), counter)


def _gauge(query: Spot, holder: Spot, key: str) -> Gauge | None:
    text = _promql(query, holder, key)
    return Gauge(text) if text is not None else None


def _promql(query: Spot, holder: Spot, key: str) -> str | None:
    """The PromQL of a metric; what another source is asked keeps the objective from being written."""
    kind = next((name for name in _PROMETHEUS if query.has(name)), None)
    if kind is None and query.value:
        holder.lose_all(key, _OTHER_SOURCE)
        return None
    return query_at(query.inner(kind or _PROMETHEUS[0]), "promql")


def _read_policy(spec: Spot, usual: Alert, bundle: Bundle) -> None:
    kept = {COOL_DOWN: text} if (text := spec.text("coolDown") or spec.text("cooldown")) else {}
    targets = []
    for method in spec.each("alertMethods"):
        metadata = method.inner("metadata")
        targets.append(metadata.name("name", "add name: pager"))
        if project := metadata.text("project"):
            kept[METHODS_PROJECT] = project
    severity = spec.needed("severity", "add severity: High")
    burn = next((each for each in spec.each("conditions") if each.value.get("measurement") == "averageBurnRate"), None)
    if burn is None:
        spec.account.taken.add(spec.path)
        for condition in spec.each("conditions"):
            condition.lose("measurement", f"{_NO_CONDITION}; this policy is not written")
        return
    burn.take("measurement")
    threshold, op = burn.number("value"), burn.text("op") or "gte"
    if op not in _LETTERS:
        burn.problem("op", "not an operator", f"write one of {', '.join(_LETTERS)}")
    lookback, after = _spans(burn)
    if threshold is None or lookback is None:
        return
    bundle.alerts[usual.name] = replace(
        usual,
        severity=severity,
        threshold=threshold,
        lookback=lookback,
        after=after,
        op=op,
        description=description(spec),
        targets=tuple(targets),
        annotations={**usual.annotations, **kept},
    )


def _spans(burn: Spot) -> tuple[str | None, str | None]:
    """Alerting window, and how long it must hold; with the latter alone Nobl9 looks at each minute."""
    window = duration(burn, "alertingWindow") if burn.has("alertingWindow") else None
    lasts = duration(burn, "lastsFor") if burn.has("lastsFor") else None
    if window is None and lasts is None and not burn.has("alertingWindow") and not burn.has("lastsFor"):
        burn.note("neither alertingWindow nor lastsFor; a minute is looked at")
    return window or "1m", lasts
