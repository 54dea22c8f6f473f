"""What people bring in rows: every mistake with its line, nothing written when anything is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes import MemoryLedger
from instants import NOON, NOON_SECONDS
from leadline.adapters.files.slices import DuckDbSliceFiles
from leadline.core.slices import STEP, SeriesKey
from leadline.domains.measurement.model import ExportSlices, ImportSlices, RecordSlice, Stored
from leadline.domains.measurement.service import export_slices, import_slices, record_slice
from leadline.errors import NotFound, Problem, SpecError
from leadline.handbook.specs import Handbook, Limit
from made_handbooks import a_context, a_handbook, an_sli, an_slo, gauge, ratio

HEADER = "sli,start,bad,total\n"
TOLD = an_sli("requests", None, source="people")
GROUPED = an_sli("orders", None, source="people", group_by=["region", "zone"])
FINE = an_sli("volume", None, source="people", quantum="0.001")
PLAIN = a_handbook([TOLD, GROUPED, FINE])
EU = SeriesKey.of("orders", region="eu")


def at(minutes: int) -> str:
    """So many minutes before noon, as epoch seconds."""
    return str(NOON_SECONDS - minutes * STEP)


def taken(
    tmp_path: Path, content: str, ledger: MemoryLedger, handbook: Handbook = PLAIN, writer: str = "import"
) -> Stored:
    file = tmp_path / "slices.csv"
    file.write_text(content)
    context = a_context(handbook, ledger=ledger, files=DuckDbSliceFiles())
    return import_slices(ImportSlices(file=file, writer=writer), context)


def refused(tmp_path: Path, content: str, handbook: Handbook = PLAIN) -> list[Problem]:
    ledger = MemoryLedger()
    with pytest.raises(SpecError) as caught:
        taken(tmp_path, content, ledger, handbook)
    assert ledger.series() == (), "nothing is written when anything is wrong"
    assert {problem.file for problem in caught.value.problems} == {str(tmp_path / "slices.csv")}
    return list(caught.value.problems)


def told(problems: list[Problem]) -> list[tuple[int, str, str, str]]:
    return [(problem.line, problem.key, problem.what, problem.value) for problem in problems]


def slices(ledger: MemoryLedger, key: SeriesKey) -> dict[int, tuple[int, int]]:
    """Minutes before noon → bad and total."""
    dense = ledger.read([key.sli], NOON_SECONDS - 7200, NOON_SECONDS + 3600)[key]
    rows = zip(dense.seen.tolist(), dense.bad.tolist(), dense.total.tolist(), strict=True)
    return {120 - place: (bad, total) for place, (seen, bad, total) in enumerate(rows) if seen}


def test_rows_become_slices_in_any_order(tmp_path: Path) -> None:
    ledger = MemoryLedger()
    stored = taken(tmp_path, f"{HEADER}requests,{at(1)},1,10\nrequests,{at(3)},0,0\nrequests,{at(2)},2,20\n", ledger)
    assert slices(ledger, SeriesKey("requests")) == {3: (0, 0), 2: (2, 20), 1: (1, 10)}
    assert (stored.slices, stored.series, stored.warnings) == (3, 1, ())


@pytest.mark.parametrize(
    ("row", "key", "what", "value"),
    [
        (f"requests,{NOON_SECONDS - 59},1,2", "start", "not aligned", str(NOON_SECONDS - 59)),
        ("requests,2026-03-04T11:00:30Z,1,2", "start", "not aligned", "2026-03-04T11:00:30Z"),
        (f"requests,{NOON_SECONDS - 60}.5,1,2", "start", "not aligned", f"{NOON_SECONDS - 60}.5"),
        ("requests,yesterday,1,2", "start", "not an instant", "yesterday"),
        ("requests,,1,2", "start", "not an instant", ""),
        ("requests,infinity,1,2", "start", "not an instant", "infinity"),
        ("requests,1969-12-31T23:59:00Z,1,2", "start", "before 1970", "1969-12-31T23:59:00Z"),
        (f"requests,{NOON_SECONDS + 360},1,2", "start", "more than 5 min in the future", str(NOON_SECONDS + 360)),
        (f"requests,{NOON_SECONDS * 1000},1,2", "start", "more than 5 min in the future", f"{NOON_SECONDS}000"),
        (f"requests,{at(1)},-1,2", "bad", "negative", "-1"),
        (f"requests,{at(1)},3,2", "bad", "bad exceeds total", "3"),
        (f"requests,{at(1)},few,2", "bad", "not a number", "few"),
        (f"requests,{at(1)},nan,2", "bad", "not a number", "nan"),
        (f"requests,{at(1)},1,inf", "total", "not a number", "inf"),
        (f"requests,{at(1)},1,", "total", "not a number", ""),
        (f"requests,{at(1)},1,1e300", "total", "too large", "1e300"),
        (f"requests,{at(1)},0.5,2", "bad", "not a whole number of the SLI's quantum", "0.5"),
        (f"volume,{at(1)},0,0.0005", "total", "not a whole number of the SLI's quantum", "0.0005"),
        (f"request,{at(1)},1,2", "sli", "no such SLI", "request"),
        (f",{at(1)},1,2", "sli", "no such SLI", ""),
    ],
)
def test_a_row_that_is_wrong_is_refused_with_its_line(
    tmp_path: Path, row: str, key: str, what: str, value: str
) -> None:
    problems = refused(tmp_path, f"{HEADER}requests,{at(5)},0,1\n{row}\nrequests,{at(6)},0,1\n")
    assert told(problems) == [(3, key, what, value)]
    assert problems[0].hint


def test_an_sli_that_is_not_there_is_answered_with_the_nearest(tmp_path: Path) -> None:
    assert refused(tmp_path, f"{HEADER}request,{at(1)},1,2\n")[0].hint == "did you mean requests?"


def test_five_minutes_ahead_is_a_clock_and_no_mistake(tmp_path: Path) -> None:
    ledger = MemoryLedger()
    taken(tmp_path, f"{HEADER}requests,{at(-5)},1,2\n", ledger)
    assert slices(ledger, SeriesKey("requests")) == {-5: (1, 2)}


def test_every_mistake_is_told_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    content = f"{HEADER}requests,{at(1)},3,2\nrequests,never,-1,2\nrequests,{at(1)},1,2\n\nwho,{at(1)},1,2\n"
    assert told(refused(tmp_path, content)) == [
        (2, "bad", "bad exceeds total", "3"),
        (3, "bad", "negative", "-1"),
        (3, "start", "not an instant", "never"),
        (6, "sli", "no such SLI", "who"),
    ]


def test_of_very_many_mistakes_fifty_are_shown_and_the_rest_counted(tmp_path: Path) -> None:
    problems = refused(tmp_path, HEADER + f"requests,{at(1)},3,2\n" * 80)
    assert len(problems) == 51
    assert sum(problem.what == "30 more problems" for problem in problems) == 1


def test_very_many_undeclared_columns_are_a_refusal_and_not_a_defect(tmp_path: Path) -> None:
    names = [f"column{number}" for number in range(60)]
    problems = refused(tmp_path, f"sli,start,bad,total,{','.join(names)}\nrequests,{at(1)},3,2{',' * 60}\n")
    assert {problem.what for problem in problems} >= {"no SLI declares this label"}


def test_a_column_that_no_sli_declares_is_refused_at_the_header(tmp_path: Path) -> None:
    problems = refused(tmp_path, f"sli,start,bad,total,colour\nrequests,{at(1)},1,2,red\n")
    assert (1, "colour", "no SLI declares this label", "colour") in told(problems)


def test_a_label_that_another_sli_declares_is_refused_at_its_row(tmp_path: Path) -> None:
    content = f"sli,start,bad,total,region\norders,{at(1)},1,2,eu\nrequests,{at(1)},1,2,eu\nrequests,{at(2)},1,2,\n"
    assert told(refused(tmp_path, content)) == [(3, "region", "the SLI does not declare this label", "eu")]


def test_declared_labels_name_the_group_and_an_empty_one_is_absent(tmp_path: Path) -> None:
    ledger = MemoryLedger()
    rows = [f"orders,{at(1)},1,2,eu,", f"orders,{at(1)},2,4,us,a", f"orders,{at(1)},0,1,,"]
    taken(tmp_path, "sli,start,bad,total,region,zone\n" + "\n".join(rows) + "\n", ledger)
    assert ledger.series() == (SeriesKey("orders"), EU, SeriesKey.of("orders", region="us", zone="a"))


def test_of_rows_that_name_one_slice_the_last_stands_and_a_warning_says_so(tmp_path: Path) -> None:
    ledger = MemoryLedger()
    stored = taken(tmp_path, f"{HEADER}requests,{at(1)},1,2\nrequests,{at(2)},0,5\nrequests,{at(1)},3,4\n", ledger)
    assert slices(ledger, SeriesKey("requests")) == {2: (0, 5), 1: (3, 4)}
    assert stored.slices == 2
    assert stored.warnings == ("1 row(s) name a slice that a later row names again; the last one stands",)


def test_importing_twice_counts_once(tmp_path: Path) -> None:
    ledger, content = MemoryLedger(), f"{HEADER}requests,{at(1)},1,2\n"
    taken(tmp_path, content, ledger)
    taken(tmp_path, content, ledger)
    assert slices(ledger, SeriesKey("requests")) == {1: (1, 2)}


def test_another_writer_adds_and_an_sli_that_is_collected_is_warned_of(tmp_path: Path) -> None:
    handbook, ledger = a_handbook([an_sli(measure=ratio(bad="errors"))]), MemoryLedger()
    content = f"{HEADER}requests,{at(1)},1,2\n"
    [warning] = taken(tmp_path, content, ledger, handbook).warnings
    assert "--writer prom" in warning
    [other] = taken(tmp_path, content, ledger, handbook, writer="prom").warnings
    assert "written by import too" in other
    assert slices(ledger, SeriesKey("requests")) == {1: (2, 4)}


def test_failures_may_outnumber_minutes_where_an_objective_says_so(tmp_path: Path) -> None:
    up = an_sli("up", None, source="people")
    handbook, ledger = a_handbook([up], [an_slo(up, mtbf_minutes=1440)]), MemoryLedger()
    taken(tmp_path, f"{HEADER}up,{at(1)},3,1\n", ledger, handbook)
    assert slices(ledger, SeriesKey("up")) == {1: (3, 1)}


def test_a_gauge_is_imported_under_the_name_of_its_limit(tmp_path: Path) -> None:
    cpu = an_sli("cpu", gauge())
    handbook = a_handbook([cpu], [an_slo(cpu, limit=Limit("lt", 0.8))])
    ledger = MemoryLedger()
    taken(tmp_path, f"{HEADER}cpu@lt0.8,{at(1)},1,1\n", ledger, handbook)
    assert slices(ledger, SeriesKey("cpu@lt0.8")) == {1: (1, 1)}
    taken(tmp_path, f"{HEADER}cpu,{at(2)},0,1\n", ledger, handbook)
    assert slices(ledger, SeriesKey("cpu@lt0.8")) == {1: (1, 1), 2: (0, 1)}, "one limit, so the SLI's id will do"
    slos = [an_slo(cpu, "low", limit=Limit("lt", 0.5)), an_slo(cpu, "high", limit=Limit("lt", 0.8))]
    hint = refused(tmp_path, f"{HEADER}cpu,{at(1)},1,1\n", a_handbook([cpu], slos))[0].hint
    assert hint == "write one of cpu@lt0.5, cpu@lt0.8"


def test_a_file_that_was_exported_and_is_imported_beside_its_first_writer_is_warned_of(tmp_path: Path) -> None:
    ledger, content = MemoryLedger(), f"{HEADER}requests,{at(1)},1,2\n"
    assert taken(tmp_path, content, ledger, writer="record").warnings == ()
    [warning] = taken(tmp_path, content, ledger).warnings
    assert "written by record too" in warning
    assert "--writer record" in warning


def test_fractions_are_kept_in_quanta(tmp_path: Path) -> None:
    ledger = MemoryLedger()
    taken(tmp_path, f"{HEADER}volume,{at(1)},0.123,10.1\n", ledger)
    assert slices(ledger, SeriesKey("volume")) == {1: (123, 10_100)}


def record(ledger: MemoryLedger, **fields: object) -> Stored:
    wanted: dict[str, object] = {"sli": "requests", "bad": 1, "total": 10} | fields
    return record_slice(RecordSlice.model_validate(wanted), a_context(PLAIN, ledger=ledger))


def test_a_slice_that_is_recorded_by_hand_is_the_last_whole_minute() -> None:
    ledger = MemoryLedger()
    record(ledger)
    assert slices(ledger, SeriesKey("requests")) == {1: (1, 10)}


def test_recording_again_replaces() -> None:
    ledger = MemoryLedger()
    record(ledger)
    record(ledger, bad=2)
    assert slices(ledger, SeriesKey("requests")) == {1: (2, 10)}


def test_a_recorded_group_is_a_leaf_of_its_own() -> None:
    ledger = MemoryLedger()
    record(ledger, sli="orders", labels={"region": "eu"})
    assert slices(ledger, EU) == {1: (1, 10)}


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"bad": 11}, "bad exceeds total"),
        ({"labels": {"region": "eu"}}, "the SLI does not declare this label"),
        ({"labels": {"colour": "red"}}, "no SLI declares this label"),
        ({"start": "2026-03-04T11:00:30Z"}, "not aligned"),
        ({"sli": "request"}, "no such SLI"),
        ({"bad": 0.5}, "not a whole number of the SLI's quantum"),
    ],
)
def test_a_record_is_refused_as_a_row_is(fields: dict[str, object], what: str) -> None:
    ledger = MemoryLedger()
    with pytest.raises(SpecError) as caught:
        record(ledger, **fields)
    assert what in {problem.what for problem in caught.value.problems}
    assert {problem.line for problem in caught.value.problems} == {0}
    assert ledger.series() == ()


def test_eb_12_negative_counts_are_refused_and_refunds_are_pointed_to_corrections(tmp_path: Path) -> None:
    [problem] = refused(tmp_path, f"{HEADER}requests,{at(1)},-5,10\n")
    assert (problem.line, problem.what) == (2, "negative")
    assert "Corrections" in problem.hint


def test_eb_08_totals_are_kept_beside_what_went_wrong(tmp_path: Path) -> None:
    ledger = MemoryLedger()
    taken(tmp_path, f"{HEADER}requests,{at(2)},0,1000000\nrequests,{at(1)},5,10\n", ledger)
    assert sum(total for _, total in slices(ledger, SeriesKey("requests")).values()) == 1_000_010


def exported(tmp_path: Path, ledger: MemoryLedger, name: str = "out.csv", **fields: object) -> tuple[Stored, list[str]]:
    file = tmp_path / name
    request = ExportSlices.model_validate({"file": file} | fields)
    stored = export_slices(request, a_context(PLAIN, ledger=ledger, files=DuckDbSliceFiles()))
    return stored, file.read_text().splitlines() if name.endswith("csv") else []


def test_an_export_holds_the_seen_slices_of_every_sli_with_its_labels(tmp_path: Path) -> None:
    ledger = MemoryLedger()
    record(ledger)
    record(ledger, sli="orders", labels={"region": "eu"}, start="2026-03-04T11:00:00Z")
    stored, lines = exported(tmp_path, ledger)
    assert (stored.slices, stored.series) == (2, 2)
    assert lines == [
        "sli,start,bad,total,region,zone",
        "requests,2026-03-04T11:59:00Z,1,10,,",
        "orders,2026-03-04T11:00:00Z,1,10,eu,",
    ]


def test_an_export_of_a_span_is_half_open(tmp_path: Path) -> None:
    ledger = MemoryLedger()
    for minute in (57, 58, 59):
        record(ledger, start=f"2026-03-04T11:{minute}:00Z")
    stored, _ = exported(tmp_path, ledger, start="2026-03-04T11:58:00Z", end="2026-03-04T11:59:00Z")
    assert stored.slices == 1


def test_an_export_of_an_empty_span_or_ledger_is_a_file_of_no_slices(tmp_path: Path) -> None:
    ledger = MemoryLedger()
    assert exported(tmp_path, ledger)[1] == ["sli,start,bad,total"]
    record(ledger)
    stored, lines = exported(tmp_path, ledger, start=NOON, end="2026-03-04T11:00:00Z")
    assert (stored.slices, len(lines)) == (0, 1)


def test_an_export_of_an_sli_that_is_not_there_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="did you mean requests"):
        exported(tmp_path, MemoryLedger(), slis=["request"])
