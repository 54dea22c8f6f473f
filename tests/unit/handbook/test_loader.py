"""What a valid handbook becomes, and what the cache may and may not do."""

from __future__ import annotations

import gc
import json
import os
import pickle
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import made_yaml as made
from leadline.core.budgets import BudgetingMethod, LevelThresholds, OnNoData, OnNoTraffic
from leadline.core.windows import CalendarUnit, CalendarWindow, RollingWindow
from leadline.handbook import cache
from leadline.handbook.loader import Loaded, load
from leadline.handbook.specs import (
    Band,
    Handbook,
    Limit,
    Query,
    RatioMeasure,
    RawMeasure,
    Service,
    Slo,
    Team,
    ThresholdMeasure,
)
from made_yaml import loaded, write


def handbook(folder: Path, **changed: str) -> Handbook:
    found = loaded(folder, **changed)
    assert found.problems == ()
    assert found.handbook is not None
    return found.handbook


def slo(folder: Path, **changed: str) -> Slo:
    return handbook(folder, **changed).slos["availability"]


def test_a_handbook_of_any_layout_is_read_whole(tmp_path: Path) -> None:
    many = handbook(tmp_path / "many")
    one = load(write(tmp_path / "one", {"all.yaml": "---\n".join(made.VALID.values())})).handbook
    assert one is not None
    assert one.counts() == many.counts() == {
        "Agreement": 1,
        "AlertCondition": 1,
        "AlertNotificationTarget": 1,
        "AlertPolicy": 1,
        "BudgetPolicy": 1,
        "Correction": 1,
        "DataSource": 1,
        "Handbook": 1,
        "NotificationRoute": 1,
        "NotificationTarget": 1,
        "RollbackPolicy": 1,
        "SLI": 4,
        "SLO": 3,
        "Service": 1,
        "Team": 1,
    }  # fmt: skip
    assert set(one.slos) == set(many.slos) == {"availability", "short-queue", "fast/1", "fast/2"}
    assert many.name == "shop"
    assert many.zone == "Europe/Berlin"
    assert many.settle == timedelta(minutes=3)


def test_loading_leaves_the_collector_of_garbage_as_it_was(tmp_path: Path) -> None:
    assert gc.isenabled()
    handbook(tmp_path / "1")
    assert gc.isenabled()
    gc.disable()
    try:
        handbook(tmp_path / "2")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_folders_and_files_that_begin_with_a_dot_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, {".git/a.yaml": "x: [", ".hidden.yaml": "x: [", "notes.txt": "x: ["})
    assert handbook(tmp_path).counts()["SLO"] == 3


def test_neither_handbook_document_nor_tier_is_needed(tmp_path: Path) -> None:
    service = made.SERVICE.partition("  annotations")[0]
    found = load(write(tmp_path, {"a.yaml": f"{made.SOURCE}---\n{service}---\n{made.SLI}---\n{made.SLO}"})).handbook
    assert found is not None
    assert (found.name, found.zone, found.settle) == (tmp_path.name, "UTC", timedelta(minutes=2))
    assert found.slos["availability"].tier is None
    assert found.slos["availability"].terms.on_no_traffic is OnNoTraffic.EXCLUDE
    assert found.slos["availability"].terms.min_coverage == Fraction(9, 10)
    assert found.slos["availability"].terms.thresholds == LevelThresholds()


def test_services_and_teams_are_read(tmp_path: Path) -> None:
    found = handbook(tmp_path)
    place = found.services["checkout"].place
    assert found.services["checkout"] == Service("checkout", "checkout", "Sells.", 1, "shop", place)
    assert place.line == 1
    assert found.teams["shop"] == Team("shop", "shop", {"chat": "#shop"}, found.teams["shop"].place)
    assert found.sources["prom"].type == "prometheus"
    assert found.sources["prom"].connection == {"url": "http://127.0.0.1:9090"}


def test_an_objective_is_exact(tmp_path: Path) -> None:
    found = slo(tmp_path)
    assert found.target_text == "0.999"
    assert found.terms.target == Decimal("0.999")
    assert found.terms.error_budget == Fraction(1, 1000)
    assert found.terms.window == RollingWindow(timedelta(days=28))
    assert found.terms.method is BudgetingMethod.OCCURRENCES
    assert found.terms.on_no_data is OnNoData.UNKNOWN
    assert found.terms.on_no_traffic is OnNoTraffic.GOOD
    assert found.terms.min_coverage == Fraction(4, 5)
    assert found.terms.thresholds == LevelThresholds(Fraction(3, 5), Fraction(3, 10), Fraction(1, 10))
    assert (found.series, found.tier, found.team) == ("requests", 1, "shop")
    assert found.place.file.endswith("slo.yaml")


