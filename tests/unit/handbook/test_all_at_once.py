"""Mistakes that used to hide others, and mistakes that must not be told on by what refers to them."""

from __future__ import annotations

from pathlib import Path

import pytest

import made_yaml as made
from leadline.handbook.loader import Loaded, load
from made_yaml import loaded, only, write


def told(found: Loaded) -> dict[str, str]:
    assert len({problem.key for problem in found.problems}) == len(found.problems), found.problems
    assert found.handbook is None
    return {problem.key: problem.what for problem in found.problems}


def test_a_wrong_word_hides_neither_references_nor_ranges_nor_queries(tmp_path: Path) -> None:
    text = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: bad}
spec:
  service: S
  budgetingMethod: occurences
  indicater:
    metadata: {name: own}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {metricSourceRef: prom, spec: {query: "sum(x_total"}}}
        total: {metricSource: {metricSourceRef: prom, spec: {query: x_total}}}
  timeWindow:
    duration: a month
    isRolling: true
  objectives:
    - taget: -0.1
"""
    found = loaded(tmp_path, bad=text)
    assert [(problem.line, problem.key, problem.what) for problem in found.problems] == [
        (5, "spec.service", "no such Service"),
        (6, "spec.budgetingMethod", "not one of the words allowed"),
        (7, "spec.indicater", "unknown key"),
        (12, "spec.indicater.spec.ratioMetric.good.metricSource.spec.query", "ill-written PromQL"),
        (14, "spec.timeWindow", "a list is wanted"),
        (15, "spec.timeWindow.duration", "not a duration"),
        (18, "spec.objectives[0].taget", "a ratio must lie between 0 and 1"),
        (18, "spec.objectives[0].taget", "unknown key"),
    ]


@pytest.mark.parametrize(
    ("text", "wrong", "key", "what"),
    [
        ("kind: Service", "kind: Servise", "kind", "unknown kind"),
        ("kind: Service", "kind: 7", "kind", "unknown kind"),
        ("kind: Service", "knid: Service", "knid", "unknown key"),
        ("kind: Service\n", "", "kind", "missing key"),
        ("openslo/v1", "leadline/v1", "kind", "not a kind of leadline/v1"),
        ("openslo/v1", "openslo/v9", "apiVersion", "unknown apiVersion"),
        ("spec:\n", "sepc:\n", "sepc", "unknown key"),
        ("  name: checkout", "  nmae: checkout", "metadata.nmae", "unknown key"),
        ("metadata:", "meta:", "meta", "unknown key"),
    ],
)
def test_what_names_an_ill_written_document_is_not_blamed(
    tmp_path: Path, text: str, wrong: str, key: str, what: str
) -> None:
    found = loaded(tmp_path, service=made.SERVICE.replace(text, wrong))
    assert told(found) == {key: what}


def test_what_names_a_document_of_an_unreadable_file_is_not_blamed(tmp_path: Path) -> None:
    problem = only(loaded(tmp_path / "1", service=f"x: [\n{made.SERVICE}").problems)
    assert problem.what.startswith("not YAML")
    found = loaded(
        tmp_path / "2", service=f"x: [\n{made.SERVICE}", slo=made.SLO.replace("service: checkout", "service: x")
    )
    assert [problem.value for problem in found.problems if problem.what == "no such Service"] == ["x"]


def test_a_duplicate_is_judged_as_well(tmp_path: Path) -> None:
    wrong = made.SLO.replace("target: 0.999", "target: 99.9").replace("requests", "nothing")
    assert told(loaded(tmp_path, zz=wrong)) == {
        "metadata.name": "another SLO of this name",
        "spec.objectives[0].target": "a percentage was read where a ratio is wanted",
        "spec.indicatorRef": "no such SLI",
    }


def test_the_same_mistake_in_two_inline_slis_of_one_name_is_told_twice(tmp_path: Path) -> None:
    wrong = made.INLINE.replace("query: http_seconds_count", "query: sum(")
    found = loaded(
        tmp_path, more_slos=f"{made.GAUGE_SLO}---\n{wrong}", zz=wrong.replace("name: fast\n", "name: faster\n")
    )
    assert [problem.what for problem in found.problems] == ["ill-written PromQL"] * 2


@pytest.mark.parametrize(
    ("file", "old", "new", "key"),
    [
        ("slo", "service: checkout", "service: requests", "spec.service"),
        ("agreement", "slo: availability", "slo: requests", "spec.commitments[0].slo"),
        ("correction", "[availability]", "[checkout]", "spec.slos[0]"),
    ],
)
def test_a_name_of_another_kind_is_no_name(tmp_path: Path, file: str, old: str, new: str, key: str) -> None:
    text = made.VALID[f"{file}.yaml"]
    assert list(told(loaded(tmp_path, **{file: text.replace(old, new, 1)}))) == [key]


def test_a_wrong_default_is_told_at_the_handbook_alone(tmp_path: Path) -> None:
    windowless = made.SLO.replace("  timeWindow:\n    - duration: 28d\n      isRolling: true\n", "")
    sourceless = made.SLI.replace("        metricSourceRef: prom\n", "")
    wrong = made.HANDBOOK.replace("  defaults:\n", "  defaults:\n    window: long\n    dataSource: prum\n")
    twin = made.SOURCE.replace("name: prom", "name: twin")
    found = loaded(tmp_path, handbook=wrong, slo=windowless, slis__requests=sourceless, twin=twin)
    assert told(found) == {
        "spec.defaults.window": "not a duration",
        "spec.defaults.dataSource": "no such DataSource",
    }


def test_a_wrong_annotation_is_not_told_as_a_missing_key(tmp_path: Path) -> None:
    bare = made.GAUGE_SLO.replace("    - op: lt\n      value: 50\n      target", "    - target")
    for number, annotation in enumerate(('leadline/band: "0.5"', 'leadline/bnad: "0.5..0.8"')):
        text = bare.replace("  name: short-queue\n", f"  name: short-queue\n  annotations:\n    {annotation}\n")
        key = f"metadata.annotations.{annotation.partition(':')[0]}"
        assert list(told(loaded(tmp_path / str(number), more_slos=f"{text}---\n{made.INLINE}"))) == [key]


def test_a_second_handbook_document_is_judged_by_what_it_says(tmp_path: Path) -> None:
    other = made.HANDBOOK.replace("name: shop", "name: other").replace("Europe/Berlin", "Mars").replace("0.8", "80")
    found = load(write(tmp_path, made.VALID | {"zz.yaml": other}))
    assert told(found) == {
        "kind": "a second Handbook document",
        "spec.zone": "no such time zone",
        "spec.defaults.minCoverage": "a percentage was read where a ratio is wanted",
    }


def test_a_ratio_cannot_be_pushed(tmp_path: Path) -> None:
    jobs = made.SOURCE.replace("Prometheus", "push").replace("name: prom", "name: jobs")
    text = made.VALID["slis/others.yaml"].replace(
        "metricSourceRef: prom\n        spec:\n          query: avg",
        "metricSourceRef: jobs\n        spec:\n          query: avg",
    )
    assert "jobs" in text
    assert told(loaded(tmp_path, jobs=jobs, slis__others=text)) == {"spec.ratioMetric.raw": "a ratio cannot be pushed"}
