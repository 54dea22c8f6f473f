"""slo-generator v2: `sre.google.com/v2` objectives of its Prometheus backend, and its shared configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import promql_parser as parser

from leadline.domains.dialects.accounting import Spot
from leadline.domains.dialects.measures import description, query_at, ratio
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
    shortest,
)
from leadline.domains.dialects.queries import WINDOW, added, plain_selector
from leadline.domains.dialects.writing import Outbox
from leadline.units import format_duration

VERSION = "sre.google.com/v2"
PREFIX = "sre.google.com"
USUAL_WINDOW = "28d"
REASONS: Mapping[str, str] = {
    "exporters": "Leadline keeps what it measures itself and exports from there",
    "message_alert": "Leadline words its alerts itself",
    "message_ok": "Leadline words its alerts itself",
    "headers": "write them into connectionDetails of the DataSource, secrets as ${NAME}",
}
_METHOD = f"{PREFIX}/method"
_BACKEND = f"{PREFIX}/backend"
_POLICY = f"{PREFIX}/error-budget-policy"
_SERVICE_LABELS = ("service_name", "service")
_USUAL_OPERATORS = ("increase", "sum")
_BRACKET = re.compile(r"\[\s*window[^\]]*\]")
_BOTH = re.compile(r"sum\((?P<good>.*)\) \+ sum\((?P<bad>.*)\)", re.DOTALL)
_INTEGER_BOUND = re.compile(r"(\d+)\(\\\.0\)\?")


def is_mine(value: Mapping[str, Any]) -> bool:
    """Whether a document is of this dialect."""
    return str(value.get("apiVersion", "")).startswith("sre.google.com/") or is_configuration(value)


def is_configuration(value: Mapping[str, Any]) -> bool:
    """Whether it is the shared configuration, which names backends and error budget policies."""
    return "apiVersion" not in value and isinstance(value.get("backends"), dict) and "error_budget_policies" in value


def read(document: Spot, window: str | None, bundle: Bundle) -> None:
    """Take in one SLO, or the shared configuration."""
    if is_configuration(document.value):
        _read_configuration(document, bundle)
        return
    document.take("apiVersion", "kind")
    metadata, spec = document.inner("metadata"), document.inner("spec")
    name, labels = metadata.name("name", "add name: shop-checkout-availability"), metadata.texts("labels")
    backend = spec.text("backend", "prometheus")
    if backend.partition("/")[0] != "prometheus":
        document.account.taken.add(document.path)
        spec.lose("backend", "of its backends, Prometheus alone is read; this SLO is not written")
        return
    target = ratio(spec, "goal")
    method = spec.text("method")
    measure = _measure(spec, method)
    if target is None or measure is None:
        return
    service = next((labels[label] for label in _SERVICE_LABELS if labels.get(label)), name)
    metadata.check_name("labels", service)
    bundle.services.setdefault(service, Service(service))
    policy = spec.text("error_budget_policy", "default")
    kept = {_METHOD: method, _POLICY: policy} | ({_BACKEND: backend} if backend != "prometheus" else {})
    length = window or (format_duration(bundle.seconds) if bundle.seconds else None)
    if length is None:
        document.note(f"its windows stand in the shared configuration; {USUAL_WINDOW} is taken, --window says another")
    bundle.promises.append(
        Promise(
            name, service, Rolling(length or USUAL_WINDOW), (Objective(target, measure),), document.place,
            description=description(spec), labels=labels, annotations=metadata.texts("annotations") | kept,
            alerts=tuple(alert for alert in bundle.alerts if alert.startswith(f"{policy}-")),
        )
    )  # fmt: skip


def _measure(spec: Spot, method: str) -> Measure | None:
    indicator = spec.inner("service_level_indicator")
    if method == "good_bad_ratio":
        return _good_bad(indicator)
    if method == "distribution_cut":
        return _cut(indicator)
    if method == "query_sli":
        expression = query_at(indicator, "expression")
        return Share(_BRACKET.sub(f"[{WINDOW}]", expression), is_good=True) if expression is not None else None
    spec.problem(
        "method", "not a method of the Prometheus backend", "write good_bad_ratio, distribution_cut or query_sli"
    )
    return None


def _good_bad(indicator: Spot) -> Events | None:
    operators = indicator.names("operators") or _USUAL_OPERATORS
    is_counter = set(operators) <= {"increase", "rate", "sum"} and operators[-1] == "sum"
    texts = {
        key: _filtered(indicator, f"filter_{key}", () if is_counter else operators)
        for key in ("good", "bad", "valid")
        if indicator.has(f"filter_{key}")
    }
    if None in texts.values():
        return None
    good, bad, valid = (texts.get(key) for key in ("good", "bad", "valid"))
    if valid and good and bad:
        indicator.lose("filter_bad", "bad is what is not good of filter_valid")
        bad = None
    if valid and (good or bad):
        return Events(valid, None if good else bad, good, is_counter)
    if good and bad:
        return Events(f"sum({good}) + sum({bad})", bad, None, is_counter)
    indicator.problem("", "not two of filter_good, filter_bad and filter_valid", "add filter_valid: every valid event")
    return None


def _filtered(indicator: Spot, key: str, operators: tuple[str, ...]) -> str | None:
    """A selector; with operators other than the usual, the query that they make."""
    written = indicator.needed(key, f"add {key}: a selector")
    text = _BRACKET.sub("", written)
    if query := _checked(indicator, key, text):
        for operator in operators:
            query = f"{operator}({query}[{WINDOW}])" if operator == operators[0] else f"{operator}({query})"
        return query
    return None


def _checked(indicator: Spot, key: str, text: str) -> str | None:
    try:
        parser.parse(text)
    except ValueError as error:
        indicator.problem(key, "ill-written PromQL", str(error))
        return None
    return text


def _cut(indicator: Spot) -> Events | None:
    expression = indicator.needed("expression", "add expression: http_request_duration_seconds_bucket{…}")
    bound = indicator.needed("threshold_bucket", "add threshold_bucket: 0.25")
    plain = _BRACKET.sub("", expression)
    is_whole = bound.isdecimal() or bound.removesuffix(".0").isdecimal()
    operator, value = ("=~", f"{bound.removesuffix('.0')}(\\.0)?") if is_whole else ("=", bound)
    good = added(plain, "le", operator, value) if plain else None
    if good is None or "_bucket" not in plain:
        if expression:
            indicator.problem("expression", "not the buckets of a histogram", "name one metric that ends in _bucket")
        return None
    return Events(plain.replace("_bucket", "_count", 1), None, good, counter=True)


def _read_configuration(document: Spot, bundle: Bundle) -> None:
    for name in document.inner("backends").value:
        backend = document.inner("backends").inner(name)
        if name.partition("/")[0] == "prometheus" and bundle.address is None:
            bundle.address = backend.text("url") or None
    for policy in document.inner("error_budget_policies").value:
        document.inner("error_budget_policies").check_name(policy, policy)
        for step in document.inner("error_budget_policies").inner(policy).each("steps"):
            _read_step(step, policy, bundle)


def _read_step(step: Spot, policy: str, bundle: Bundle) -> None:
    seconds, factor = step.number("window"), step.number("burn_rate_threshold")
    name, alert = step.text("name"), step.flag("alert", default=False)
    if seconds is None or seconds < 60 or seconds % 60:
        step.problem("window", "not a window in seconds", "write whole minutes in seconds, such as 3600")
        return
    bundle.seconds = max(bundle.seconds or 0, int(seconds))
    lookback = format_duration(int(seconds))
    if alert and factor is not None:
        made = Alert(
            f"{policy}-{lookback}", "alert", factor, lookback,
            display_name=name, annotations={_POLICY: policy},
        )  # fmt: skip
        bundle.alerts[made.name] = made
    elif factor is not None:
        step.lose("burn_rate_threshold", "the step does not alert")


def write(bundle: Bundle, out: Outbox) -> dict[str, list[dict[str, Any]]]:
    """One file for each SLO."""
    files: dict[str, list[dict[str, Any]]] = {}
    windows = set()
    for promise in out.singles(bundle.promises):
        if not isinstance(promise.window, Rolling):
            why = "slo-generator has no calendar windows; the SLO is not written"
            out.lose(promise, "spec.timeWindow", promise.window.duration, why)
            continue
        found = _indicator(promise, out)
        if found is None:
            continue
        windows.add(promise.window.duration)
        files[promise.name] = [_document(promise, found)]
        if promise.display_name:
            out.lose(promise, "metadata.displayName", promise.display_name, "its SLOs have a name alone")
        for name in promise.alerts:
            why = "its burn rates stand in the shared configuration: a step of error_budget_policies"
            out.lose(promise, "spec.alertPolicies", name, why)
    if windows:
        out.note(
            "its windows stand in the shared configuration: "
            f"give error_budget_policies a step of {', '.join(sorted(windows))}"
        )
    return files


def _document(promise: Promise, found: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    kept = dict(promise.annotations)
    policy, backend = kept.pop(_POLICY, "default"), kept.pop(_BACKEND, "prometheus")
    kept.pop(_METHOD, None)
    labels = dict(promise.labels)
    if not any(labels.get(label) for label in _SERVICE_LABELS):
        labels["service_name"] = promise.service
    metadata: dict[str, Any] = {"name": promise.name, "labels": labels} | ({"annotations": kept} if kept else {})
    spec: dict[str, Any] = {"description": promise.description or promise.name, "backend": backend, "method": found[0]}
    spec |= {} if policy == "default" else {"error_budget_policy": policy}
    spec |= {"service_level_indicator": found[1], "goal": shortest(promise.objectives[0].target)}
    return {"apiVersion": VERSION, "kind": "ServiceLevelObjective", "metadata": metadata, "spec": spec}


def _indicator(promise: Promise, out: Outbox) -> tuple[str, dict[str, Any]] | None:
    measure = promise.objectives[0].measure
    why = ""
    if promise.method != "Occurrences":
        out.lose(promise, "spec.budgetingMethod", promise.method, "it counts occurrences alone; the SLO is not written")
        return None
    if isinstance(measure, Share):
        text = measure.query.replace(WINDOW, "window")
        return "query_sli", {"expression": text if measure.is_good else f"1 - ({text})"}
    if isinstance(measure, Events) and measure.counter and not promise.group_by:
        found = _events(measure)
        if found is not None:
            return found
        why = "it wants selectors of counters; the SLO is not written"
    if promise.group_by:
        why = f"it has no groups ({', '.join(promise.group_by)}); the SLO is not written"
    written = measure.total if isinstance(measure, Events) else getattr(measure, "query", "")
    out.lose(promise, "spec.indicator", written, why or "it compares no gauge with a limit; the SLO is not written")
    return None


def _events(measure: Events) -> tuple[str, dict[str, Any]] | None:
    both = _BOTH.fullmatch(measure.total)
    if both and measure.bad == both["bad"] and all(plain_selector(both[role]) for role in ("good", "bad")):
        return "good_bad_ratio", {"filter_good": both["good"], "filter_bad": both["bad"]}
    if not plain_selector(measure.total):
        return None
    if measure.bad is not None:
        if not plain_selector(measure.bad):
            return None
        bad, total = (f"sum(increase({text}[window]))" for text in (measure.bad, measure.total))
        # Without the zero, a service that never failed would answer nothing, which the tool takes for no data.
        return "query_sli", {"expression": f"1 - ({bad} or 0 * {total}) / {total}"}
    good = measure.good or ""
    cut = _cut_of(good, measure.total)
    if cut is not None:
        return "distribution_cut", cut
    return ("good_bad_ratio", {"filter_good": good, "filter_valid": measure.total}) if plain_selector(good) else None


def _cut_of(good: str, total: str) -> dict[str, Any] | None:
    """Expression and bucket, when `good` is a bucket of the histogram that `total` counts."""
    selector = plain_selector(good)
    bounds = [matcher for matcher in selector.matchers.matchers if matcher.name == "le"] if selector is not None else []
    if len(bounds) != 1:
        return None
    value = bounds[0].value
    whole = _INTEGER_BOUND.fullmatch(value)
    expression = total.replace("_count", "_bucket", 1)
    operator = "=~" if whole else "="
    if added(expression, "le", operator, value) != good:
        return None
    bound = whole[1] if whole else value
    if not bound.replace(".", "", 1).isdecimal():
        return None
    return {"expression": expression, "threshold_bucket": Decimal(bound)}
