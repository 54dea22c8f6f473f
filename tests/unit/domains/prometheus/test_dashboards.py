"""Dashboards: all five, the same each time, and nothing on them that nobody emits (known defects W-6, AL-6)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import promql_parser as parser
import pytest

from leadline.core.terms import LevelThresholds
from leadline.domains.prometheus.dashboards import DASHBOARD_MARK, dashboard_files
from leadline.domains.prometheus.model import Rule
from leadline.domains.prometheus.rules import groups
from leadline.domains.prometheus.service import refusal
from leadline.handbook.loader import load
from leadline.handbook.specs import Handbook, Slo
from leadline.handbook.syntax import nodes
from made_handbooks import a_handbook, an_sli, an_slo, ratio
from terminal import leadline
from tree import ROOT

REQUIRED = ["leadline-budget", "leadline-executive", "leadline-incidents", "leadline-latency", "leadline-service"]
LABELS_OF_ALERTS = {"alertname", "alertstate"}
ROW = re.compile(r"\| `(leadline_\w+)` \| ([^|]*)\|")


@cache
def handbook() -> Handbook:
    loaded = load(ROOT / "handbooks" / "virtengine").handbook
    assert loaded is not None
    return loaded


@cache
def made() -> dict[str, dict[str, Any]]:
    return {name: json.loads(text) for name, text in dashboard_files(handbook()).items()}


def panels(page: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for panel in page["panels"]:
        yield panel
        yield from panel.get("panels", [])


def expressions(page: dict[str, Any]) -> Iterator[str]:
    """Everything that Grafana would ask, with its variables of time filled in."""
    asked = [target["expr"] for panel in panels(page) for target in panel.get("targets", [])]
    asked += [each["expr"] for each in page["annotations"]["list"]]
    asked += [
        variable["query"]["query"].removeprefix("label_values(").rpartition(",")[0]
        for variable in page["templating"]["list"]
        if variable["type"] == "query"
    ]
    yield from (text.replace("$__range", "1d").replace("$__rate_interval", "5m") for text in asked)


def selectors(text: str) -> Iterator[parser.VectorSelector]:
    yield from (node for node, _ in nodes(parser.parse(text)) if isinstance(node, parser.VectorSelector))


@cache
def generated_rules() -> list[Rule]:
    slos = [slo for slo in handbook().slos.values() if not refusal(slo, handbook().sources.get(slo.sli.source))]
    return [rule for slo in slos for group in groups(slo, "", ()) for rule in group.rules]


@cache
def emitted() -> dict[str, set[str]]:
    """Labels of each series that rules record or Leadline tells; the page of metrics is held to a server elsewhere."""
    told = ROW.findall((ROOT / "docs" / "metrics.md").read_text(encoding="utf-8"))
    known = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in told}
    for rule in generated_rules():
        known.setdefault("ALERTS" if rule.is_alert else rule.name, set()).update(rule.labels)
    known["ALERTS"] |= LABELS_OF_ALERTS
    return known


def read_by_rules() -> set[str]:
    return {node.name or "" for rule in generated_rules() for node in selectors(rule.expr)}


def test_the_five_that_a_practice_must_have_are_there() -> None:
    assert sorted(name.removesuffix(".json") for name in made()) == REQUIRED


@pytest.mark.parametrize("name", [f"{uid}.json" for uid in REQUIRED])
def test_w_6_every_series_that_a_dashboard_asks_for_is_emitted_with_the_labels_it_asks_for(name: str) -> None:
    alerts = {rule.name for rule in generated_rules() if rule.is_alert}
    asked = [node for text in expressions(made()[name]) for node in selectors(text)]
    assert asked
    for node in asked:
        matched = {one.name for one in node.matchers.matchers}
        if node.name in emitted():
            assert matched <= emitted()[node.name], node
        else:
            assert node.name in read_by_rules(), node
        if node.name == "ALERTS":
            assert {one.value for one in node.matchers.matchers if one.name == "alertname"} <= alerts


def test_a_series_that_nobody_emits_is_found() -> None:
    assert "leadline_slo_target" not in set(emitted()) | read_by_rules()
    assert "tier" not in emitted()["leadline_slo_level"]


def test_al_6_a_budget_has_one_name_on_all_of_them() -> None:
    asked = {node.name for page in made().values() for text in expressions(page) for node in selectors(text)}
    assert {name for name in asked if name and "remaining" in name} == {"leadline_slo_budget_remaining_ratio"}


def test_the_same_handbook_gives_the_same_bytes_in_whatever_order_it_was_read() -> None:
    shuffled = replace(handbook(), slos=dict(reversed(handbook().slos.items())))
    assert dashboard_files(shuffled) == dashboard_files(handbook())


def test_identities_are_unique_and_stay() -> None:
    assert [page["uid"] for page in made().values()] == [name.removesuffix(".json") for name in made()]
    for page in made().values():
        numbers = [panel["id"] for panel in panels(page)]
        assert len(numbers) == len(set(numbers)) > 2
        assert page["schemaVersion"] == 39
        assert page["version"] == 1


def test_every_query_goes_to_the_data_source_that_is_chosen_above() -> None:
    for page in made().values():
        assert page["templating"]["list"][0] == {
            "name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus",
        }  # fmt: skip
        sources = {target["datasource"]["uid"] for panel in panels(page) for target in panel.get("targets", [])}
        assert sources == {"${datasource}"}


def test_every_variable_that_a_query_names_is_there() -> None:
    for page in made().values():
        there = {variable["name"] for variable in page["templating"]["list"]}
        asked = {name for text in expressions(page) for name in re.findall(r"\$\{?(\w+)", text)}
        assert asked == there - {"datasource"}


def test_panels_do_not_lie_on_each_other() -> None:
    for page in made().values():
        taken = [
            (column, line)
            for panel in page["panels"]
            for column in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
            for line in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
        ]
        assert len(taken) == len(set(taken))
        assert max(column for column, _ in taken) < 24


def test_files_of_ours_are_known_by_how_they_begin() -> None:
    assert all(text.startswith(DASHBOARD_MARK) for text in dashboard_files(handbook()).values())


def of(slos: list[Slo]) -> dict[str, dict[str, Any]]:
    files = dashboard_files(a_handbook([slo.sli for slo in slos], slos))
    return {name: json.loads(text) for name, text in files.items()}


def budget_colours(pages: dict[str, dict[str, Any]]) -> list[float | None]:
    found = next(panel for panel in panels(pages["leadline-budget.json"]) if panel["title"] == "Budget left")
    return [step["value"] for step in found["fieldConfig"]["defaults"]["thresholds"]["steps"]]


def levelled(slo: Slo, healthy: str) -> Slo:
    return replace(slo, terms=replace(slo.terms, thresholds=LevelThresholds(healthy=Fraction(healthy))))


def test_colours_of_a_budget_change_at_the_levels_of_the_handbook() -> None:
    one = an_slo(an_sli(measure=ratio("good")))
    assert budget_colours(of([levelled(one, "0.6")])) == [None, 0.05, 0.25, 0.6]


def test_colours_are_the_usual_ones_where_objectives_have_different_levels() -> None:
    one, other = an_slo(an_sli(measure=ratio("good"))), an_slo(an_sli("other", ratio("good")))
    assert budget_colours(of([levelled(one, "0.6"), levelled(other, "0.7")])) == [None, 0.05, 0.25, 0.5]


def test_a_tier_is_a_choice_of_the_services_that_have_it() -> None:
    one, other = an_slo(an_sli(measure=ratio("good"))), an_slo(an_sli("other", ratio("good")))
    pages = of([replace(one, tier=0, service="shop.eu"), replace(other, service="till")])
    variables = pages["leadline-budget.json"]["templating"]["list"]
    [tier] = [variable for variable in variables if variable["name"] == "tier"]
    assert [(each["text"], each["value"]) for each in tier["options"]] == [
        ("All", ".+"), ("no tier", "till"), ("tier 0", "shop[.]eu"),
    ]  # fmt: skip


def test_a_histogram_that_an_objective_reads_is_drawn_whole_with_the_limit_as_a_line() -> None:
    measure = ratio('took_seconds_bucket{job="shop", le="0.5"}', total='took_seconds_count{job="shop"}', counter=True)
    page = of([an_slo(an_sli(measure=measure))])["leadline-latency.json"]
    [course, heat] = [panel for panel in panels(page) if panel["type"] != "row"]
    seen = 'sum by (le) (rate(took_seconds_bucket{job="shop"}[$__rate_interval]))'
    assert [(each["legendFormat"], each["expr"]) for each in course["targets"]] == [
        ("P50", f"histogram_quantile(0.5, {seen})"),
        ("P95", f"histogram_quantile(0.95, {seen})"),
        ("P99", f"histogram_quantile(0.99, {seen})"),
    ]
    assert course["fieldConfig"]["defaults"]["unit"] == "s"
    assert [step["value"] for step in course["fieldConfig"]["defaults"]["thresholds"]["steps"]] == [None, 0.5]
    assert (heat["type"], heat["targets"][0]["format"]) == ("heatmap", "heatmap")


def test_a_native_histogram_has_no_buckets_to_keep_apart() -> None:
    measure = ratio("histogram_fraction(0, 0.5, took)", total="histogram_count(took)", counter=True)
    page = of([an_slo(an_sli(measure=measure))])["leadline-latency.json"]
    course = next(panel for panel in panels(page) if panel["type"] == "timeseries")
    assert course["targets"][0]["expr"] == "histogram_quantile(0.5, sum (rate(took[$__rate_interval])))"


def test_a_handbook_without_histograms_says_so_instead_of_drawing_nothing() -> None:
    page = of([an_slo(an_sli(measure=ratio("good")))])["leadline-latency.json"]
    assert "reads a histogram" in page["panels"][1]["options"]["content"]


def written(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_the_command_writes_them_removes_ours_that_are_stale_and_refuses_a_folder_with_something_else(
    tmp_path: Path,
) -> None:
    arguments = ("dashboards", "--handbook", str(ROOT / "handbooks" / "virtengine"), "--output", "out")
    ended = leadline(tmp_path, *arguments)
    assert (ended.code, len(ended.out.splitlines())) == (0, 5), ended
    stale = tmp_path / "out" / "leadline-old.json"
    stale.write_text(DASHBOARD_MARK, encoding="utf-8")
    assert "removed: out/leadline-old.json" in leadline(tmp_path, *arguments).out
    assert written(tmp_path / "out") == [f"{uid}.json" for uid in REQUIRED]
    (tmp_path / "out" / "mine.json").write_text('{"title": "mine"}', encoding="utf-8")
    refused = leadline(tmp_path, *arguments)
    assert refused.code == 4
    assert "mine.json: not written by this command" in refused.err
    assert "mine.json" in written(tmp_path / "out")
