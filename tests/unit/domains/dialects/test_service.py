"""Imports and exports as a whole: several files, a handbook that is there already, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from leadline.domains.dialects.model import ExportSpecs, ImportSpecs, Source, Target
from leadline.domains.dialects.service import export_specs, import_specs
from leadline.errors import RecordError, SpecError
from leadline.handbook.loader import load
from leadline.handbook.specs import Handbook
from made_dialects import imported, read
from made_handbooks import a_context

SLOTH = (
    "version: prometheus/v1\nservice: shop\nslos:\n- name: works\n  objective: 99.9\n  sli:\n    events:\n"
    "      error_query: sum(rate(x[{{.window}}]))\n      total_query: sum(rate(y[{{.window}}]))\n"
    "  alerting: {name: A}\n"
)
PYRRA = (
    "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {name: pay, namespace: shop}\nspec:\n"
    "  target: '99'\n  window: 28d\n  indicator: {ratio: {errors: {metric: e}, total: {metric: t}}}\n"
)
EMPTY = Handbook.empty("nowhere")


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    folder = tmp_path / "specs"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.yml").write_text(SLOTH)
    (folder / "deep" / "b.yaml").write_text(PYRRA)
    (folder / ".hidden.yaml").write_text("not: ours\n")
    (folder / "notes.txt").write_text("not YAML: [\n")
    return folder


def test_a_folder_of_several_dialects_becomes_one_handbook(specs: Path, tmp_path: Path) -> None:
    carried = import_specs(ImportSpecs(path=specs, output=tmp_path / "out"), a_context(EMPTY))
    assert {Path(file).name for file in carried.files} == {"services.yaml", "a.yaml", "b.yaml", "datasource.yaml"}
    loaded = load(tmp_path / "out")
    assert (loaded.problems, loaded.warnings) == ((), ())
    assert loaded.handbook is not None
    assert set(loaded.handbook.slos) == {"shop-works", "pay"}
    assert list(loaded.handbook.services) == ["shop"]


def test_without_a_folder_the_text_is_the_answer(specs: Path, tmp_path: Path) -> None:
    carried = import_specs(ImportSpecs(path=specs / "a.yml"), a_context(EMPTY))
    assert carried.files == ()
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "all.yaml").write_text(carried.text)
    loaded = load(tmp_path / "one")
    assert loaded.problems == ()
    assert carried.counts["SLO"] == 1


def test_documents_of_no_dialect_are_lost_beside_those_that_are(specs: Path) -> None:
    (specs / "c.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n")
    carried = import_specs(ImportSpecs(path=specs), a_context(EMPTY))
    assert [(Path(lost.file).name, lost.key, lost.value) for lost in carried.lost if "c.yaml" in lost.file] == [
        ("c.yaml", "apiVersion", "v1")
    ]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("version: prometheus/v2\nservice: a\n", "did you mean prometheus/v1?"),
        ("apiVersion: openslo/v1\nkind: SLO\n", "copy the file"),
        ("kind: SLO\n", "no apiVersion"),
        ("slo_name: a\nservice_name: b\nbackend: {class: Prometheus}\n", "slo-generator migrate"),
        ("apiVersion: pyrra.dev/v1alpha1\n  kind: [\n", "mend the indentation"),
    ],
)
def test_a_file_of_no_dialect_is_refused_with_a_way_out(text: str, hint: str, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(SpecError) as refused:
        import_specs(ImportSpecs(path=tmp_path / "x.yaml"), a_context(EMPTY))
    assert hint in str(refused.value)


def test_the_dialect_asked_for_is_the_one_that_is_read() -> None:
    found = read(SLOTH + "---\n" + PYRRA, dialect=Source.PYRRA)
    assert [promise.name for promise in found.bundle.promises] == ["pay"]
    assert list(found.lost) == ["version"]


def test_all_mistakes_are_told_at_once_and_nothing_is_written(specs: Path, tmp_path: Path) -> None:
    (specs / "a.yml").write_text(SLOTH.replace("99.9", "0.999"))
    (specs / "deep" / "b.yaml").write_text(PYRRA.replace("28d", "soon"))
    with pytest.raises(SpecError) as refused:
        import_specs(ImportSpecs(path=specs, output=tmp_path / "out", window="ages"), a_context(EMPTY))
    told = {(Path(problem.file).name, problem.line) for problem in refused.value.problems}
    assert told >= {("a.yml", 5), ("b.yaml", 6), ("--window", 0)}
    assert not (tmp_path / "out").exists()


def test_two_slos_of_one_name_are_refused(specs: Path) -> None:
    (specs / "z.yaml").write_text(SLOTH)
    with pytest.raises(SpecError, match="another SLO of this name"):
        import_specs(ImportSpecs(path=specs), a_context(EMPTY))


def test_an_import_into_a_handbook_uses_its_source_and_services(specs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "handbook"
    import_specs(ImportSpecs(path=specs / "a.yml", output=folder), a_context(EMPTY))
    (folder / "datasource.yaml").write_text(
        (folder / "datasource.yaml").read_text().replace("name: prometheus", "name: metrics")
    )
    (folder / "a.yaml").write_text((folder / "a.yaml").read_text().replace("Ref: prometheus", "Ref: metrics"))
    handbook = load(folder).handbook
    assert handbook is not None
    carried = import_specs(ImportSpecs(path=specs / "deep", output=folder / "pay"), a_context(handbook))
    assert carried.counts == {"AlertPolicy": 4, "SLO": 1}
    after = load(folder).handbook
    assert after is not None
    assert after.slis["pay"].source == "metrics"


def test_an_slo_that_the_handbook_has_is_refused(specs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "handbook"
    import_specs(ImportSpecs(path=specs / "a.yml", output=folder), a_context(EMPTY))
    handbook = load(folder).handbook
    assert handbook is not None
    with pytest.raises(SpecError, match=r"also at .*a\.yaml"):
        import_specs(ImportSpecs(path=specs / "a.yml", output=folder / "more"), a_context(handbook))


def test_files_that_are_there_are_never_written_over(specs: Path, tmp_path: Path) -> None:
    import_specs(ImportSpecs(path=specs, output=tmp_path / "out"), a_context(EMPTY))
    (tmp_path / "out" / "services.yaml").unlink()
    before = {path: path.read_text() for path in (tmp_path / "out").iterdir()}
    with pytest.raises(RecordError, match="already there"):
        import_specs(ImportSpecs(path=specs, output=tmp_path / "out"), a_context(EMPTY))
    assert {path: path.read_text() for path in (tmp_path / "out").iterdir()} == before


def test_an_export_writes_a_file_for_each_service(specs: Path, tmp_path: Path) -> None:
    import_specs(ImportSpecs(path=specs, output=tmp_path / "out"), a_context(EMPTY))
    handbook = load(tmp_path / "out").handbook
    assert handbook is not None
    carried = export_specs(ExportSpecs(to=Target.SLOTH, output=tmp_path / "sloth"), a_context(handbook))
    assert [Path(file).name for file in carried.files] == ["shop.yaml"]
    assert carried.counts == {"SLO": 2}
    assert "30d" in carried.notes[0].text
    assert "28d" in carried.notes[0].text


def test_an_alert_policy_that_the_handbook_has_is_refused(tmp_path: Path) -> None:
    policy = (
        "apiVersion: n9/v1alpha\nkind: AlertPolicy\nmetadata: {name: burns}\nspec:\n  severity: High\n"
        "  conditions: [{measurement: averageBurnRate, value: 2, alertingWindow: 1h}]\n---\n"
    )
    slo = (
        "apiVersion: n9/v1alpha\nkind: SLO\nmetadata: {name: NAME}\nspec:\n  service: shop\n"
        "  budgetingMethod: Occurrences\n  timeWindows: [{unit: Day, count: 28, isRolling: true}]\n"
        "  alertPolicies: [burns]\n  objectives:\n  - target: 0.9\n    op: lte\n    value: 1\n"
        "    rawMetric: {query: {prometheus: {promql: latency}}}\n"
    )
    folder = tmp_path / "handbook"
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(policy + slo.replace("NAME", name))
    import_specs(ImportSpecs(path=tmp_path / "one.yaml", output=folder), a_context(EMPTY))
    handbook = load(folder).handbook
    assert handbook is not None
    with pytest.raises(SpecError, match="an AlertPolicy of this name"):
        import_specs(ImportSpecs(path=tmp_path / "two.yaml", output=folder / "two"), a_context(handbook))


@pytest.mark.parametrize("query", ["28d", "1"])
def test_a_counter_that_is_none_is_refused(query: str, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(PYRRA.replace("metric: e", f"metric: '{query}'"))
    with pytest.raises(SpecError, match="counter"):
        import_specs(ImportSpecs(path=tmp_path / "x.yaml"), a_context(EMPTY))


@pytest.mark.parametrize("target", [Target.SLOTH, Target.PYRRA, Target.SLO_GENERATOR])
def test_trap_19_a_file_that_another_tool_reads_is_one_document(target: Target, tmp_path: Path) -> None:
    """Sloth's rules of several documents in one file were taken by Prometheus for the first alone."""
    events = "{{events: {{error_query: '{1}', total_query: '{2}'}}}}"
    slo = f"- name: {{0}}\n  objective: 99.9\n  sli: {events}\n  alerting: {{{{name: A}}}}\n"
    queries = ('sum(rate(x_total{code="500"}[{{.window}}]))', "sum(rate(x_total[{{.window}}]))")
    two = "".join(slo.format(name, *queries) for name in ("a", "b"))
    files = [f"version: prometheus/v1\nservice: {service}\nslos:\n{two}" for service in ("one", "two")]
    handbook, _ = imported("---\n".join(files), tmp_path)
    request = ExportSpecs(to=target, output=tmp_path / "out")
    written = export_specs(request, a_context(handbook)).files
    texts = [Path(file).read_text() for file in written]
    assert [yaml.safe_load(text) is not None for text in texts] == [True] * len(texts), "safe_load refuses a second"
    assert (
        sum(text.count("objective: 99.9") + text.count("goal:") + text.count("target: '99.9'") for text in texts) == 4
    )
