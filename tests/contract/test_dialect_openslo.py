"""Every example of the OpenSLO specification has a counterpart here: it loads and is written again without loss."""
# ruff: noqa: E501 - an example on a line of its own is read more easily than one that is broken

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from leadline.core.burn_alerts import burn_rate
from leadline.domains.dialects.model import Target
from leadline.handbook.loader import Loaded, load
from made_dialects import exported, imported, read

V1 = "openslo/v1"
WEEK = {
    "duration": "1w",
    "isRolling": False,
    "calendar": {"startTime": "2024-01-01 06:00:00", "timeZone": "Europe/Paris"},
}
ROLLING = {"duration": "4w", "isRolling": True}
MARKS: dict[str, Any] = {"labels": {"stage": ["live"], "owner": ["blue", "green"]}}


def doc(kind: str, name: str, spec: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": V1, "kind": kind, "metadata": {"name": name, **metadata}, "spec": spec}


def metric(ref: str | None = None, kind: str | None = None, **spec: Any) -> dict[str, Any]:
    source = {"metricSourceRef": ref, "type": kind, "spec": spec}
    return {"metricSource": {key: value for key, value in source.items() if value is not None}}


def ratio(part: str = "good", ref: str | None = "prom", kind: str | None = "Prometheus", **more: Any) -> dict[str, Any]:
    queries = {part: metric(ref, kind, query="ok_total"), "total": metric(ref, kind, query="all_total")}
    return {"ratioMetric": {"counter": True, **queries, **more}}


def inline(spec: dict[str, Any], name: str = "answers") -> dict[str, Any]:
    return {"indicator": {"metadata": {"name": name, "displayName": "Answers"}, "spec": spec}}


def slo(window: dict[str, Any] | None, measured: dict[str, Any], *objectives: dict[str, Any], **more: Any) -> list[Any]:
    spec = {"service": "desk", **measured, "timeWindow": [window] if window else None, "objectives": list(objectives)}
    spec |= {"budgetingMethod": "Occurrences", **more}
    return [doc("SLO", "promise", {key: value for key, value in spec.items() if value is not None})]


def condition(**burn: Any) -> dict[str, Any]:
    rate = {"kind": "burnrate", "threshold": 3, "lookbackWindow": "2h", "alertAfter": "10m", **burn}
    return {"description": "Burns thrice as fast.", "severity": "page", "condition": rate}


def policy(condition_entry: dict[str, Any], *targets: dict[str, Any], **spec: Any) -> dict[str, Any]:
    said = {"alertWhenBreaching": True, "alertWhenResolved": False, **spec}
    return doc(
        "AlertPolicy", "rota", {**said, "conditions": [condition_entry], "notificationTargets": list(targets)}, **MARKS
    )


def within(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name, "displayName": name.title()}, "spec": spec}


TO_POST, TO_CHAT = {"targetRef": "post"}, within("AlertNotificationTarget", "chat", {"target": "slack"})
PLAIN = {"displayName": "Works", "target": 0.97}
SLICED = {"op": "gt", "target": 0.994, "timeSliceTarget": 0.9, "timeSliceWindow": "1m"}
WAREHOUSE = {"region": "north", "database": "numbers", "query": "SELECT value, at FROM numbers"}
THRESHOLD = {"thresholdMetric": metric("prom", "Prometheus", query="sum(min_over_time(lag[2m]))")}

