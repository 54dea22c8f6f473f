"""Pyrra's resources: ratios, latencies, native histograms, gauges, groups and alert settings are carried."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from leadline.domains.dialects.model import Target
from leadline.domains.dialects.promises import Events, Rolling
from made_dialects import again, documents, exported, imported, read

RATIO = """\
    ratio:
      errors: {metric: 'http_requests_total{job="shop",code=~"5.."}'}
      total: {metric: 'http_requests_total{job="shop"}'}
      grouping: [method, handler]
"""
LATENCY = """\
    latency:
      success: {metric: 'http_seconds_bucket{job="shop",le="0.1"}'}
      total: {metric: 'http_seconds_count{job="shop"}'}
"""
GAUGE = """\
    bool_gauge:
      metric: probe_success{job="shop"}
      grouping: [instance]
"""
NATIVE = "    latencyNative: {latency: 200ms, total: {metric: 'http_seconds{job=\"shop\"}'}}\n"


def resource(indicator: str = RATIO, target: str = '"99.9"', window: str = "4w", more: str = "") -> str:
    return (
        "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata:\n"
        "  name: shop-errors\n  namespace: monitoring\n"
        "  labels: {pyrra.dev/team: web, app: shop}\n  annotations: {note: kept}\n"
        f"spec:\n  target: {target}\n  window: {window}\n  description: Requests work.\n{more}  indicator:\n{indicator}"
    )


def test_a_ratio_keeps_target_window_queries_and_groups() -> None:
    found = read(resource())
    promise = found.promise
    assert (promise.name, promise.service, promise.window) == ("shop-errors", "shop", Rolling("4w"))
    (objective,) = promise.objectives
    assert objective.target == Decimal("0.999")
    bad = 'http_requests_total{job="shop",code=~"5.."}'
    assert objective.measure == Events('http_requests_total{job="shop"}', bad, None, counter=True)
    assert promise.group_by == ("handler", "method")
    assert promise.labels == {"pyrra.dev/team": "web", "app": "shop"}
    assert promise.annotations["note"] == "kept"
    assert found.lost == {}
    assert "shop comes from the label app" in found.notes


def test_the_service_is_the_namespace_where_no_label_names_it() -> None:
    found = read(resource().replace(", app: shop", ""))
    assert found.promise.service == "monitoring"


def test_a_latency_counts_the_bucket_as_good() -> None:
    assert read(resource(LATENCY)).promise.objectives[0].measure == Events(
        total='http_seconds_count{job="shop"}', bad=None, good='http_seconds_bucket{job="shop",le="0.1"}', counter=True
    )  # fmt: skip


def test_each_series_of_a_gauge_is_one_sample_a_minute() -> None:
    promise = read(resource(GAUGE)).promise
    assert promise.objectives[0].measure == Events(
        total='count by (instance) (probe_success{job="shop"})',
        bad=None,
        good='sum by (instance) (probe_success{job="shop"})',
        counter=False,
    )
    assert promise.group_by == ("instance",)


def test_a_latency_on_a_native_histogram_is_a_share_times_its_count() -> None:
    found = read(resource(NATIVE))
    (objective,) = found.promise.objectives
    selector = 'http_seconds{job="shop"}'
    good = f"histogram_fraction(0, 0.2, {selector}) * histogram_count({selector})"
    assert objective.measure == Events(f"histogram_count({selector})", None, good, counter=True)
    assert found.lost == {}


@pytest.mark.parametrize(("written", "seconds"), [("200ms", "0.2"), ("1.5s", "1.5"), ("2m", "120"), ("2s", "2")])
def test_a_latency_keeps_its_length(written: str, seconds: str) -> None:
    (objective,) = read(resource(NATIVE.replace("200ms", written))).promise.objectives
    assert isinstance(objective.measure, Events)
    assert f"histogram_fraction(0, {seconds}, " in (objective.measure.good or "")


@pytest.mark.parametrize("latency", ["fast", "0ms", "'-1s'", "200"])
def test_a_latency_that_is_none_is_refused_with_its_place(latency: str) -> None:
    assert list(read(resource(NATIVE.replace("200ms", latency))).problems) == ["spec.indicator.latencyNative.latency"]


@pytest.mark.parametrize(
    ("window", "tiers"),
    [
        ("4w", ["14 1h 5m 2m", "7 6h 30m 15m", "2 1d 2h 1h", "1 4d 6h 3h"]),
        ("2w", ["14 30m 3m 1m", "7 3h 15m 8m", "2 12h 1h 30m", "1 2d 3h 1h30m"]),
    ],
)
def test_alerts_are_those_that_pyrra_makes_for_the_window(window: str, tiers: list[str]) -> None:
    alerts = read(resource(window=window)).bundle.alerts.values()
    found = [f"{alert.threshold} {alert.lookback} {alert.short} {alert.after}" for alert in alerts]
    assert found == tiers
    assert [alert.severity for alert in alerts] == ["critical", "critical", "warning", "warning"]


def test_names_of_alerts_and_the_absence_of_data_are_kept() -> None:
    found = read(resource(more="  alerting: {name: Burns, absentName: Gone, absent: false}\n"))
    assert {alert.display_name for alert in found.bundle.alerts.values()} == {"Burns"}
    assert {alert.when_no_data for alert in found.bundle.alerts.values()} == {False}
    assert found.promise.annotations["pyrra.dev/absent-name"] == "Gone"
    assert found.lost == {}


@pytest.mark.parametrize("off", ["burnrates: false", "disabled: true"])
def test_alerts_that_are_off_are_not_there(off: str) -> None:
    found = read(resource(more=f"  alerting: {{{off}}}\n"))
    assert found.bundle.alerts == {}
    assert found.promise.annotations["pyrra.dev/absent"] == ("true" if off.startswith("burn") else "false")


def test_what_a_handbook_has_no_place_for_is_lost_with_its_reason() -> None:
    found = read(
        resource(more="  partial_response_strategy: warn\n  performanceOverAccuracy: true\n") + "status: {type: X}\n"
    )
    assert set(found.lost) == {"spec.partial_response_strategy", "spec.performanceOverAccuracy", "status"}
    assert "Thanos" in found.lost["spec.partial_response_strategy"]


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        (resource(target='"0.999"'), "spec.target", "did you mean 99.9"),
        (resource(target='"x"'), "spec.target", "99.9"),
        (resource(window="soon"), "spec.window", "28d"),
        (resource(window="90s"), "spec.window", "28d"),
        (resource("    other: {}\n"), "spec.indicator", "bool_gauge"),
        (resource(RATIO.replace('code=~"5.."', 'code=~"5..')), "spec.indicator.ratio.errors.metric", ""),
        (resource(RATIO.replace("[method, handler]", "method")), "spec.indicator.ratio.grouping", "dash"),
    ],
)
def test_a_mistake_has_its_place_and_a_way_out(text: str, key: str, hint: str) -> None:
    found = read(text)
    assert key in found.problems
    assert hint in found.problems[key]


def test_a_handbook_comes_of_it_that_validates_and_is_written_back(tmp_path: Path) -> None:
    handbook, _ = imported(resource(more="  alerting: {name: Burns}\n"), tmp_path)
    assert handbook.slis["shop-errors"].group_by == ("handler", "method")
    (document,) = documents(exported(handbook, Target.PYRRA))
    assert document["metadata"] == {
        "name": "shop-errors",
        "namespace": "monitoring",
        "labels": {"app": "shop", "pyrra.dev/team": "web"},
        "annotations": {"note": "kept"},
    }
    assert document["spec"] == {
        "target": "99.9",
        "window": "28d",
        "description": "Requests work.",
        "alerting": {"burnrates": True, "absent": True, "name": "Burns"},
        "indicator": {
            "ratio": {
                "errors": {"metric": 'http_requests_total{job="shop",code=~"5.."}'},
                "total": {"metric": 'http_requests_total{job="shop"}'},
                "grouping": ["handler", "method"],
            }
        },
    }


@pytest.mark.parametrize("indicator", [RATIO, LATENCY, GAUGE, NATIVE], ids=["ratio", "latency", "bool_gauge", "native"])
@pytest.mark.parametrize("more", ["", "  alerting: {burnrates: false}\n", "  alerting: {absent: false, name: A}\n"])
def test_import_export_import_says_the_same(indicator: str, more: str) -> None:
    before, after = again(resource(indicator, more=more), Target.PYRRA)
    assert before == after


def test_what_is_not_a_selector_is_lost_on_the_way_out(tmp_path: Path) -> None:
    raw = (
        "version: prometheus/v1\nservice: a\nslos:\n- name: b\n  objective: 99\n  sli: {raw: {error_ratio_query: x}}\n"
    )
    handbook, _ = imported(raw + "  alerting: {name: A}\n", tmp_path)
    carried = exported(handbook, Target.PYRRA)
    assert carried.text == ""
    assert "selectors alone" in {lost.key: lost.why for lost in carried.lost}["a-b: spec.indicator"]


def test_burn_rates_of_another_tool_are_lost_where_pyrra_has_its_own(tmp_path: Path) -> None:
    sloth = (
        "version: prometheus/v1\nservice: a\nslos:\n- name: b\n  objective: 99.9\n  sli:\n    events:\n"
        "      error_query: sum(rate(x[{{.window}}]))\n      total_query: sum(rate(y[{{.window}}]))\n"
        "  alerting: {name: A}\n"
    )
    handbook, _ = imported(sloth, tmp_path)
    carried = exported(handbook, Target.PYRRA)
    assert len([lost for lost in carried.lost if "own burn rates" in lost.why]) == 4
    assert documents(carried)[0]["spec"]["indicator"]["ratio"]["errors"] == {"metric": "x"}


SEVERE = "  alerting: {severities: {fastBurn: urgent, slowBurn: info, absent: low}, absentName: Gone}\n"


def test_severities_of_ones_own_are_kept_both_ways(tmp_path: Path) -> None:
    found = read(resource(more=SEVERE))
    assert [alert.severity for alert in found.bundle.alerts.values()] == ["urgent", "critical", "info", "warning"]
    assert found.lost == {}
    before, after = again(resource(more=SEVERE), Target.PYRRA)
    assert before == after
    (document,) = documents(exported(imported(resource(more=SEVERE), tmp_path)[0], Target.PYRRA))
    assert document["spec"]["alerting"]["severities"] == {"fastBurn": "urgent", "slowBurn": "info", "absent": "low"}
    assert (
        "letters" in read(resource(more=SEVERE.replace("urgent", "'u!'"))).problems["spec.alerting.severities.fastBurn"]
    )


def test_the_windows_are_shares_of_the_slos_in_whole_minutes() -> None:
    """By hand for 7 d, a quarter of 28 d: 1 h, 6 h, 1 d, 4 d and 5 m, 30 m, 2 h, 6 h divided by four."""
    alerts = read(resource(window="7d")).bundle.alerts.values()
    assert [(alert.lookback, alert.short) for alert in alerts] == [
        ("15m", "1m"), ("1h30m", "8m"), ("6h", "30m"), ("1d", "1h30m"),
    ]  # fmt: skip


@pytest.mark.parametrize("matcher", ['code=~"5..|429"', 'handler!~"/health.*"', 'method=~"GET|PUT",code=~"5.."'])
def test_trap_12_a_regex_matcher_is_no_group(matcher: str, tmp_path: Path) -> None:
    metric = f"{{metric: 'x_total{{{matcher}}}'}}"
    ratio = f"    ratio:\n      errors: {metric}\n      total: {metric}\n"
    text = resource(ratio)
    assert read(text).promise.group_by == ()
    handbook, _ = imported(text, tmp_path)
    assert handbook.slis["shop-errors"].group_by == ()
    (document,) = documents(exported(handbook, Target.PYRRA))
    assert "grouping" not in document["spec"]["indicator"]["ratio"]
    grouped = ratio + "      grouping: [method]\n"
    assert read(resource(grouped)).promise.group_by == ("method",), "grouping alone makes groups"