@pytest.mark.parametrize(
    ("written", "text", "budget"),
    [
        ("target: 0.9990", "0.9990", Fraction(1, 1000)),
        ("target: 99.95%", "99.95%", Fraction(1, 2000)),
        ('target: "0.999999"', "0.999999", Fraction(1, 1_000_000)),
        ("targetPercent: 99.9", "99.9%", Fraction(1, 1000)),
        ("targetPercent: 100", "100%", Fraction(0)),
        ("target: 1", "1", Fraction(0)),
        ("target: 1.0", "1.0", Fraction(0)),
    ],
)
def test_a_target_is_kept_as_written_and_its_budget_exact(
    tmp_path: Path, written: str, text: str, budget: Fraction
) -> None:
    found = slo(tmp_path, slo=made.SLO.replace("target: 0.999", written))
    assert (found.target_text, found.terms.error_budget) == (text, budget)
    assert 1 - Fraction(found.terms.target) == budget


def test_a_gauge_has_a_series_for_each_limit(tmp_path: Path) -> None:
    found = handbook(tmp_path).slos["short-queue"]
    assert found.limit == Limit(op="lt", value=50.0)
    assert found.series == "queue@lt50"
    assert found.sli.measure == ThresholdMeasure(Query("max(queue_length)", "prom"))
    berlin = ZoneInfo("Europe/Berlin")
    assert found.terms.window == CalendarWindow(CalendarUnit.MONTH, 1, date(2026, 1, 1), berlin)
    assert (found.terms.slice_target, found.terms.slice_seconds) == (Decimal(1), 300)
    assert found.sli.quantum == 1


def test_a_period_begins_at_the_time_of_day_that_openslo_gives_it(tmp_path: Path) -> None:
    # OpenSLO v1, "SLO", its example of a calendar-aligned window.
    text = made.VALID["more-slos.yaml"].replace("2026-01-01 00:00:00", "2020-01-21 12:30:00")
    text = text.replace("Europe/Berlin", "America/New_York")
    new_york = ZoneInfo("America/New_York")
    window = CalendarWindow(CalendarUnit.MONTH, 1, date(2020, 1, 21), new_york, time(12, 30))
    assert handbook(tmp_path, more_slos=text).slos["short-queue"].terms.window == window


def test_a_number_of_minutes_is_a_time_slice_too(tmp_path: Path) -> None:
    text = made.VALID["more-slos.yaml"].replace("timeSliceWindow: 5m", "timeSliceWindow: 5")
    assert handbook(tmp_path, more_slos=text).slos["short-queue"].terms.slice_seconds == 300


def test_a_band_replaces_comparison_and_value(tmp_path: Path) -> None:
    text = made.VALID["more-slos.yaml"].replace(
        "  name: short-queue\n", '  name: short-queue\n  annotations:\n    leadline/band: "0.5..0.8"\n'
    )
    found = handbook(tmp_path, more_slos=text.replace("    - op: lt\n      value: 50\n      target", "    - target"))
    assert found.slos["short-queue"].limit == Limit(low=0.5, high=0.8)
    assert found.slos["short-queue"].series == "queue@0.5..0.8"


def test_several_objectives_are_numbered_from_one(tmp_path: Path) -> None:
    found = handbook(tmp_path)
    assert [found.slos[name].display_name for name in ("fast/1", "fast/2")] == ["most", "nearly all"]
    assert found.slos["fast/1"].sli is found.slos["fast/2"].sli
    assert found.slos["fast/1"].sli.is_inline
    before = made.VALID["more-slos.yaml"].partition("  indicator:")[0]
    assert found.slis["fast-requests"].place.line == before.count("\n") + 1


def test_an_inline_sli_without_a_name_takes_the_objectives(tmp_path: Path) -> None:
    text = made.INLINE.replace("    metadata:\n      name: fast-requests\n", "")
    assert handbook(tmp_path, more_slos=f"{made.GAUGE_SLO}---\n{text}").slos["fast/1"].sli.id == "fast"


