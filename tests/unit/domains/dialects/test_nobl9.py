"""Nobl9's SLOs, services and alert policies on Prometheus."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from leadline.domains.dialects.model import Target
from leadline.domains.dialects.promises import Calendar, Events, Gauge, Rolling
from made_dialects import again, documents, exported, imported, read

SERVICE = """\
apiVersion: n9/v1alpha
kind: Service
metadata: {name: shop, displayName: Shop, project: retail, labels: {team: [web, core]}}
spec: {description: Sells things.}
---
"""
POLICY = """\
apiVersion: n9/v1alpha
kind: AlertPolicy
metadata: {name: fast-burn, displayName: Fast, project: retail}
spec:
  description: Burns fast.
  severity: High
  coolDown: 5m
  conditions:
    - {measurement: averageBurnRate, value: 20.5, op: gte, alertingWindow: 15m}
  alertMethods: [{metadata: {name: pager, project: ops}}]
---
"""
COUNTS = """\
    - displayName: Works
      name: works
      value: 1
      target: 0.99
      countMetrics:
        incremental: true
        good: {prometheus: {promql: 'sum(http_ok_total{job="shop"})'}}
        total: {prometheus: {promql: 'sum(http_total{job="shop"})'}}
"""
GAUGE = """\
    - displayName: Fast
      name: fast
      op: lte
      value: 0.35
      target: 0.95
      rawMetric: {query: {prometheus: {promql: 'latency{job="shop"}'}}}
