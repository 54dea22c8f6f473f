"""slo-generator's objectives on Prometheus, and the shared configuration that holds its windows and alerts."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from leadline.domains.dialects.model import Target
from leadline.domains.dialects.promises import Events, Measure, Rolling, Share
from made_dialects import again, documents, exported, imported, read

CONFIGURATION = """\
backends:
  prometheus: {url: "${PROMETHEUS_URL}"}
exporters: {}
error_budget_policies:
  default:
    steps:
      - {name: 1 hour, burn_rate_threshold: 9, alert: true, message_alert: Page, message_ok: Fine, window: 3600}
      - {name: 7 days, burn_rate_threshold: 1.5, alert: true, message_alert: Dev, message_ok: Fine, window: 604800}
      - {name: 28 days, burn_rate_threshold: 1, alert: false, message_alert: Freeze, message_ok: Fine, window: 2419200}
---
"""


def objective(indicator: str, method: str = "good_bad_ratio", goal: str = "0.999", more: str = "") -> str:
    return (
        "apiVersion: sre.google.com/v2\nkind: ServiceLevelObjective\nmetadata:\n  name: shop-http-availability\n"
        "  labels: {service_name: shop, feature_name: http, slo_name: availability}\nspec:\n  description: It works.\n"
        f"  backend: prometheus\n  method: {method}\n  service_level_indicator: {{{indicator}}}\n  goal: {goal}\n{more}"
    )


GOOD = """filter_good: 'h_total{code=~"2.."}', filter_valid: 'h_total'"""
BOTH = """filter_good: 'h_total{code=~"2.."}', filter_bad: 'h_total{code=~"5.."}'"""
CUT = """expression: 'h_seconds_bucket{handler="/"}', threshold_bucket: 0.25"""
QUERY = "expression: 'sum(rate(a[window])) / sum(rate(b[window]))'"


@pytest.mark.parametrize(
    ("indicator", "method", "measure"),
    [
        (GOOD, "good_bad_ratio", Events("h_total", None, 'h_total{code=~"2.."}', True)),
        (
            GOOD.replace("'h_total'", "'h_total[window]'"), "good_bad_ratio",
            Events("h_total", None, 'h_total{code=~"2.."}', True),
        ),
        (
            BOTH, "good_bad_ratio",
            Events('sum(h_total{code=~"2.."}) + sum(h_total{code=~"5.."})', 'h_total{code=~"5.."}', None, True),
        ),
        (
            CUT, "distribution_cut",
            Events('h_seconds_count{handler="/"}', None, 'h_seconds_bucket{handler="/", le="0.25"}', True),
        ),
        (
            "expression: h_seconds_bucket, threshold_bucket: 1", "distribution_cut",
            Events("h_seconds_count", None, 'h_seconds_bucket{le=~"1(\\\\.0)?"}', True),
        ),
        (QUERY, "query_sli", Share("sum(rate(a[{{.window}}])) / sum(rate(b[{{.window}}]))", is_good=True)),
        (
            "filter_good: up, filter_valid: all, operators: [sum_over_time, sum]", "good_bad_ratio",
            Events("sum(sum_over_time(all[{{.window}}]))", None, "sum(sum_over_time(up[{{.window}}]))", False),
        ),
    ],
    ids=["good", "good over window", "good and bad", "cut", "cut at a whole number", "query", "other operators"],
)  # fmt: skip
def test_each_method_is_carried(indicator: str, method: str, measure: Measure) -> None:
    found = read(objective(indicator, method), "28d")
    promise = found.promise
    assert (promise.name, promise.service, promise.window) == ("shop-http-availability", "shop", Rolling("28d"))
    assert promise.objectives[0].target == Decimal("0.999")
    assert promise.objectives[0].measure == measure
    assert promise.labels["feature_name"] == "http"
    assert (found.lost, found.problems) == ({}, {})


def test_the_configuration_gives_address_window_and_alerts() -> None:
    found = read(objective(GOOD) + "---\n" + CONFIGURATION)
    assert found.bundle.address == "${PROMETHEUS_URL}"
    assert found.promise.window == Rolling("28d")
    assert {
        (alert.name, str(alert.threshold), alert.lookback, alert.display_name) for alert in found.bundle.alerts.values()
    } == {("default-1h", "9", "1h", "1 hour"), ("default-7d", "1.5", "7d", "7 days")}
    assert found.promise.alerts == ("default-1h", "default-7d")
    assert "message_alert" in " ".join(found.lost)


def test_the_address_goes_into_the_data_source(tmp_path: Path) -> None:
    handbook, _ = imported(CONFIGURATION + objective(GOOD), tmp_path)
    assert handbook.sources["prometheus"].connection["url"] == "${PROMETHEUS_URL}"


def test_an_alert_that_can_never_fire_is_lost_for_that_objective(tmp_path: Path) -> None:
    _, carried = imported(CONFIGURATION + objective(GOOD, goal="0.8"), tmp_path)
    assert [lost.value for lost in carried.lost if lost.key == "alertPolicies"] == ["default-1h: 9x"]


def test_without_a_configuration_the_window_taken_is_told() -> None:
    assert "28d is taken" in read(objective(GOOD)).notes


def test_another_backend_is_lost_and_its_slo_with_it() -> None:
    found = read(objective(GOOD).replace("backend: prometheus", "backend: cloud_monitoring_mql"))
    assert found.bundle.promises == []
    assert list(found.lost) == ["spec.backend"]


def test_exporters_are_lost() -> None:
    assert list(read(objective(GOOD, more="  exporters: [bigquery]\n")).lost) == ["spec.exporters"]


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        (objective(GOOD, goal="99.9"), "spec.goal", "0.999"),
        (objective(GOOD, method="guess"), "spec.method", "query_sli"),
        (objective("filter_good: a"), "spec.service_level_indicator", "filter_valid"),
        (objective("filter_good: 'a{', filter_valid: b"), "spec.service_level_indicator.filter_good", ""),
        (
            objective("expression: a_total, threshold_bucket: 1", "distribution_cut"),
            "spec.service_level_indicator.expression", "_bucket",
        ),
        (objective("expression: 'sum('", "query_sli"), "spec.service_level_indicator.expression", "line 1"),
        (CONFIGURATION.replace("3600", "90"), "error_budget_policies.default.steps[0].window", "3600"),
    ],
)  # fmt: skip
def test_a_mistake_has_its_place_and_a_way_out(text: str, key: str, hint: str) -> None:
    found = read(text)
    assert key in found.problems
    assert hint in found.problems[key]


@pytest.mark.parametrize(
    ("indicator", "method"),
    [(GOOD, "good_bad_ratio"), (BOTH, "good_bad_ratio"), (CUT, "distribution_cut"), (QUERY, "query_sli"),
     ("expression: h_bucket, threshold_bucket: 2", "distribution_cut")],
)  # fmt: skip
def test_import_export_import_says_the_same(indicator: str, method: str) -> None:
    before, after = again(objective(indicator, method), Target.SLO_GENERATOR, "28d")
    assert before == after


def test_bad_events_alone_are_written_as_a_query(tmp_path: Path) -> None:
    pyrra = (
        "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {name: a}\nspec:\n  target: '99'\n"
        "  window: 28d\n  indicator: {ratio: {errors: {metric: e}, total: {metric: t}}}\n"
    )
    handbook, _ = imported(pyrra, tmp_path)
    spec = documents(exported(handbook, Target.SLO_GENERATOR))[0]["spec"]
    assert spec["method"] == "query_sli"
    bad, total = "sum(increase(e[window]))", "sum(increase(t[window]))"
    expected = f"1 - ({bad} or 0 * {total}) / {total}"
    assert spec["service_level_indicator"] == {"expression": expected}, "no failure at all is no absence of data"
    assert spec["goal"] == 0.99
