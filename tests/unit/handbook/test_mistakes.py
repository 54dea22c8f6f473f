"""Every mistake that a handbook can hold, told once, at its place, with the value read and a way out."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import made_yaml as made
from leadline.handbook.loader import load
from made_yaml import broken, loaded, only, write

MORE_SLOS, OTHER_SLIS = made.VALID["more-slos.yaml"], made.VALID["slis/others.yaml"]
QUERY = 'query: http_requests_total{code!~"5.."}'

CASES = {case["mistake"]: case for case in yaml.safe_load(Path(__file__).with_name("mistakes.yaml").read_text())}


def mistaken(name: str) -> tuple[str, str, int, int]:
    """File, its text with the mistake, and line and column where it must be told."""
    case = CASES[name]
    return case["file"], *broken(made.VALID[case["file"]], case["passage"], case["mistaken"])


@pytest.mark.parametrize("case", CASES)
def test_each_mistake_is_told_once_at_its_place_with_a_way_out(tmp_path: Path, case: str) -> None:
    file, text, line, column = mistaken(case)
    found = load(write(tmp_path, made.VALID | {file: text}))
    problem = only(found.problems)
    assert found.handbook is None
    assert problem.file == file
    assert (problem.line, problem.column, problem.key) == (line, column, CASES[case]["key"]), problem
    assert (problem.what, problem.value) == (CASES[case]["what"], CASES[case]["value"])
    assert CASES[case]["hint"] in problem.hint


def test_what_is_too_long_is_shown_shortened(tmp_path: Path) -> None:
    wrong, line, column = broken(made.SERVICE, "description: Sells.", f"§description: {'x' * 1051}")
    problem = only(loaded(tmp_path, service=wrong).problems)
    assert (problem.line, problem.column, problem.what) == (line, column, "too long")
    assert problem.value == "x" * 79 + "…"
    assert "1050 characters" in problem.hint


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("(" * 101 + "x" + ")" * 101, "nested more than 100 deep"),
        ("x" * 8193, "longer than 8192 bytes"),
        ("x" + " + x" * 151, "more than 150 operators"),
    ],
)
def test_promql_is_bounded_before_it_is_parsed(tmp_path: Path, query: str, hint: str) -> None:
    wrong, line, column = broken(made.SLI, QUERY, f"§query: {query}")
    problem = only(loaded(tmp_path, slis__requests=wrong).problems)
    assert (problem.line, problem.column, problem.what) == (line, column, "ill-written PromQL")
    assert hint in problem.hint


def test_one_sli_is_asked_of_one_source(tmp_path: Path) -> None:
    wrong, line, column = broken(made.SLI, "metricSourceRef: prom", "§metricSourceRef: other")
    other = made.SOURCE.replace("name: prom", "name: other")
    problem = only(loaded(tmp_path, slis__requests=wrong, other=other).problems)
    assert (problem.line, problem.column) == (line, column)
    assert problem.what == "another DataSource than the SLI's first"


def missing(tmp_path: Path, file: str, text: str, gone: str, holder: str) -> tuple[str, int, str]:
    """Key, line and hint of the problem when a line is gone; `holder` is the passage where it must be told."""
    assert gone in text
    problem = only(loaded(tmp_path, **{file: text.replace(gone, "", 1)}).problems)
    assert problem.what in ("missing key", "neither slos nor services")
    assert problem.value == ""
    line = text.replace(gone, "", 1).split(holder)[0].count("\n") + 1
    assert problem.line == line, problem
    return problem.key, problem.line, problem.hint


def test_a_missing_key_is_told_where_it_belongs(tmp_path: Path) -> None:
    key, _, hint = missing(tmp_path / "1", "correction", made.CORRECTION, "  approver: sre\n", "spec:")
    assert (key, hint) == ("spec.approver", "add approver: sre")
    key, _, hint = missing(tmp_path / "2", "slo", made.SLO, "  service: checkout\n", "spec:")
    assert (key, hint) == ("spec.service", "add service: checkout")
    key, _, hint = missing(tmp_path / "3", "more_slos", MORE_SLOS, "      target: 0.95\n", "- op: lt")
    assert (key, hint) == ("spec.objectives[0].target", "add target: 0.999")


def test_a_ratio_does_not_say_of_what_it_is(tmp_path: Path) -> None:
    key, _, hint = missing(tmp_path, "slis__others", OTHER_SLIS, "    rawType: success\n", "ratioMetric:")
    assert key == "spec.ratioMetric.rawType"
    assert "success (good/total) or failure (bad/total)" in hint


def test_a_correction_of_nothing_is_refused(tmp_path: Path) -> None:
    text = made.CORRECTION.replace("  services: [checkout]\n", "")
    key, _, hint = missing(tmp_path, "correction", text, "  slos: [availability]\n", "spec:")
    assert key == "spec.slos"
    assert "services: […]" in hint


ANNOTATIONS = {
    "onNoData": ("green", "not one of the words allowed"),
    "onNoTraffic": ("unknown", "not one of the words allowed"),
    "minCoverage": ("90", "a percentage was read where a ratio is wanted"),
    "startsAt": ("soon", "not an instant"),
    "lowTraffic": ("perhaps", "not a low-traffic rule"),
    "mtbf": ("90s", "not whole minutes above 1"),
    "effectiveFrom": ("2026-99-99", "not an instant"),
    "tier": ("gold", "not a tier"),
    "team": ("''", "empty"),
    "strategy": ("' '", "empty"),
    "composite": ("serail", "not one of the words allowed"),
    "components": ("', '", "no components"),
    "onMissing": ("fine", "not one of the words allowed"),
    "dependsOn": ("', '", "no names"),
}


@pytest.mark.parametrize("name", ANNOTATIONS)
def test_each_annotation_of_an_slo_is_checked(tmp_path: Path, name: str) -> None:
    value, what = ANNOTATIONS[name]
    key = f"leadline/{name}"
    wrong, line, column = broken(made.SLO, "    leadline/onNoData: unknown", f"    §{key}: {value}")
    problem = only(loaded(tmp_path, slo=wrong).problems)
    assert (problem.line, problem.column, problem.key) == (line, column, f"metadata.annotations.{key}")
    assert problem.what == what
    assert problem.hint


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("quantum", "-1", "not a quantum"),
        ("quantum", "none", "not a number"),
        ("groupBy", "a-b", "not label names"),
        ("groupBy", "path, path", "a label is named twice"),
        ("onlyWhen", "sum(", "ill-written PromQL"),
        ("failures", "x y", "ill-written PromQL"),
    ],
)
def test_each_annotation_of_an_sli_is_checked(tmp_path: Path, name: str, value: str, what: str) -> None:
    key = f"leadline/{name}"
    wrong, line, column = broken(made.SLI, "    leadline/groupBy: path", f"    §{key}: {value}")
    problem = only(loaded(tmp_path, slis__requests=wrong).problems)
    assert (problem.line, problem.column, problem.key) == (line, column, f"metadata.annotations.{key}")
    assert problem.what == what


@pytest.mark.parametrize(
    ("band", "what"),
    [
        ("0.5", "not a band"),
        ("0.8..0.5", "the band is upside down"),
        ("a..b", "not a number"),
        ("1..nan", "out of range"),
    ],
)
def test_each_band_of_a_gauge_is_checked(tmp_path: Path, band: str, what: str) -> None:
    head = "  name: short-queue\n"
    wrong, line, column = broken(MORE_SLOS, head, f'{head}  annotations:\n    §leadline/band: "{band}"\n')
    problem = only(loaded(tmp_path, more_slos=wrong).problems)
    assert (problem.line, problem.column, problem.what) == (line, column, what)


@pytest.mark.parametrize("annotation", ['band: "0.1..0.2"'])
def test_a_band_does_not_fit_events(tmp_path: Path, annotation: str) -> None:
    wrong, line, column = broken(made.SLO, "    leadline/onNoData: unknown", f"    §leadline/{annotation}")
    problem = only(loaded(tmp_path, slo=wrong).problems)
    assert (problem.line, problem.column, problem.what) == (line, column, "does not fit the SLI")


@pytest.mark.parametrize(
    ("text", "kind"), [(made.SERVICE, "Service"), (made.SLI, "SLI"), (made.SLO, "SLO"), (made.SOURCE, "DataSource")]
)
def test_a_duplicate_name_names_the_other_place(tmp_path: Path, text: str, kind: str) -> None:
    wrong, line, column = broken(text, "name: ", "§name: ")
    found = loaded(tmp_path, zz_again=f"# a comment\n{wrong}")
    problem = only(found.problems)
    assert Path(problem.file).name == "zz_again.yaml"
    assert (problem.line, problem.column, problem.key) == (line + 1, column, "metadata.name")
    assert problem.what == f"another {kind} of this name"
    first = next(name for name, other in made.VALID.items() if other == text)
    assert f"{first}:1" in problem.hint


def test_a_second_handbook_document_is_refused(tmp_path: Path) -> None:
    problem = only(loaded(tmp_path, zz=made.HANDBOOK.replace("name: shop", "name: other")).problems)
    assert (problem.line, problem.what) == (2, "a second Handbook document")


def test_two_inline_slis_of_one_name_must_say_the_same(tmp_path: Path) -> None:
    twin = made.INLINE.replace("name: fast\n", "name: faster\n")
    assert loaded(tmp_path / "same", twin=twin).problems == ()
    wrong, line, column = broken(
        twin.replace('le="0.4"', 'le="0.2"'), "      name: fast-requests", "      §name: fast-requests"
    )
    problem = only(loaded(tmp_path / "other", twin=wrong).problems)
    assert (problem.line, problem.column, problem.what) == (line, column, "an SLI of this name says something else")
    assert "more-slos.yaml:" in problem.hint


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    files, places = dict(made.VALID), set()
    for name in (
        "a percentage as target",
        "broken PromQL",
        "an unknown annotation",
        "a verdict that is none",
        "a mode that is none",
    ):
        file, files[file], line, column = mistaken(name)
        places.add((file, line, column))
    problems = load(write(tmp_path, files)).problems
    assert [(problem.file, problem.line, problem.column) for problem in problems] == sorted(places)


def test_several_mistakes_of_one_document_are_told_at_once(tmp_path: Path) -> None:
    wrong = (
        made.SLO.replace("target: 0.999", "target: 99.9\n      taget: 1")
        .replace("28d", "28x")
        .replace("checkout", "chekout")
    )
    whats = {problem.what for problem in loaded(tmp_path, slo=wrong).problems}
    assert whats == {
        "unknown key",
        "a percentage was read where a ratio is wanted",
        "not a duration",
        "no such Service",
    }


def test_what_refers_to_an_ill_written_document_is_not_blamed(tmp_path: Path) -> None:
    wrong = made.SOURCE.replace("  type: Prometheus\n", "")
    problem = only(loaded(tmp_path, source=wrong).problems)
    assert (problem.key, problem.what) == ("spec.type", "missing key")


def test_promql_is_checked_for_prometheus_alone(tmp_path: Path) -> None:
    source = made.SOURCE.replace("Prometheus", "Datadog")
    query = made.SLI.replace('http_requests_total{code!~"5.."}', '"sum:hits{code:200}.as_count()"')
    assert loaded(tmp_path, source=source, slis__requests=query).problems == ()


@pytest.mark.parametrize("folder", ["nowhere", "empty", "a-file"])
def test_a_folder_without_a_handbook_points_to_init(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a-file").write_text("kind: SLO\n")
    found = load(tmp_path / folder)
    assert found.handbook is None
    assert "leadline init" in only(found.problems).hint


def test_a_folder_of_comments_alone_is_no_handbook(tmp_path: Path) -> None:
    found = load(write(tmp_path, {"a.yaml": "# nothing yet\n", "b.yaml": "---\n---\n"}))
    assert "leadline init" in only(found.problems).hint


def test_warnings_are_told_beside_a_usable_handbook(tmp_path: Path) -> None:
    own_rate = made.SLI.replace("query: http_requests_total\n", "query: sum(increase(http_requests_total[5m]))\n")
    own_rate = own_rate.replace("  annotations:\n    leadline/groupBy: path\n", "")
    found = loaded(
        tmp_path,
        slis__requests=own_rate,
        slo=made.SLO.replace("0.999", "0.001"),
        agreement=made.AGREEMENT.replace("target: 0.99", "target: 0.01"),
    )
    assert found.problems == ()
    assert found.handbook is not None
    told = {warning.what.partition(" of the query")[0]: warning.key for warning in found.warnings}
    assert told == {
        "increase(…)": "spec.ratioMetric.total.metricSource.spec.query",
        "fewer than half good is promised": "spec.objectives[0].target",
        "no margin between the commitment and its SLO": "spec.commitments[0].target",
    }


@pytest.mark.parametrize(("target", "is_warned"), [("0.9989", False), ("0.999", True), ("0.9991", True)])
def test_a_commitment_needs_a_margin_to_its_slo(tmp_path: Path, target: str, is_warned: bool) -> None:
    found = loaded(tmp_path, agreement=made.AGREEMENT.replace("target: 0.99", f"target: {target}"))
    assert found.problems == ()
    assert bool(found.warnings) == is_warned