"""
ROLLING = "{unit: Day, count: 28, isRolling: true}"
MONTH = "{unit: Month, count: 1, isRolling: false, calendar: {startTime: 2026-01-01 00:00:00, timeZone: Europe/Berlin}}"


def slo(
    objectives: str = COUNTS, window: str = ROLLING, method: str = "Occurrences", alerts: str = "[]", more: str = ""
) -> str:
    return (
        "apiVersion: n9/v1alpha\nkind: SLO\nmetadata: {name: shop-works, displayName: The shop, project: retail}\n"
        f"spec:\n  description: It works.\n  service: shop\n  budgetingMethod: {method}\n"
        "  indicator: {metricSource: {name: prom-agent, kind: Agent, project: retail}}\n"
        f"  timeWindows: [{window}]\n  alertPolicies: {alerts}\n  objectives:\n{objectives}{more}"
    )


def sliced(text: str) -> str:
    return text.replace("      target:", "      timeSliceTarget: 0.9\n      target:")


def test_counts_gauges_and_names_are_carried() -> None:
    found = read(SERVICE + slo(COUNTS + GAUGE))
    promise = found.promise
    works, fast = promise.objectives
    assert works.measure == Events('sum(http_total{job="shop"})', None, 'sum(http_ok_total{job="shop"})', counter=True)
    assert (works.target, works.display_name, works.value) == (Decimal("0.99"), "Works", 1)
    assert fast.measure == Gauge('latency{job="shop"}')
    assert (fast.op, fast.value, fast.target) == ("lte", Decimal("0.35"), Decimal("0.95"))
    assert (promise.display_name, promise.window) == ("The shop", Rolling("28d"))
    assert promise.annotations["nobl9.com/objective-names"] == "works, fast"
    assert found.bundle.services["shop"].labels == {"team": ["web", "core"]}
    assert (found.lost, found.problems) == ({}, {})


def test_bad_counts_and_counts_of_each_minute_are_carried() -> None:
    text = slo(COUNTS.replace("good:", "bad:").replace("incremental: true", "incremental: false"))
    measure = read(text).promise.objectives[0].measure
    assert measure == Events('sum(http_total{job="shop"})', 'sum(http_ok_total{job="shop"})', None, counter=False)


def test_rates_that_are_taken_for_counts_are_noted() -> None:
    text = (
        COUNTS.replace("incremental: true", "incremental: false")
        .replace("sum(", "sum(rate(")
        .replace("})'", "}[5m]))'")
    )
    assert "name the counters alone" in read(slo(text)).notes
    assert read(slo()).notes == ""


def test_time_slices_keep_their_target(tmp_path: Path) -> None:
    handbook, _ = imported(slo(sliced(COUNTS), method="Timeslices"), tmp_path)
    terms = handbook.slos["shop-works"].terms
    assert (str(terms.method), terms.slice_target) == ("Timeslices", Decimal("0.9"))


@pytest.mark.parametrize(
    ("written", "window"),
    [
        (ROLLING, Rolling("28d")),
        ("{unit: Hour, count: 12, isRolling: true}", Rolling("12h")),
        ("{unit: Week, count: 2, isRolling: true}", Rolling("2w")),
        (MONTH, Calendar("1M", "2026-01-01 00:00:00", "Europe/Berlin")),
        (MONTH.replace("Month", "Quarter"), Calendar("1Q", "2026-01-01 00:00:00", "Europe/Berlin")),
        (MONTH.replace("Month", "Year"), Calendar("1Y", "2026-01-01 00:00:00", "Europe/Berlin")),
        (MONTH.replace("Month", "Week"), Calendar("1w", "2026-01-01 00:00:00", "Europe/Berlin")),
    ],
)
def test_windows_roll_or_follow_the_calendar(written: str, window: Rolling | Calendar) -> None:
    assert read(slo(window=written)).promise.window == window


@pytest.mark.parametrize(
    ("start", "begins", "lost"),
    [
        ("2026-01-01 12:30:00", "2026-01-01 12:30:00", False),
        ("2026-01-01T00:00:00Z", "2026-01-01 00:00:00", False),
        ("2026-01-01 00:00:30", "2026-01-01 00:00:00", True),
        ("2026-01-31 00:00:00", "2026-01-01 00:00:00", True),
    ],
)
def test_a_period_begins_when_it_is_said_to_or_says_so(start: str, begins: str, lost: bool, tmp_path: Path) -> None:
    text = slo(window=MONTH.replace("2026-01-01 00:00:00", f"'{start}'"))
    found = read(text)
    assert found.promise.window == Calendar("1M", begins, "Europe/Berlin")
    assert bool(found.lost) is lost
    imported(text, tmp_path)


def test_an_alert_policy_keeps_its_burn_rate_window_methods_and_cool_down() -> None:
    found = read(POLICY + slo(alerts="[fast-burn]"))
    alert = found.bundle.alerts["fast-burn"]
    assert (alert.threshold, alert.op, alert.lookback, alert.after) == (Decimal("20.5"), "gte", "15m", None)
    assert (alert.severity, alert.targets, alert.display_name) == ("High", ("pager",), "Fast")
    assert alert.annotations["nobl9.com/cool-down"] == "5m"
    assert found.promise.alerts == ("fast-burn",)
    assert found.lost == {}


def test_a_condition_that_is_no_burn_rate_is_lost() -> None:
    more = "    - {measurement: burnedBudget, value: 0.5, op: gte, lastsFor: 5m}\n  alertMethods"
    found = read(POLICY.replace("  alertMethods", more))
    assert list(found.lost) == ["spec.conditions[1]"]
    assert "fast-burn" in found.bundle.alerts


def test_a_policy_without_a_burn_rate_is_lost_and_so_is_what_refers_to_it(tmp_path: Path) -> None:
    budget = POLICY.replace("averageBurnRate", "burnedBudget").replace("15m", "5m")
    handbook, carried = imported(budget + slo(alerts="[fast-burn]"), tmp_path)
    assert [document.kind for document in handbook.documents if document.kind == "AlertPolicy"] == []
    assert {lost.key for lost in carried.lost} == {"spec.conditions[0].measurement", "alertPolicies"}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (slo(COUNTS + GAUGE.replace("prometheus: {promql:", "datadog: {query:")), "spec.objectives[1].rawMetric"),
        (slo(more="  attachments: [{url: https://example.com}]\n"), "spec.attachments"),
        (slo(COUNTS + "      primary: true\n"), "spec.objectives[0].primary"),
        (slo(more="  anomalyConfig: {noData: {alertMethods: []}}\n"), "spec.anomalyConfig"),
        (slo() + "---\napiVersion: n9/v1alpha\nkind: Project\nmetadata: {name: retail}\n", "kind"),
    ],
)
def test_what_cannot_be_carried_is_lost_and_the_rest_is_carried(text: str, key: str) -> None:
    found = read(text)
    assert key in found.lost
    assert len(found.promise.objectives) == 1


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        (slo(COUNTS.replace("0.99", "99")), "spec.objectives[0].target", "0.99"),
        (slo(GAUGE.replace("      op: lte\n", "")), "spec.objectives[0].op", "op and value"),
        (slo(GAUGE.replace("lte", "below")), "spec.objectives[0].op", "lte"),
        (slo(method="Guess"), "spec.budgetingMethod", "Timeslices"),
        (slo(method="Timeslices"), "spec.objectives", "timeSliceTarget"),
        (slo(window="{unit: Fortnight, count: 1, isRolling: true}"), "spec.timeWindows[0].unit", "Week"),
        (slo(window="{unit: Month, count: 1, isRolling: true}"), "spec.timeWindows[0].unit", "Day"),
        (slo(window="{unit: Day, count: 1.5, isRolling: true}"), "spec.timeWindows[0].count", "28"),
        (slo(window=MONTH.replace("2026-01-01", "2026-13-01")), "spec.timeWindows[0].calendar.startTime", "2026-01-01"),
        (slo(window=MONTH.replace("Berlin", "Berlim")), "spec.timeWindows[0].calendar.timeZone", "IANA"),
        (slo(COUNTS.replace("total:", "totals:")), "spec.objectives[0].countMetrics", "total"),
        (
            slo(COUNTS.replace("sum(http_total", "sum(http_total{")),
            "spec.objectives[0].countMetrics.total.prometheus.promql", "line 1",
        ),
        (POLICY.replace("op: gte", "op: above"), "spec.conditions[0].op", "gte"),
        (POLICY.replace("20.5", "fast"), "spec.conditions[0].value", "number"),
    ],
)  # fmt: skip
def test_a_mistake_has_its_place_and_a_way_out(text: str, key: str, hint: str) -> None:
    found = read(text)
    assert key in found.problems
    assert hint in found.problems[key]


def test_the_address_of_an_agent_becomes_that_of_the_source(tmp_path: Path) -> None:
    agent = (
        "apiVersion: n9/v1alpha\nkind: Agent\nmetadata: {name: prom-agent, project: retail}\n"
        "spec: {prometheus: {url: http://prometheus.example:9090}}\n---\n"
    )
    handbook, carried = imported(agent + slo(), tmp_path)
    assert handbook.sources["prometheus"].connection["url"] == "http://prometheus.example:9090"
    assert carried.notes == ()


@pytest.mark.parametrize(
    "text",
    [
        SERVICE + POLICY + slo(COUNTS + GAUGE, alerts="[fast-burn]").replace("0.95", "0.99"),
        slo(COUNTS.replace("good:", "bad:"), MONTH),
        slo(sliced(COUNTS + GAUGE), method="Timeslices"),
        POLICY.replace("alertingWindow: 15m", "alertingWindow: 1h, lastsFor: 10m") + slo(GAUGE),
    ],
)
def test_import_export_import_says_the_same(text: str) -> None:
    before, after = again(text, Target.NOBL9)
    assert before == after


def test_the_written_documents_are_nobl9s(tmp_path: Path) -> None:
    reachable = POLICY + SERVICE + slo(COUNTS.replace("0.99", "0.999"), alerts="[fast-burn]")
    handbook, _ = imported(reachable, tmp_path)
    service, policy, written = documents(exported(handbook, Target.NOBL9))
    assert service["metadata"] == {
        "name": "shop", "displayName": "Shop", "project": "retail", "labels": {"team": ["web", "core"]},
    }  # fmt: skip
    assert policy["spec"] == {
        "description": "Burns fast.",
        "severity": "High",
        "coolDown": "5m",
        "conditions": [{"measurement": "averageBurnRate", "value": 20.5, "op": "gte", "alertingWindow": "15m"}],
        "alertMethods": [{"metadata": {"name": "pager", "project": "ops"}}],
    }
    assert written["spec"]["indicator"] == {
        "metricSource": {"name": "prom-agent", "kind": "Agent", "project": "retail"}
    }
    assert written["spec"]["objectives"][0]["countMetrics"]["incremental"] is True
    assert written["spec"]["alertPolicies"] == ["fast-burn"]


def test_a_ratio_that_somebody_else_computed_is_lost_on_the_way_out(tmp_path: Path) -> None:
    raw = (
        "version: prometheus/v1\nservice: a\nslos:\n- name: b\n  objective: 99\n"
        "  sli: {raw: {error_ratio_query: x}}\n  alerting: {name: A}\n"
    )
    handbook, _ = imported(raw, tmp_path)
    assert "a-b: spec.indicator" in {lost.key for lost in exported(handbook, Target.NOBL9).lost}
