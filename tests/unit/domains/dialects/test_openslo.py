"""OpenSLO v1alpha is read; a handbook's own OpenSLO v1 documents are written."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from leadline.domains.dialects.model import Target
from leadline.domains.dialects.promises import Calendar, Events, Gauge, Rolling
from leadline.handbook.loader import load
from made_commands import HANDBOOK, a_shop
from made_dialects import documents, exported, imported, read

SERVICE = """\
apiVersion: openslo/v1alpha
kind: Service
metadata: {name: shop, displayName: Shop}
spec: {description: Sells.}
---
"""
RATIO = """\
    - displayName: Works
      target: 0.999
      ratioMetrics:
        incremental: true
        good: {source: prometheus, queryType: promql, query: 'http_ok_total{job="shop"}'}
        total: {source: prometheus, queryType: promql, query: 'http_total{job="shop"}'}
"""
GAUGES = "    - {target: 0.99, op: lte, value: 0.3}\n    - {target: 0.9, op: lt, value: 0.1, displayName: Quick}\n"
THRESHOLD = "  indicator: {thresholdMetric: {source: thanos, queryType: promql, query: latency}}\n"


def slo(objectives: str = RATIO, window: str = "{unit: Day, count: 30, isRolling: true}", more: str = "") -> str:
    return (
        "apiVersion: openslo/v1alpha\nkind: SLO\nmetadata: {name: shop-works, displayName: It works}\nspec:\n"
        f"  service: shop\n  budgetingMethod: Occurrences\n  timeWindows: [{window}]\n{more}  objectives:\n{objectives}"
    )


def test_a_ratio_is_carried() -> None:
    found = read(SERVICE + slo())
    promise = found.promise
    assert promise.objectives[0].measure == Events('http_total{job="shop"}', None, 'http_ok_total{job="shop"}', True)
    assert (promise.objectives[0].target, promise.objectives[0].display_name) == (Decimal("0.999"), "Works")
    assert (promise.window, promise.display_name) == (Rolling("30d"), "It works")
    assert found.bundle.services["shop"].description == "Sells."
    assert (found.lost, found.problems) == ({}, {})


def test_a_ratio_as_sloth_reads_it_becomes_counters() -> None:
    rates = RATIO.replace("        incremental: true\n", "")
    for name in ("ok_total", "total"):
        rates = rates.replace(
            f"'http_{name}{{job=\"shop\"}}'", f"'sum(rate(http_{name}{{job=\"shop\"}}[{{{{.window}}}}]))'"
        )
    text = slo(rates, "{unit: Day, count: 30}").replace("  budgetingMethod: Occurrences\n", "")
    found = read(text)
    assert found.promise.objectives[0].measure == read(slo()).promise.objectives[0].measure
    assert (found.promise.window, found.promise.method) == (Rolling("30d"), "Occurrences")
    assert "Occurrences is taken" in found.notes


def test_a_threshold_is_shared_by_its_objectives(tmp_path: Path) -> None:
    first, second = read(slo(GAUGES, more=THRESHOLD)).promise.objectives
    assert first.measure == second.measure == Gauge("latency")
    assert (second.op, second.value) == ("lt", Decimal("0.1"))
    handbook, _ = imported(slo(GAUGES, more=THRESHOLD), tmp_path)
    assert list(handbook.slis) == ["shop-works"]
    assert list(handbook.slos) == ["shop-works/1", "shop-works/2"]


def test_a_calendar_window_is_carried() -> None:
    window = "{unit: Quarter, count: 1, isRolling: false, calendar: {startTime: 2026-01-01 00:00:00, timeZone: UTC}}"
    assert read(slo(window=window)).promise.window == Calendar("1Q", "2026-01-01 00:00:00", "UTC")


def test_another_source_than_prometheus_is_lost() -> None:
    found = read(slo(RATIO.replace("source: prometheus", "source: datadog")))
    assert found.bundle.promises == []
    assert set(found.lost) == {
        "spec.objectives[0].ratioMetrics.good.source", "spec.objectives[0].ratioMetrics.total.source",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (slo(RATIO.replace("0.999", "99.9")), "spec.objectives[0].target"),
        (slo(RATIO.replace("        good:", "        god:")), "spec.objectives[0].ratioMetrics"),
        (slo(GAUGES), "spec.objectives[0].ratioMetrics"),
        (slo(GAUGES.replace("op: lte, ", ""), more=THRESHOLD), "spec.objectives[0].op"),
        (slo().replace("kind: SLO", "kind: Slow"), "kind"),
        (slo().replace("  service: shop\n", ""), "spec.service"),
    ],
)
def test_a_mistake_has_its_place(text: str, key: str) -> None:
    assert key in read(text).problems


def test_openslo_documents_are_written_as_they_stand_and_read_alike(tmp_path: Path) -> None:
    shop = a_shop(tmp_path)
    handbook = load(shop / "handbook").handbook
    assert handbook is not None
    carried = exported(handbook, Target.OPENSLO)
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "all.yaml").write_text(carried.text)
    again = load(tmp_path / "again").handbook
    assert again is not None
    assert {document.sha256 for document in again.documents} == {document.sha256 for document in handbook.documents}
    assert carried.lost == ()


def test_documents_that_openslo_does_not_know_are_lost(tmp_path: Path) -> None:
    team = "---\napiVersion: leadline/v1\nkind: Team\nmetadata: {name: web}\n"
    handbook = load(a_shop(tmp_path, HANDBOOK + team) / "handbook").handbook
    assert handbook is not None
    carried = exported(handbook, Target.OPENSLO)
    assert [(lost.key, lost.value) for lost in carried.lost] == [("Team", "web")]
    assert {document["kind"] for document in documents(carried)} == {"DataSource", "SLI", "SLO", "Service"}


@pytest.mark.parametrize("target", [Target.SLOTH, Target.PYRRA, Target.SLO_GENERATOR, Target.NOBL9])
def test_what_only_a_handbook_says_is_lost_everywhere_else(target: Target, tmp_path: Path) -> None:
    pushed = load(a_shop(tmp_path) / "handbook").handbook
    assert pushed is not None
    carried = exported(pushed, target)
    whys = {lost.key: lost.why for lost in carried.lost}
    assert "pushed" in whys["checkout"]
    assert "DataSource" in whys
    assert carried.text == ""


@pytest.mark.parametrize("target", [Target.SLOTH, Target.PYRRA, Target.SLO_GENERATOR, Target.NOBL9])
def test_annotations_of_leadlines_own_are_lost_everywhere_else(target: Target, tmp_path: Path) -> None:
    file = tmp_path / "v" / "handbook" / "specs.yaml"
    imported(slo(), tmp_path / "v")
    file.write_text(
        file.read_text().replace("  displayName: It works\n", "  annotations: {leadline/onNoData: bad}\n", 1)
    )
    handbook = load(file.parent).handbook
    assert handbook is not None
    carried = exported(handbook, target)
    lost = {entry.key: entry for entry in carried.lost}
    entry = lost["shop-works: metadata.annotations.leadline/onNoData"]
    assert (Path(entry.file).name, entry.value) == ("specs.yaml", "bad")


@pytest.mark.parametrize("target", [Target.SLOTH, Target.PYRRA, Target.SLO_GENERATOR, Target.NOBL9])
def test_a_composite_is_lost_and_its_parts_are_written(target: Target, tmp_path: Path) -> None:
    whole = """\
---
apiVersion: openslo/v1
kind: SLO
metadata:
  name: journey
  annotations: {leadline/composite: serial, leadline/components: "shop-works, shop-pays"}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  objectives: [{target: 0.99}]
"""
    works = slo(RATIO.replace("good:", "bad:"))
    imported(works + "---\n" + works.replace("shop-works", "shop-pays"), tmp_path)
    file = tmp_path / "handbook" / "specs.yaml"
    file.write_text(file.read_text() + whole)
    loaded = load(file.parent)
    assert loaded.problems == ()
    assert loaded.handbook is not None
    carried = exported(loaded.handbook, target)
    assert [(lost.value, Path(lost.file).name) for lost in carried.lost if lost.key == "journey"] == [
        ("serial", "specs.yaml")
    ]
    assert all(name in carried.text for name in ("works", "pays"))