ACCEPTED: dict[str, list[dict[str, Any]]] = {
    # README.md of the specification, in its order.
    "README general schema": [
        doc(
            "Service", "desk", {"description": "Sells."}, displayName="Desk",
            labels={"seen": "true", "tags": ["auth"]}, annotations={"openslo.com/key": "a", "tool.example/key": "b"},
        )
    ],
    "README DataSource CloudWatch": [
        doc("DataSource", "cloud", {"type": "CloudWatch", "connectionDetails": {"keyID": "k", "secret": "s"}})
    ],
    "README objectives": slo(
        ROLLING, {"indicatorRef": "sli"}, {"displayName": "A", "target": 0.97}, {"targetPercent": 99.95}
    ),
    "README ratioMetric": [doc("SLI", "sli", ratio())],
    "README thresholdMetric of a DataSource": [
        doc("SLI", "sli", {"thresholdMetric": metric("shelf", **WAREHOUSE)}),
        doc("DataSource", "shelf", {"type": "Redshift"}),
    ],
    "README thresholdMetric of a type": [doc("SLI", "sli", {"thresholdMetric": metric(None, "Redshift", **WAREHOUSE)})],
    "README AlertPolicy with references": [policy({"conditionRef": "quick"}, TO_POST)],
    "README AlertPolicy written in place": [policy(within("AlertCondition", "quick", condition()), TO_POST)],
    "README AlertCondition": [doc("AlertCondition", "quick", condition())],
    "README AlertNotificationTarget email": [doc("AlertNotificationTarget", "Post", {"target": "email"})],
    "README AlertNotificationTarget slack": [
        doc("AlertNotificationTarget", "Chat", {"target": "slack", "description": "Says it in the room."})
    ],
    # examples/
    "examples/budgeting-method/occurences-slo.yaml": slo(
        ROLLING, inline({"thresholdMetric": {"metricSource": {"type": "Any", "spec": {}}}}),
        {"displayName": "Quick", "op": "lt", "value": 400, "target": 0.98}, description="Quick at any load.",
    ),
    "examples/budgeting-method/ratio-timeslices.yaml": slo(
        ROLLING, inline({"ratioMetric": {part: metric(None, "Any", query="Any") for part in ("good", "total")}}), {"op": "gt", "timeSliceWindow": "1m", "target": 0.98},
        budgetingMethod="RatioTimeslices",
    ),
    "examples/budgeting-method/timeslices-slo.yaml": slo(
        ROLLING, inline(ratio(ref=None, kind="Any")), SLICED, budgetingMethod="Timeslices"
    ),
    "examples/treat-low-traffic-as-equally-important/timeslices-slo.yaml": slo(
        WEEK, inline(ratio(ref=None, kind="Any")), SLICED, budgetingMethod="Timeslices"
    ),
    # pkg/openslo/v1/examples/ (the same as the SDK's)
    "v1/examples/services.yaml": [doc("Service", "desk", {"description": "Sells."}, **MARKS)],
    "v1/examples/data_sources.yaml": [
        doc("DataSource", "numbers", {"type": "Prometheus", "connectionDetails": [{"url": "http://p.example"}]}),
        doc("DataSource", "hound", {"type": "Datadog", "connectionDetails": [{"apiKey": "a"}, {"appKey": "b"}]}, **MARKS),
    ],
    "v1/examples/slis.yaml": [
        doc("SLI", "found", ratio(ref="hound", kind="Datadog"), **MARKS),
        doc(
            "SLI", "slow",
            {"ratioMetric": {
                "counter": False,
                "bad": metric("dynamics", "AppDynamics", application="shop", path="Pages|Slow"),
                "total": metric("dynamics", "AppDynamics", application="shop", path="Pages|All"),
            }},
        ),
        doc("SLI", "share", {"ratioMetric": {
            "rawType": "success",
            "raw": metric("prom", "Prometheus", query="1 - sum(sum_over_time(x[{{.window}}]))\n"),
        }}),
        doc("SLI", "lag", THRESHOLD, annotations={"openslo.com/folder": "./here"}),
    ],
    "v1/examples/slos.yaml": slo(WEEK, inline(ratio(ref=None)), SLICED, budgetingMethod="Timeslices"),
    "v1/examples/alert_conditions.yaml": [
        doc("AlertCondition", "below", condition(op="lte"), **MARKS),
        doc("AlertCondition", "above", condition(op="gt", threshold=200, lookbackWindow="1d", alertAfter="30m")),
    ],
    "v1/examples/alert_policies.yaml": [
        policy({"conditionRef": "quick"}, TO_POST),
        policy(within("AlertCondition", "held", condition(op="gt")), TO_POST)
        | {"metadata": {"name": "second", "annotations": {"openslo.com/folder": "./here"}}},
        policy({"conditionRef": "quick"}, TO_CHAT) | {"metadata": {"name": "third"}},
    ],
    "v1/examples/alert_notification_targets.yaml": [doc("AlertNotificationTarget", "post", {"target": "email"}, **MARKS)],
    # schema-test/spec-files/v1/
    "alert-condition/alert-condition.yaml": [doc("AlertCondition", "quick", condition(op="gt"), displayName="Quick")],
    "alert-condition/alert-condition-no-description.yaml": [
        doc("AlertCondition", "quick", {key: value for key, value in condition().items() if key != "description"})
    ],
    "alert-policy/alert-policy.yaml": [policy({"conditionRef": "quick"}, TO_POST, alertWhenNoData=True)],
    "alert-policy/alert-policy-inline-cond.yaml": [policy(within("AlertCondition", "quick", condition()), TO_POST)],
    "alert-policy/alert-policy-many-notificationref.yaml": [policy({"conditionRef": "quick"}, TO_POST, {"targetRef": "b"})],
    "data-source/data-source.yaml": [doc("DataSource", "cloud", {"type": "CloudWatch", "connectionDetails": {"a": "b"}})],
    "service/service-no-displayname.yaml": [doc("Service", "desk", {"description": "Sells."})],
    **{
        f"sli/sli-{told}-{shape}-{asked}.yaml": [doc("SLI", "GreatSLI", {**said, **spec})]
        for told, said in (("description", {"description": "The best."}), ("no-description", {}))
        for asked, ref in (("inline-metricsource", None), ("metricsourceref", "prom"))
        for shape, spec in (
            ("ratio-good", ratio("good", ref)), ("ratio-bad", ratio("bad", ref)),
            ("threshold", {"thresholdMetric": metric(ref, "Prometheus", query="temperature")}),
        )
    },
    **{
        f"slo/slo-{asked}-{name}-{told}.yaml": slo(window, measured, PLAIN, **alerts)
        for asked, measured in (("indicatorref", {"indicatorRef": "sli"}), ("no-indicatorref", inline(ratio())))
        for name, window in (("calendar", {**WEEK, "duration": "1d"}), ("rolling", {**ROLLING, "duration": "1d"}))
        for told, alerts in (("alerts", {"alertPolicies": ["rota"]}), ("no-alerts", {}))
    },
    # the command `oslo`
    "oslo slo-composite-indicatorRef-rolling-no-alerts.yaml": slo(
        ROLLING, {}, {**PLAIN, "compositeWeight": 1, "indicatorRef": "sli"},
        {"target": 0.99, "compositeWeight": 2, "indicatorRef": "sli"},
    ),
    "oslo slo-composite-no-indicatorRef-rolling-no-alerts.yaml": slo(
        ROLLING, {}, {**PLAIN, "compositeWeight": 1, **inline(ratio())},
        {"target": 0.99, "compositeWeight": 2, **inline(ratio("bad"), "other")},
    ),
    "oslo slo-with-annotations.yaml": [
        {**slo(ROLLING, inline(ratio()), PLAIN)[0], "metadata": {"name": "promise", "annotations": {"tool.example/a": "b"}}}
    ],
}  # fmt: skip

