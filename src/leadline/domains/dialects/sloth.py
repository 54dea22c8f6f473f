"""Sloth: `version: prometheus/v1` files, and `sloth.slok.dev/v1 PrometheusServiceLevel` resources of Kubernetes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from leadline.domains.dialects.accounting import Spot
from leadline.domains.dialects.measures import events_at, percentage, query_at
from leadline.domains.dialects.promises import (
    Alert,
    Bundle,
    Events,
    Measure,
    Objective,
    Promise,
    Rolling,
    Service,
    Share,
    Tier,
    shortest,
)
from leadline.domains.dialects.queries import mean_over_window, mean_unwrapped, over_window
from leadline.domains.dialects.sloth_windows import (
    SHIPPED,
    as_resource,
    is_windows,
    period_of,
    read_windows,
    windows_written,
)
from leadline.domains.dialects.tiers import alerts_of, is_of, sloth_tiers
from leadline.domains.dialects.writing import Outbox
from leadline.units import format_duration, parse_duration

VERSION = "prometheus/v1"
RESOURCE = "sloth.slok.dev/v1"
PREFIX = "sloth.dev"
USUAL_WINDOW = "30d"
REASONS: Mapping[str, str] = {
    "plugins": "plugins run inside Sloth; say what they change in the handbook",
    "interval": "how often Prometheus evaluates Sloth's rules; Leadline takes every minute",
    "infoLabels": "labels of a series that Sloth makes; write them as labels",
    "slo_plugins": "plugins run inside Sloth; say what they change in the handbook",
    "sloPlugins": "plugins run inside Sloth; say what they change in the handbook",
    "status": "Kubernetes writes it",
    "resourceVersion": "Kubernetes writes it",
    "uid": "Kubernetes writes it",
    "creationTimestamp": "Kubernetes writes it",
    "generation": "Kubernetes writes it",
    "managedFields": "Kubernetes writes it",
}
_NO_ALERT = "the alert is disabled, so there is nothing to put it on"
_PLUGIN = "an SLI plugin makes its queries inside Sloth; write the queries that `sloth generate` prints"


def is_mine(value: Mapping[str, Any]) -> bool:
    """Whether a document is of this dialect."""
    return value.get("version") == VERSION or value.get("apiVersion") == RESOURCE or is_windows(value)


def read(document: Spot, window: str | None, bundle: Bundle) -> None:
    """Take in the SLOs of a file or resource, or the alert windows of a period."""
    if is_windows(document.value):
        read_windows(document, bundle)
        return
    document.take("version", "apiVersion", "kind")
    spec, kept = document, {}
    if document.has("apiVersion"):
        metadata = document.inner("metadata")
        spec = document.inner("spec")
        kept = {f"{PREFIX}/{key}": text for key in ("name", "namespace") if (text := metadata.text(key))}
        kept |= metadata.texts("annotations")
        for name, label in metadata.texts("labels").items():
            kept[f"{PREFIX}/label.{name}"] = label
    service = spec.name("service", "add service: checkout")
    labels = spec.texts("labels")
    known = bundle.services.setdefault(service, Service(service, labels=labels))
    window = window or _period(spec, bundle)
    seconds = int(parse_duration(window).total_seconds())
    if seconds not in {*SHIPPED, *bundle.windows}:
        spec.note(f"Sloth has alert windows for 28d and 30d; those for {window} are worked out alike")
    extra = labels if known.labels != labels else {}
    for slo in spec.each("slos"):
        _read_slo(slo, Promise("", service, Rolling(window), (), slo.place, annotations=kept), bundle, extra)
    if not spec.has("slos"):
        spec.problem("slos", "missing key", "add slos: a list of SLOs")


def _period(spec: Spot, bundle: Bundle) -> str:
    period = period_of(bundle)
    if period is not None:
        spec.note(f"{period} is the window, since there are alert windows for it alone; --window says another")
        return period
    spec.note(f"Sloth's files name no window; {USUAL_WINDOW} is Sloth's default, --window says another")
    return USUAL_WINDOW


def _read_slo(slo: Spot, usual: Promise, bundle: Bundle, extra: Mapping[str, str]) -> None:
    name = slo.name("name", "add name: requests-availability")
    target = percentage(slo, "objective")
    sli = slo.inner("sli")
    if sli.has("plugin"):
        slo.account.taken.add(slo.path)
        sli.lose("plugin", _PLUGIN)
        return
    measured = _measure(sli)
    full = f"{usual.service}-{name}"
    alerts = _alerts(slo.inner("alerting"), full, target, _tiers(usual.window, bundle)) if target is not None else []
    if target is None or measured is None:
        return
    bundle.alerts |= {alert.name: alert for alert in alerts}
    measure, group_by = measured
    bundle.promises.append(
        replace(
            usual,
            name=full,
            objectives=(Objective(target, measure),),
            description=slo.text("description"),
            labels={**extra, **slo.texts("labels")},
            group_by=group_by,
            alerts=tuple(alert.name for alert in alerts),
        )
    )


def _either(spot: Spot, *keys: str) -> str:
    """The spelling that is there: files write snake_case, resources camelCase."""
    return next((key for key in keys if spot.has(key)), keys[0])


def _measure(sli: Spot) -> tuple[Measure, tuple[str, ...]] | None:
    if sli.has("raw") and sli.has("events"):
        sli.take("raw", "events")
        sli.problem("raw", "both raw and events", "keep one of them")
        return None
    if sli.has("raw"):
        raw = sli.inner("raw")
        query = query_at(raw, _either(raw, "error_ratio_query", "errorRatioQuery"))
        return (Share(mean_unwrapped(query), is_good=False), ()) if query is not None else None
    if sli.has("events"):
        events = sli.inner("events")
        roles = {
            "bad": _either(events, "error_query", "errorQuery"),
            "total": _either(events, "total_query", "totalQuery"),
        }
        return events_at(events, roles)
    sli.problem("", "neither events nor raw", "add events: with error_query and total_query")
    return None


def _tiers(window: object, bundle: Bundle) -> tuple[Tier, ...]:
    seconds = int(parse_duration(window.duration).total_seconds()) if isinstance(window, Rolling) else 0
    return bundle.windows.get(seconds) or sloth_tiers(seconds)


def _alerts(alerting: Spot, slo: str, target: Decimal | None, known: tuple[Tier, ...]) -> list[Alert]:
    name, labels, annotations = alerting.text("name"), alerting.texts("labels"), alerting.texts("annotations")
    found: list[Alert] = []
    for severity, keys in (("page", ("page_alert", "pageAlert")), ("ticket", ("ticket_alert", "ticketAlert"))):
        spot = alerting.inner(_either(alerting, *keys))
        if spot.flag("disable", default=False):
            for key in ("labels", "annotations"):
                if spot.has(key):
                    spot.lose(key, _NO_ALERT)
            continue
        usual = Alert(
            slo, severity, Decimal(0), "",
            display_name=name,
            labels={**labels, **spot.texts("labels")},
            annotations={**annotations, **spot.texts("annotations")},
        )  # fmt: skip
        tiers = tuple(tier for tier in known if tier.severity == severity)
        found += alerts_of(tiers, usual, target or Decimal(1), spot)
    if not found:
        for key in ("name", "labels", "annotations"):
            if alerting.has(key):
                alerting.lose(key, _NO_ALERT)
    return found


def write(bundle: Bundle, out: Outbox) -> dict[str, list[dict[str, Any]]]:
    """One file for each service."""
    files: dict[str, list[dict[str, Any]]] = {}
    windows: set[str] = set()
    bundle = replace(bundle, windows=windows_written(bundle.promises, bundle))
    for promise in out.singles(bundle.promises):
        if not isinstance(promise.window, Rolling):
            out.lose(
                promise,
                "spec.timeWindow",
                promise.window.duration,
                "Sloth has no calendar windows; the SLO is not written",
            )
            continue
        slo = _slo(promise, bundle, out)
        if slo is None:
            continue
        windows.add(promise.window.duration)
        service = bundle.services[promise.service]
        out.lose_texts(service.annotations, promise, "of the Service: Sloth has no service documents")
        head: dict[str, Any] = {"version": VERSION, "service": service.name}
        head |= {"labels": dict(service.labels)} if service.labels else {}
        files.setdefault(service.name, [{**head, "slos": []}])[0]["slos"].append(slo)
    if windows:
        shown = ", ".join(sorted(windows))
        out.note(f"Sloth's files name no window; give it with --default-slo-period ({shown})")
    for seconds, tiers in bundle.windows.items():
        period = format_duration(seconds)
        if windows and (tiers != sloth_tiers(seconds) or seconds not in SHIPPED):
            files[f"alert-windows-{period}"] = [as_resource(seconds, tiers)]
            out.note(f"alert-windows-{period}.yaml belongs in the folder that --slo-period-windows-path names")
    return files


def _slo(promise: Promise, bundle: Bundle, out: Outbox) -> dict[str, Any] | None:
    objective = promise.objectives[0]
    sli = _sli(objective.measure, promise, out)
    if sli is None:
        return None
    if promise.method != "Occurrences":
        out.lose(
            promise, "spec.budgetingMethod", promise.method, "Sloth knows occurrences alone; the SLO is not written"
        )
        return None
    slo: dict[str, Any] = {
        "name": promise.name.removeprefix(f"{promise.service}-"),
        "objective": shortest(objective.target * 100),
    }
    slo |= {"description": promise.description} if promise.description else {}
    slo |= {"labels": dict(promise.labels)} if promise.labels else {}
    out.lose_texts(promise.annotations, promise, "Sloth's files have no annotations of an SLO")
    if promise.display_name:
        out.lose(promise, "metadata.displayName", promise.display_name, "Sloth's SLOs have a name alone")
    return slo | {"sli": sli, "alerting": _alerting(promise, bundle, out)}


def _sli(measure: Measure, promise: Promise, out: Outbox) -> dict[str, Any] | None:
    if isinstance(measure, Share):
        query = mean_over_window(measure.query)
        return {"raw": {"error_ratio_query": f"1 - ({query})" if measure.is_good else query}}
    if not isinstance(measure, Events):
        out.lose(
            promise, "spec.indicator", measure.query, "Sloth compares no gauge with a limit; the SLO is not written"
        )
        return None
    total = over_window(measure.total, promise.group_by, counter=measure.counter)
    part = over_window(measure.bad or measure.good or "", promise.group_by, counter=measure.counter)
    if total is None or part is None:
        why = "it is not a sum of counters, so it has no {{.window}}; the SLO is not written"
        out.lose(promise, "spec.indicator", measure.total if total is None else measure.bad or measure.good, why)
        return None
    return {"events": {"error_query": part if measure.bad else f"{total} - {part}", "total_query": total}}


def _alerting(promise: Promise, bundle: Bundle, out: Outbox) -> dict[str, Any]:
    tiers = _tiers(promise.window, bundle)
    mine: dict[str, Alert] = {}
    for name in promise.alerts:
        alert = bundle.alerts[name]
        if is_of(alert, tiers):
            mine[alert.severity] = alert
        else:
            why = f"Sloth alerts on its own burn rates alone: {', '.join(f'{tier.factor:f}x' for tier in tiers)}"
            out.lose(promise, "spec.alertPolicies", name, why)
        out.lose_alert(
            promise, alert, ("severity", "threshold", "lookback", "short", "display_name", "labels", "annotations")
        )
    alerting: dict[str, Any] = {}
    names = {alert.display_name for alert in mine.values() if alert.display_name}
    alerting |= {"name": min(names)} if names else {"name": promise.name} if mine else {}
    for severity in ("page", "ticket"):
        alert_or_none = mine.get(severity)
        alerting[f"{severity}_alert"] = _alert(alert_or_none) if alert_or_none else {"disable": True}
    return alerting


def _alert(alert: Alert) -> dict[str, Any]:
    annotations = {name: text for name, text in alert.annotations.items() if not name.startswith(f"{PREFIX}/")}
    labels = {"labels": dict(alert.labels)} if alert.labels else {}
    return labels | ({"annotations": annotations} if annotations else {})