def test_events_name_queries_source_and_groups(tmp_path: Path) -> None:
    sli = slo(tmp_path).sli
    good, total = Query('http_requests_total{code!~"5.."}', "prom"), Query("http_requests_total", "prom")
    assert sli.measure == RatioMeasure(total=total, bad=None, good=good, counter=True)
    assert (sli.source, sli.group_by, sli.quantum, sli.is_inline) == ("prom", ("path",), 1, False)


@pytest.mark.parametrize(
    ("query", "quantum"),
    [
        ("http_requests_total", Fraction(1)),
        ("sum by (path) (http_requests_total)", Fraction(1)),
        ("increase(http_requests_total[5m])", Fraction(1, 1000)),
        ("http_seconds_total / 60", Fraction(1, 1000)),
    ],
)
def test_what_need_not_be_whole_is_kept_in_thousandths(tmp_path: Path, query: str, quantum: Fraction) -> None:
    text = made.SLI.replace("query: http_requests_total\n", f"query: {query}\n")
    assert slo(tmp_path, slis__requests=text).sli.quantum == quantum


def test_a_raw_ratio_is_kept_in_thousandths(tmp_path: Path) -> None:
    sli = handbook(tmp_path).slis["satisfied"]
    assert sli.measure == RawMeasure(Query("avg(satisfied_ratio)", "prom"), success=True)
    assert sli.quantum == Fraction(1, 1000)


def test_annotations_of_an_sli_are_read(tmp_path: Path) -> None:
    text = made.SLI.replace(
        "    leadline/groupBy: path\n",
        "    leadline/groupBy: path, code\n    leadline/quantum: 0.5\n    leadline/onlyWhen: up > 0\n"
        "    leadline/failures: crashes_total\n    example.com/other: kept\n",
    )
    sli = slo(tmp_path, slis__requests=text).sli
    assert sli.group_by == ("code", "path")
    assert (sli.quantum, sli.only_when, sli.failures) == (Fraction(1, 2), "up > 0", Query("crashes_total", "prom"))


def test_a_mean_time_between_failures_is_a_budget_of_one_in_so_many_minutes(tmp_path: Path) -> None:
    text = made.SLO.replace("leadline/onNoData: unknown", "leadline/mtbf: 24h")
    found = slo(tmp_path / "1", slo=text)
    assert found.is_mtbf
    assert (found.terms.error_budget, found.target_text, found.series) == (Fraction(1, 1440), "24h", "requests")
    sli = made.SLI.replace("    leadline/groupBy: path\n", "    leadline/failures: crashes_total\n")
    assert slo(tmp_path / "2", slo=text, slis__requests=sli).series == "requests@mtbf"
    assert slo(tmp_path / "3", slo=text.replace("    - target: 0.999", "    - displayName: x")).is_mtbf


def test_pushed_slices_need_no_query(tmp_path: Path) -> None:
    source = made.SOURCE.replace("Prometheus", "push").partition("  connectionDetails")[0]
    text = """\
apiVersion: openslo/v1
kind: SLI
metadata:
  name: requests
spec:
  ratioMetric:
    bad: {metricSource: {metricSourceRef: jobs}}
    total: {metricSource: {metricSourceRef: jobs}}
"""
    sli = slo(tmp_path, jobs=source.replace("name: prom", "name: jobs"), slis__requests=text).sli
    assert (sli.measure, sli.source) == (None, "jobs")


def test_the_only_source_of_a_type_need_not_be_named(tmp_path: Path) -> None:
    unnamed = made.SLI.replace("        metricSourceRef: prom\n", "        type: Prometheus\n")
    assert slo(tmp_path / "1", slis__requests=unnamed).sli.source == "prom"
    assert (
        slo(tmp_path / "2", slis__requests=made.SLI.replace("        metricSourceRef: prom\n", "")).sli.source == "prom"
    )
    twin = made.SOURCE.replace("name: prom", "name: twin")
    problems = loaded(tmp_path / "3", slis__requests=unnamed, twin=twin).problems
    assert {problem.what for problem in problems} == {"several DataSources fit"}
    assert "prom or twin" in problems[0].hint
    chosen = made.HANDBOOK.replace("  defaults:\n", "  defaults:\n    dataSource: twin\n")
    assert slo(tmp_path / "4", slis__requests=unnamed, twin=twin, handbook=chosen).sli.source == "twin"


