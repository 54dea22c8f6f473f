"""Sloth's files and resources: every feature of the dialect is carried, or told as lost with its place."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from leadline.domains.dialects.model import Target
from leadline.domains.dialects.promises import Events, Objective, Rolling, Share
from leadline.handbook.loader import load
from made_dialects import Read, again, documents, exported, imported, read

BODY = """\
service: shop
labels: {owner: web, tier: 2}
slos:
  - name: requests
    objective: 99.9
    description: Requests are answered without a fault of ours.
    labels: {category: availability}
    sli:
      events:
        error_query: sum(rate(http_requests_total{job="shop",code=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_requests_total{job="shop"}[{{.window}}]))
    alerting:
      name: ShopFails
      labels: {team: web}
      annotations: {runbook: "https://runbooks.example/shop"}
      page_alert:
        labels: {severity: page}
        annotations: {chat: "#shop"}
      ticket_alert:
        labels: {severity: slow}
"""
SLOTH = 'version: "prometheus/v1"\n' + BODY


def indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


RESOURCE = (
    "apiVersion: sloth.slok.dev/v1\nkind: PrometheusServiceLevel\n"
    "metadata: {name: shop-slos, namespace: monitoring, labels: {release: main}}\nspec:\n" + indented(BODY)
)


RAW = "raw: {error_ratio_query: 'avg_over_time(x[{{.window}}])'}"


def one(objective: str = "99.9", sli: str = RAW, more: str = "  alerting: {name: A}\n") -> str:
    return (
        f"version: prometheus/v1\nservice: shop\nslos:\n- name: a\n  objective: {objective}\n  sli: {{{sli}}}\n{more}"
    )


def events(bad: str, total: str) -> str:
    return f"events: {{error_query: '{bad}', total_query: '{total}'}}"


def test_an_slo_keeps_its_target_queries_labels_and_description() -> None:
    found = read(SLOTH)
    promise = found.promise
    assert (promise.name, promise.service, promise.window) == ("shop-requests", "shop", Rolling("30d"))
    assert promise.objectives == (
        Objective(
            Decimal("0.999"),
            Events(
                total='http_requests_total{job="shop"}',
                bad='http_requests_total{job="shop", code=~"5.."}',
                good=None,
                counter=True,
            ),
        ),
    )
    assert promise.labels == {"category": "availability"}
    assert found.bundle.services["shop"].labels == {"owner": "web", "tier": "2"}
    assert found.lost == {}
    assert found.problems == {}


def test_alerts_are_the_four_that_sloth_makes_with_their_labels_and_annotations() -> None:
    bundle = read(SLOTH).bundle
    told = {
        name: (str(alert.threshold), alert.lookback, alert.severity, alert.short)
        for name, alert in bundle.alerts.items()
    }
    assert told == {
        "shop-requests-page-1h": ("14.4", "1h", "page", "5m"),
        "shop-requests-page-6h": ("6", "6h", "page", "30m"),
        "shop-requests-ticket-1d": ("3", "1d", "ticket", "2h"),
        "shop-requests-ticket-3d": ("1", "3d", "ticket", "6h"),
    }
    page, ticket = bundle.alerts["shop-requests-page-1h"], bundle.alerts["shop-requests-ticket-3d"]
    assert page.display_name == "ShopFails"
    assert page.labels == {"team": "web", "severity": "page"}
    assert page.annotations["chat"] == "#shop"
    assert page.annotations["runbook"] == ticket.annotations["runbook"] == "https://runbooks.example/shop"
    assert ticket.labels == {"team": "web", "severity": "slow"}
    assert "chat" not in ticket.annotations


@pytest.mark.parametrize(
    ("window", "factors"), [("30d", ["14.4", "6", "3", "1"]), ("28d", ["13.44", "5.6", "2.8", "0.9333"])]
)
def test_burn_rates_follow_the_window_as_in_sloth(window: str, factors: list[str]) -> None:
    found = read(SLOTH, window)
    assert [str(alert.threshold) for alert in found.bundle.alerts.values()] == factors
    assert found.promise.window == Rolling(window)


def test_the_window_that_sloth_does_not_write_down_is_told() -> None:
    assert "--window" in read(SLOTH).notes
    assert "--window" not in read(SLOTH, "28d").notes


def test_a_resource_says_the_same_in_either_spelling() -> None:
    camel = RESOURCE
    for snake in ("error_query", "total_query", "page_alert", "ticket_alert"):
        head, _, tail = snake.partition("_")
        camel = camel.replace(snake, head + tail.capitalize())
    plain = read(SLOTH)
    for text in (RESOURCE, camel):
        found = read(text)
        assert found.promise.objectives == plain.promise.objectives
        assert found.bundle.alerts == plain.bundle.alerts
        assert found.promise.annotations["sloth.dev/namespace"] == "monitoring"
        assert found.promise.annotations["sloth.dev/label.release"] == "main"
        assert found.lost == {}


def test_resources_in_a_list_of_kubernetes_are_read_with_their_own_places() -> None:
    listed = "apiVersion: v1\nkind: List\nitems:\n- " + RESOURCE.replace("\n", "\n  ").rstrip() + "\n"
    found = read(listed.replace("objective: 99.9", "objective: 999"))
    (problem,) = found.journal.problems
    line = listed.splitlines()[problem.line - 1]
    assert "objective" in line


def test_a_disabled_alert_is_not_there_and_what_hung_on_it_is_lost() -> None:
    text = SLOTH.replace("ticket_alert:\n", "ticket_alert:\n        disable: true\n")
    found = read(text)
    assert {alert.severity for alert in found.bundle.alerts.values()} == {"page"}
    assert set(found.lost) == {"slos[0].alerting.ticket_alert.labels"}
    (lost,) = found.journal.lost
    assert text.splitlines()[lost.line - 1].strip().startswith("labels: {severity: slow}")
    assert lost.value == '{"severity": "slow"}'


def test_without_any_alert_the_settings_of_alerts_are_lost() -> None:
    off = "  alerting: {name: A, labels: {a: b}, page_alert: {disable: true}, ticket_alert: {disable: true}}\n"
    found = read(one(more=off))
    assert found.bundle.alerts == {}
    assert set(found.lost) == {"slos[0].alerting.name", "slos[0].alerting.labels"}


def test_an_alert_that_can_never_fire_is_left_out_and_told() -> None:
    found = read(one("90"))
    assert "a-page-1h" not in " ".join(found.bundle.alerts), "14.4 × 0.1 is above 1"
    assert {name.removeprefix("shop-a-") for name in found.bundle.alerts} == {"page-6h", "ticket-1d", "ticket-3d"}
    assert [key for key in found.lost if "14.4x" in key]


def test_a_raw_ratio_is_one_of_failures() -> None:
    found = read(one(sli="raw: {error_ratio_query: '1 - avg_over_time(up[{{.window}}])'}"))
    assert found.promise.objectives[0].measure == Share("1 - avg_over_time(up[{{.window}}])", is_good=False)


def test_a_plugin_makes_its_queries_elsewhere_so_the_slo_is_lost() -> None:
    found = read(one(sli="plugin: {id: acme/availability, options: {job: x}}"))
    assert found.bundle.promises == []
    assert "sloth generate" in found.lost["slos[0].sli.plugin"]


def test_what_the_dialect_may_grow_is_never_dropped_without_a_word() -> None:
    more = "  slo_plugins: {chain: [{id: x}]}\n  info_labels: {a: b}\n"
    found = read(one(more=more) + "future: {thing: 1}\n")
    assert set(found.lost) == {"slos[0].slo_plugins", "slos[0].info_labels", "future"}
    assert "plugins" in found.lost["slos[0].slo_plugins"]


def test_two_files_of_one_service_with_other_labels_lose_none() -> None:
    other = SLOTH.replace("owner: web", "owner: api").replace("name: requests", "name: other")
    first, second = read(SLOTH + "---\n" + other).bundle.promises
    assert first.labels == {"category": "availability"}
    assert second.labels == {"category": "availability", "owner": "api", "tier": "2"}


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        (one("0.999"), "slos[0].objective", "did you mean 99.9"),
        (one("101"), "slos[0].objective", "at most 100"),
        (one("ninety"), "slos[0].objective", "99.9"),
        (one(sli=""), "slos[0].sli", "events"),
        (one(sli="events: {error_query: 'sum(', total_query: 'x'}"), "slos[0].sli.events.error_query", "line 1"),
        (one(sli="events: {total_query: 'x'}"), "slos[0].sli.events.error_query", "PromQL"),
        (one().replace("service: shop\n", ""), "service", "checkout"),
        (one().replace("name: a", "name: 'a b!'"), "slos[0].name", "letters"),
        ("version: prometheus/v1\nservice: shop\n", "slos", "list of SLOs"),
        ("version: prometheus/v1\nservice: shop\nslos: {a: b}\n", "slos", "dash"),
    ],
)
def test_a_mistake_has_its_place_and_a_way_out(text: str, key: str, hint: str) -> None:
    found = read(text)
    assert key in found.problems
    assert hint in found.problems[key]


def test_a_handbook_comes_of_it_that_validates_and_is_written_back(tmp_path: Path) -> None:
    handbook, carried = imported(SLOTH, tmp_path)
    assert carried.counts == {"AlertPolicy": 4, "DataSource": 1, "SLO": 1, "Service": 1}
    (document,) = documents(exported(handbook, Target.SLOTH))
    (slo,) = document["slos"]
    assert (document["version"], document["service"], document["labels"]) == (
        "prometheus/v1", "shop", {"owner": "web", "tier": "2"},
    )  # fmt: skip
    assert (slo["name"], slo["objective"]) == ("requests", 99.9)
    assert slo["sli"]["events"] == {
        "error_query": 'sum(rate(http_requests_total{job="shop", code=~"5.."}[{{.window}}]))',
        "total_query": 'sum(rate(http_requests_total{job="shop"}[{{.window}}]))',
    }
    assert slo["alerting"]["page_alert"]["labels"] == {"team": "web", "severity": "page"}


@pytest.mark.parametrize(
    "text",
    [
        SLOTH,
        RESOURCE,
        one("95"),
        one("100"),
        one(sli=events("sum by (a) (rate(x[{{.window}}]))", "sum by (a) (rate(y[{{.window}}]))")),
        one(sli=events("sum(rate(x[{{.window}}])) - sum(rate(y[{{.window}}]))", "sum(rate(x[{{.window}}]))")),
        one(sli=events("max(rate(x[{{.window}}]))", "sum(rate(x[{{.window}}]))")),
        one(more="  alerting: {name: A, page_alert: {disable: true}, ticket_alert: {annotations: {a: b}}}\n"),
    ],
)  # fmt: skip
def test_import_export_import_says_the_same(text: str) -> None:
    before, after = again(text, Target.SLOTH)
    assert before == after


def test_what_sloth_cannot_say_is_lost_on_the_way_out(tmp_path: Path) -> None:
    handbook, _ = imported(
        """\
apiVersion: n9/v1alpha
kind: SLO
metadata: {name: gauge, displayName: Fast}
spec:
  service: shop
  budgetingMethod: Occurrences
  indicator: {metricSource: {name: prom}}
  timeWindows: [{unit: Day, count: 28, isRolling: true}]
  objectives: [{target: 0.9, op: lte, value: 0.3, rawMetric: {query: {prometheus: {promql: latency}}}}]
---
apiVersion: n9/v1alpha
kind: SLO
metadata: {name: month}
spec:
  service: shop
  budgetingMethod: Occurrences
  indicator: {metricSource: {name: prom}}
  timeWindows: [{unit: Month, count: 1, calendar: {startTime: 2026-01-01 00:00:00, timeZone: Europe/Berlin}}]
  objectives:
  - target: 0.9
    countMetrics: {incremental: true, good: {prometheus: {promql: g}}, total: {prometheus: {promql: t}}}
""",
        tmp_path,
    )
    carried = exported(handbook, Target.SLOTH)
    whys = {lost.key: lost.why for lost in carried.lost}
    assert carried.text == ""
    assert "gauge" in whys["gauge: spec.indicator"]
    assert "calendar" in whys["month: spec.timeWindow"]


WINDOWS = """\
apiVersion: sloth.slok.dev/v1
kind: AlertWindows
spec:
  sloPeriod: 7d
  page:
    quick: {errorBudgetPercent: 8, shortWindow: 5m, longWindow: 1h}
    slow: {errorBudgetPercent: 12.5, shortWindow: 30m, longWindow: 6h}
  ticket:
    quick: {errorBudgetPercent: 20, shortWindow: 2h, longWindow: 1d}
    slow: {errorBudgetPercent: 42, shortWindow: 6h, longWindow: 3d}
"""


def _tiers(found: Read) -> list[str]:
    alerts = found.bundle.alerts.values()
    return [f"{alert.severity} {alert.threshold} {alert.lookback} {alert.short}" for alert in alerts]


@pytest.mark.parametrize("text", [WINDOWS + "---\n" + SLOTH, SLOTH + "---\n" + WINDOWS])
def test_alert_windows_of_a_period_are_those_of_its_slos(text: str) -> None:
    found = read(text)
    assert found.promise.window == Rolling("7d")
    # 8 % of 168 h in 1 h; 12.5 % of 168 h in 6 h; 20 % in 24 h; 42 % in 72 h
    assert _tiers(found) == ["page 13.44 1h 5m", "page 3.5 6h 30m", "ticket 1.4 1d 2h", "ticket 0.98 3d 6h"]
    assert "there are alert windows for it alone" in found.notes
    assert _tiers(read(text, "30d")) == ["page 14.4 1h 5m", "page 6 6h 30m", "ticket 3 1d 2h", "ticket 1 3d 6h"]


def test_the_older_form_of_alert_windows_says_the_same() -> None:
    inside = "".join(line.removeprefix("  ") + "\n" for line in WINDOWS.splitlines()[3:])
    assert _tiers(read("version: alertWindows/v1\n" + inside + "---\n" + SLOTH)) == _tiers(
        read(WINDOWS + "---\n" + SLOTH)
    )


def test_a_period_for_which_sloth_has_no_windows_is_told() -> None:
    assert "28d and 30d" in read(SLOTH, "7d").notes
    assert "28d and 30d" not in read(SLOTH, "28d").notes


def test_alert_windows_are_written_again(tmp_path: Path) -> None:
    before, after = again(WINDOWS + "---\n" + SLOTH, Target.SLOTH)
    assert before == after
    handbook, _ = imported(WINDOWS + "---\n" + SLOTH, tmp_path)
    carried = exported(handbook, Target.SLOTH)
    slos, windows = documents(carried)
    assert slos["version"] == "prometheus/v1"
    assert windows == yaml.safe_load(WINDOWS)
    assert "--slo-period-windows-path" in " ".join(note.text for note in carried.notes)


@pytest.mark.parametrize(
    ("old", "new", "key", "hint"),
    [
        ("errorBudgetPercent: 8,", "", "spec.page.quick.errorBudgetPercent", "such as 2"),
        ("shortWindow: 30m", "shortWindow: 6h", "spec.page.slow.shortWindow", "twelfth"),
        ("sloPeriod: 7d", "sloPeriod: soon", "spec.sloPeriod", "28d"),
    ],
)
def test_a_mistake_in_alert_windows_has_its_place(old: str, new: str, key: str, hint: str) -> None:
    assert hint in read(WINDOWS.replace(old, new) + "---\n" + SLOTH).problems[key]


def test_what_sloths_newest_files_say_beside_is_told_with_its_reason() -> None:
    more = "  interval: {all: 5m}\n  infoLabels: {a: b}\n  plugins: {chain: [{id: x}]}\n"
    found = read(one(more=more))
    assert set(found.lost) == {"slos[0].interval", "slos[0].infoLabels", "slos[0].plugins"}
    assert "Prometheus evaluates" in found.lost["slos[0].interval"]


def test_sloths_own_openslo_form_is_read_as_sloth_reads_it() -> None:
    """Rates over {{.window}}, a window without isRolling, no budgeting method."""
    text = """\
apiVersion: openslo/v1alpha
kind: SLO
metadata: {name: shop-works, displayName: Works}
spec:
  service: shop
  description: Requests work.
  objectives:
  - target: 0.999
    ratioMetrics:
      good: {source: prometheus, queryType: promql, query: 'sum(rate(http_total{code!~"5.."}[{{.window}}]))'}
      total: {source: prometheus, queryType: promql, query: 'sum(rate(http_total[{{.window}}]))'}
  timeWindows: [{count: 30, unit: Day}]
"""
    promise = read(text).promise
    assert promise.window == Rolling("30d")
    assert promise.objectives[0].measure == Events("http_total", None, 'http_total{code!~"5.."}', counter=True)


def test_a_handbook_checks_the_short_window_of_an_alert(tmp_path: Path) -> None:
    imported(SLOTH, tmp_path)
    file = tmp_path / "handbook" / "specs.yaml"
    file.write_text(file.read_text().replace("leadline/shortWindow: 5m", "leadline/shortWindow: 1h"))
    (problem,) = load(tmp_path / "handbook").problems
    assert (problem.key, problem.what) == ("metadata.annotations.leadline/shortWindow", "not a shorter window")
    file.write_text(file.read_text().replace("leadline/shortWindow: 1h", "leadline/shortWindow: 90s"))
    (problem,) = load(tmp_path / "handbook").problems
    assert "5m" in problem.hint


def test_an_alert_with_another_short_window_is_not_sloths(tmp_path: Path) -> None:
    handbook, _ = imported(SLOTH, tmp_path)
    file = tmp_path / "handbook" / "specs.yaml"
    text = file.read_text()
    file.write_text(text.replace("leadline/shortWindow: 5m", "leadline/shortWindow: 10m"))
    changed = load(tmp_path / "handbook").handbook
    assert changed is not None
    windows = documents(exported(changed, Target.SLOTH))[1]
    assert windows["spec"]["page"]["quick"] == {"errorBudgetPercent": 2, "shortWindow": "10m", "longWindow": "1h"}
    assert len(documents(exported(handbook, Target.SLOTH))) == 1