REFUSED: dict[str, tuple[list[dict[str, Any]], str]] = {
    "invalid-apiversion.yaml": ([{**doc("SLI", "a", ratio()), "apiVersion": "openslo/v1alpha"}], "apiVersion"),
    "alert-condition-no-condition.yaml": ([doc("AlertCondition", "a", {"severity": "page"})], "condition"),
    "alert-condition-no-sev.yaml": (
        [doc("AlertCondition", "a", {"condition": condition()["condition"]})], "severity",
    ),
    "alert-notification-target-no-target.yaml": ([doc("AlertNotificationTarget", "a", {"description": "b"})], "target"),
    "alert-policy-malformed-cond.yaml": ([policy({"foo": "bar"}, TO_POST)], "conditions"),
    "alert-policy-malformed-targetref.yaml": ([policy({"conditionRef": "quick"}, {"foo": "a"})], "notificationTargets"),
    "alert-policy-many-cond.yaml": (
        [doc("AlertPolicy", "a", {"conditions": [{"conditionRef": "quick"}] * 2, "notificationTargets": [TO_POST]})],
        "conditions",
    ),
    "alert-policy-no-cond.yaml": ([doc("AlertPolicy", "a", {"notificationTargets": [TO_POST]})], "conditions"),
    "service-long-description.yaml": ([doc("Service", "a", {"description": "x" * 1051})], "description"),
    "sli-ratio-good-and-bad.yaml": (
        [doc("SLI", "a", ratio(bad=metric("prom", query="bad_total")))], "bad",
    ),
    # Examples that the specification's own notes forbid: budgetingMethod is a required field.
    "README SLO where the SLI is inlined": (
        slo(None, inline(ratio(ref="hound", kind="Datadog")), PLAIN, budgetingMethod=None), "budgetingMethod",
    ),
    "test_data/decode/v1_slos.yaml": (slo(ROLLING, inline(ratio()), PLAIN, budgetingMethod=None), "budgetingMethod"),
    # Design: a month is no number of days, so it cannot roll; a calendar says which month.
    "slo-no-indicatorref-rolling-alerts.yaml as written, 1M": (
        slo({"duration": "1M", "isRolling": True}, inline(ratio()), PLAIN), "timeWindow",
    ),
    # Design: a query of Prometheus says whether it names a counter; a guess would be wrong by the length of a step.
    "a PromQL ratio without counter": ([doc("SLI", "a", ratio(counter=None))], "counter"),
    # A later version of the specification, in which names and kinds changed; it is not final.
    "v2alpha/examples/*": ([{**doc("Service", "a", {}), "apiVersion": "openslo.com/v2alpha"}], "apiVersion"),
}  # fmt: skip