@pytest.mark.parametrize("key", ["promql", "expr"])
def test_a_query_goes_by_its_other_names_too(tmp_path: Path, key: str) -> None:
    sli = slo(tmp_path, slis__requests=made.SLI.replace("query:", f"{key}:")).sli
    assert isinstance(sli.measure, RatioMeasure)
    assert sli.measure.total.text == "http_requests_total"


def test_placeholders_are_filled_before_a_query_is_checked(tmp_path: Path) -> None:
    text = made.SLI.replace("query: http_requests_total\n", "query: sum(increase(http_requests_total[{{.window}}]))\n")
    sli = slo(tmp_path, slis__requests=text).sli
    assert isinstance(sli.measure, RatioMeasure)
    assert "{{.window}}" in sli.measure.total.text


def test_the_window_of_the_handbook_serves_slos_that_name_none(tmp_path: Path) -> None:
    text = made.SLO.replace("  timeWindow:\n    - duration: 28d\n      isRolling: true\n", "")
    found = slo(tmp_path, slo=text, handbook=made.HANDBOOK.replace("  defaults:\n", "  defaults:\n    window: 7d\n"))
    assert found.terms.window == RollingWindow(timedelta(days=7))


def test_a_policy_is_chosen_by_slo_service_or_handbook(tmp_path: Path) -> None:
    strict = made.POLICY.replace("standard", "strict").replace("0.6", "0.9")
    usual = LevelThresholds()
    nine_tenths = Fraction(9, 10)
    chosen = made.SLO.replace("leadline/onNoData: unknown", "leadline/policy: strict")
    assert slo(tmp_path / "1", other=strict).terms.thresholds == usual
    assert slo(tmp_path / "2", other=strict, slo=chosen).terms.thresholds.healthy == nine_tenths
    service = made.SERVICE.replace("leadline/team: shop", "leadline/policy: strict")
    assert slo(tmp_path / "3", other=strict, service=service).terms.thresholds.healthy == nine_tenths
    default = made.HANDBOOK.replace("  defaults:\n", "  defaults:\n    policy: strict\n")
    assert slo(tmp_path / "4", other=strict, handbook=default).terms.thresholds.healthy == nine_tenths


def test_a_policy_keeps_its_verdicts(tmp_path: Path) -> None:
    rules = handbook(tmp_path).policies["standard"].rules
    assert {kind: {level.value: str(verdict) for level, verdict in row.items()} for kind, row in rules.items()} == {
        "feature": {"healthy": "allow", "warning": "approve(sre, lead)", "critical": "deny", "depleted": "deny"}
    }


def test_bands_are_sorted_from_the_highest(tmp_path: Path) -> None:
    commitment = handbook(tmp_path).agreements["customers"].commitments[0]
    assert commitment.bands == (Band(Decimal("0.99"), "none"), Band(Decimal(0), "a credit of 10 %"))
    assert (commitment.slo, commitment.sli, commitment.target) == ("availability", "requests", Decimal("0.99"))


def test_a_correction_covers_the_slices_that_start_in_it(tmp_path: Path) -> None:
    # From 12:00:30 to 13:00:30: the slice of 12:00 starts before it, that of 13:00 within it.
    found = handbook(tmp_path).corrections["move"]
    start = int(datetime(2026, 3, 1, 12, 1, tzinfo=UTC).timestamp())
    assert (found.start, found.end) == (start, start + 60 * 60)
    assert (found.mode, found.applies_to) == ("exclude", ("agreement",))
    assert (found.slos, found.services) == (("availability",), ("checkout",))


def test_the_birth_of_an_slo_is_floored_to_its_step(tmp_path: Path) -> None:
    text = made.SLO.replace("leadline/onNoData: unknown", "leadline/startsAt: 2026-03-01T12:00:59Z")
    assert slo(tmp_path, slo=text).terms.starts_at == int(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp())


def test_documents_are_recorded_canonically(tmp_path: Path) -> None:
    text = made.SLO.replace("leadline/onNoData: unknown", "leadline/effectiveFrom: 2026-03-01")
    shuffled = text.replace("target: 0.999", "target: 0.9990   # the same").replace(
        "name: availability", '"name": availability'
    )
    first, second = (
        next(one for one in handbook(tmp_path / str(n), slo=written).documents if one.name == "availability")
        for n, written in enumerate((text, shuffled))
    )
    assert first.canonical == second.canonical
    assert first.sha256 == second.sha256 == sha256(first.canonical.encode()).hexdigest()
    assert json.loads(first.canonical)["spec"]["objectives"] == [{"target": 0.999}]
    assert first.effective_from == "2026-03-01T00:00:00+00:00"
    assert (first.kind, first.place.line) == ("SLO", 1)


def test_files_are_named_from_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = made.SLO.replace("0.999", "99.9")
    write(tmp_path / "book", made.VALID | {"sub/slo.yaml": wrong.replace("name: availability", "name: second")})
    assert [problem.file for problem in load(tmp_path / "book").problems] == ["sub/slo.yaml"]
    monkeypatch.chdir(tmp_path)
    assert [problem.file for problem in load(Path("book")).problems] == ["book/sub/slo.yaml"]
    assert [problem.file for problem in load(tmp_path / "book").problems] == ["book/sub/slo.yaml"]


@pytest.fixture
def settled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A handbook whose files count as old, since tests do not wait two seconds."""
    monkeypatch.setattr(cache, "FRESH_NS", -1_000_000_000)
    return write(tmp_path, made.VALID)


def entries(folder: Path) -> list[Path]:
    return sorted((folder / ".leadline" / "cache").glob("*.pickle"))


def test_the_cache_answers_the_same(settled: Path) -> None:
    first = load(settled)
    assert len(entries(settled)) == 1
    assert load(settled) == first
    assert (settled / ".leadline" / ".gitignore").read_text() == "*\n"


def test_a_warm_start_loads_no_parser(settled: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from leadline.handbook import cache;"
        "from leadline.handbook.loader import load;"
        "cache.FRESH_NS = -10**9;"
        f"found = load(Path({str(settled)!r})); assert found.handbook;"
        "print([name for name in ('pydantic', 'promql_parser', 'yaml') if name in sys.modules])"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
        for _ in range(2)
    ]
    assert runs == ["['pydantic', 'promql_parser', 'yaml']", "[]"]


def test_a_changed_added_or_removed_file_is_seen_at_once(settled: Path) -> None:
    assert load(settled).problems == ()
    slo_file = settled / "slo.yaml"
    before = slo_file.stat()
    slo_file.write_text(made.SLO.replace("0.999", "0.998"))
    os.utime(slo_file, ns=(before.st_atime_ns, before.st_mtime_ns))
    changed = load(settled).handbook
    assert changed is not None
    assert changed.slos["availability"].target_text == "0.998"
    (settled / "extra.yaml").write_text("kind: [")
    assert load(settled).handbook is None
    (settled / "extra.yaml").unlink()
    assert load(settled).handbook is not None
    slo_file.unlink()
    assert load(settled).handbook is None


def test_young_files_are_not_trusted(tmp_path: Path) -> None:
    load(write(tmp_path, made.VALID))
    assert entries(tmp_path) == []


def test_problems_are_kept_as_well(settled: Path) -> None:
    (settled / "slo.yaml").write_text(made.SLO.replace("0.999", "99.9"))
    assert load(settled) == load(settled)
    assert load(settled).handbook is None


@pytest.mark.parametrize(
    "data", [b"", b"not a pickle", pickle.dumps({"a": 1}), pickle.dumps(Loaded(None, (), ()))[:-5]]
)
def test_a_spoilt_entry_only_costs_time(settled: Path, data: bytes) -> None:
    first = load(settled)
    entries(settled)[0].write_bytes(data)
    assert load(settled) == first


class _Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch harmed",)


def test_an_entry_from_a_stranger_runs_nothing(settled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(settled)
    first = load(settled)
    entries(settled)[0].write_bytes(pickle.dumps(_Harmful()))
    assert load(settled) == first
    assert not (settled / "harmed").exists()


def test_a_folder_that_cannot_be_written_is_read_all_the_same(settled: Path) -> None:
    (settled / ".leadline").write_text("a file where the cache would be")
    assert load(settled).problems == ()


def test_old_entries_are_cleared_away(settled: Path) -> None:
    for number in range(7):
        (settled / "extra.yaml").write_text(f"# {number}\n")
        load(settled)
    assert len(entries(settled)) == 4