def _named(value: Any) -> Iterator[tuple[str, str]]:
    """Kind and name of whatever a document refers to."""
    kinds = {
        "indicatorRef": "SLI", "conditionRef": "AlertCondition", "targetRef": "AlertNotificationTarget",
        "service": "Service", "metricSourceRef": "DataSource",
    }  # fmt: skip
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if key in kinds and isinstance(item, str):
            yield kinds[key], item
        elif key == "alertPolicies":
            yield from (("AlertPolicy", name) for name in item)
        elif key == "metricSource" and "metricSourceRef" not in item:
            yield "DataSource", item["type"]
        elif isinstance(item, dict | list):
            yield from _named(item)


def _companion(kind: str, name: str) -> dict[str, Any]:
    types = {"prom": "Prometheus", "hound": "Datadog", "dynamics": "AppDynamics"}
    specs: dict[str, dict[str, Any]] = {
        "SLI": ratio(), "AlertCondition": condition(), "AlertNotificationTarget": {"target": "email"}, "Service": {},
        "DataSource": {"type": types.get(name, name)},
        "AlertPolicy": {"conditions": [within("AlertCondition", "c", condition())], "notificationTargets": []},
    }  # fmt: skip
    return doc(kind, name, specs[kind])


def whole(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The documents, and the plainest of whatever they refer to, since a handbook has no loose ends."""
    found = list(documents)
    for document in found:
        mine = {(one["kind"], one["metadata"]["name"]) for one in found}
        found += [_companion(*pair) for pair in sorted(set(_named(document["spec"])) - mine)]
    return found


def loaded(documents: list[dict[str, Any]], folder: Path) -> Loaded:
    folder.mkdir()
    (folder / "all.yaml").write_text(yaml.safe_dump_all(json.loads(json.dumps(documents)), sort_keys=False))
    return load(folder)


def _in_order(documents: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(document, sort_keys=True) for document in documents)


@pytest.mark.parametrize("example", ACCEPTED)
def test_an_example_of_the_specification_loads_and_is_written_without_loss(example: str, tmp_path: Path) -> None:
    documents = whole(ACCEPTED[example])
    handbook = loaded(documents, tmp_path / "first")
    assert handbook.problems == ()
    assert handbook.handbook is not None
    written = exported(handbook.handbook, Target.OPENSLO)
    again = list(yaml.safe_load_all(written.text))
    assert _in_order(again) == _in_order(documents)
    assert [lost for lost in written.lost if "leadline" not in lost.key] == []
    assert loaded(again, tmp_path / "second").problems == ()


@pytest.mark.parametrize("example", REFUSED)
def test_what_the_specification_or_the_design_forbids_is_refused_with_its_key(example: str, tmp_path: Path) -> None:
    documents, key = REFUSED[example]
    found = loaded(whole(documents), tmp_path / "refused")
    assert found.handbook is None
    assert key in " ".join(f"{problem.key} {problem.what}" for problem in found.problems)
    assert all(problem.hint for problem in found.problems)


def test_a_policy_that_tells_nobody_is_kept_although_the_schema_wants_a_target(tmp_path: Path) -> None:
    """The schema test alert-policy-no-notification refuses it; a status page shows an alert without telling anyone."""
    found = loaded(whole([policy({"conditionRef": "quick"})]), tmp_path / "silent")
    assert found.problems == ()


V1ALPHA = """\
apiVersion: openslo/v1alpha
kind: Service
metadata: {name: desk, displayName: Desk}
spec: {description: Sells.}
---
apiVersion: openslo/v1alpha
kind: SLO
metadata: {name: slow, displayName: Slow pages}
spec:
  description: Pages are quick.
  service: desk
  indicator: {thresholdMetric: {source: Prometheus, queryType: query, query: 'page_ms{job="desk"}'}}
  timeWindows: [{unit: Week, count: 1, isRolling: false, calendar: {startTime: 2024-01-01 06:00:00, timeZone: Europe/Paris}}]
  budgetingMethod: Occurrences
  objectives: [{displayName: Good, value: 150.0, op: lt, target: 0.97}]
---
apiVersion: openslo/v1alpha
kind: SLO
metadata: {name: answers}
spec:
  service: desk
  timeWindows: [{unit: Week, count: 1, isRolling: false, calendar: {startTime: 2024-01-01 06:00:00, timeZone: Europe/Paris}}]
  budgetingMethod: Timeslices
  objectives:
  - displayName: Good
    target: 0.994
    timeSliceTarget: 0.9
    value: 1
    ratioMetrics:
      incremental: true
      good: {source: prometheus, queryType: query, query: ok_total}
      total: {source: prometheus, queryType: query, query: all_total}
"""


def test_the_examples_of_v1alpha_come_through_import(tmp_path: Path) -> None:
    """v1alpha/examples/services.yaml and slos.yaml; a source other than Prometheus is told as lost."""
    handbook, carried = imported(V1ALPHA, tmp_path)
    assert carried.lost == ()
    slow, answers = handbook.slos["slow"], handbook.slos["answers"]
    assert (str(slow.terms.window), slow.limit.op if slow.limit else "", str(slow.terms.target)) == ("1w", "lt", "0.97")
    assert (str(answers.terms.method), str(answers.terms.slice_target)) == ("Timeslices", "0.9")
    assert handbook.services["desk"].description == "Sells."
    assert read(V1ALPHA.replace("source: prometheus", "source: datadog")).lost


def test_the_first_draft_is_not_read() -> None:
    """spec/slo-example.yaml is of openslo/v1alpha1, without objectives; nothing ever read it."""
    found = read("apiVersion: openslo/v1alpha1\nkind: SLO\nmetadata: {name: a}\nspec: {service: b}\n")
    assert "not a dialect that is read" in found.problems["apiVersion"]


def test_trap_23_the_prose_of_the_specification_is_no_oracle() -> None:
    """
    Its example takes the errors of one bad hour from the budget and forgets those of every other hour.

    99 % of 1,000,000: 10,000 may fail. 100,000 in the bad hour, 3,000 failed; 0.2 % of the other 900,000 are 1,800.
    """
    consumed = burn_rate(bad=3_000 + 1_800, total=1_000_000, error_budget=Fraction(1, 100))
    assert consumed == Fraction(48, 100)
    assert isinstance(consumed, Fraction)
    assert (1 - consumed) * 10_000 == 5_200, "7,000 would be left if nothing else had failed"


def test_trap_23_an_operator_says_what_is_good_and_is_never_turned_round(tmp_path: Path) -> None:
    """An example says `lte` of a burn that "exceeds 2"; `op` of an objective is what the good value is."""
    for op, good in (("lte", [True, True, False]), ("lt", [True, False, False]), ("gte", [False, True, True])):
        text = V1ALPHA.replace("op: lt,", f"op: {op},")
        handbook, _ = imported(text, tmp_path / op)
        limit = handbook.slos["slow"].limit
        assert limit is not None
        compare = {"lte": float.__le__, "lt": float.__lt__, "gte": float.__ge__}[limit.op or ""]
        assert [compare(value, float(limit.value or 0)) for value in (149.0, 150.0, 151.0)] == good
