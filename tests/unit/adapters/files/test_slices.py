"""Files of slices through DuckDB: nothing is guessed, and what is wrong has the line that an editor shows."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest

from leadline.adapters.files.slices import DuckDbSliceFiles
from leadline.errors import Problem, RecordError, SpecError
from leadline.ports.slice_files import SliceRows

HEADER = "sli,start,bad,total\n"
MARCH = 1_772_366_400
"""2026-03-01T12:00:00Z."""


def written(tmp_path: Path, content: str | bytes, name: str = "slices.csv") -> Path:
    file = tmp_path / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def read(tmp_path: Path, content: str | bytes, name: str = "slices.csv") -> SliceRows:
    return DuckDbSliceFiles().read(written(tmp_path, content, name))


def refused(tmp_path: Path, content: str | bytes, name: str = "slices.csv") -> tuple[Problem, ...]:
    with pytest.raises(SpecError) as caught:
        read(tmp_path, content, name)
    return caught.value.problems


def lines(rows: SliceRows) -> list[int]:
    return [rows.line_of(row) for row in range(len(rows))]


def test_instants_are_read_in_every_form_and_without_offset_as_utc(tmp_path: Path) -> None:
    forms = [
        "2026-03-01T12:00:00Z", "2026-03-01T13:00:00+01:00", "2026-03-01 12:00:00", "2026-03-01T12:00", str(MARCH),
    ]  # fmt: skip
    rows = read(tmp_path, HEADER + "".join(f"a,{form},1,2\n" for form in forms))
    assert rows.starts.tolist() == [MARCH] * len(forms)


def test_what_is_not_a_number_keeps_its_text(tmp_path: Path) -> None:
    rows = read(tmp_path, HEADER + "a,yesterday,few,\n")
    assert np.isnan([rows.starts[0], rows.bad[0], rows.total[0]]).all()
    assert [rows.texts[name][0] for name in ("start", "bad", "total")] == ["yesterday", "few", ""]


@pytest.mark.parametrize(
    "content",
    [
        HEADER + "a,60,1,2\nb,120,3,4\n",
        HEADER + "a,60,1,2\nb,120,3,4",
        (HEADER + "a,60,1,2\nb,120,3,4\n").replace("\n", "\r\n"),
        (HEADER + "a,60,1,2\nb,120,3,4\n").replace("\n", "\r"),
        HEADER + "a,60,1,2\r\nb,120,3,4\n",
        "\ufeff" + HEADER + "a,60,1,2\nb,120,3,4\n",
        '"sli","start","bad","total"\n"a","60","1","2"\n"b","120","3","4"\n',
        "total,bad,start,sli\n2,1,60,a\n4,3,120,b\n",
    ],
    ids=["plain", "no last line end", "crlf", "cr", "mixed line ends", "bom", "quoted", "another order"],
)
def test_files_of_every_editor_read_alike(tmp_path: Path, content: str) -> None:
    rows = read(tmp_path, content)
    assert rows.slis.tolist() == ["a", "b"]
    assert (rows.starts.tolist(), rows.bad.tolist(), rows.total.tolist()) == ([60, 120], [1, 3], [2, 4])
    assert lines(rows) == [2, 3]


def test_lines_are_those_of_the_editor_after_blank_lines(tmp_path: Path) -> None:
    rows = read(tmp_path, "\n" + HEADER + "\na,60,1,2\n\n   \n\nb,60,1,2\n\n")
    assert (rows.slis.tolist(), lines(rows)) == (["a", "b"], [4, 8])


def test_lines_are_those_of_the_editor_after_line_breaks_inside_quotes(tmp_path: Path) -> None:
    rows = read(tmp_path, HEADER + '"a\nb\nc",60,1,2\nd,60,1,2\n"e\r\nf",60,1,2\ng,60,1,2\n')
    assert rows.slis.tolist() == ["a\nb\nc", "d", "e\r\nf", "g"]
    assert lines(rows) == [2, 5, 6, 8]


def test_commas_and_quotes_inside_quotes_are_text(tmp_path: Path) -> None:
    rows = read(tmp_path, "sli,start,bad,total,who\n" + 'a,60,1,2,"x, ""y"""\n')
    assert rows.labels["who"].tolist() == ['x, "y"']


def test_other_columns_are_labels(tmp_path: Path) -> None:
    rows = read(tmp_path, 'sli,region,start,bad,total,"odd ""name"""\na,eu,60,1,2,x\na,,60,1,2,\n')
    assert {name: values.tolist() for name, values in rows.labels.items()} == {
        "region": ["eu", ""], 'odd "name"': ["x", ""],
    }  # fmt: skip


@pytest.mark.parametrize("content", [HEADER, HEADER.strip(), HEADER + "\n\n"])
def test_a_header_alone_is_a_file_of_no_slices(tmp_path: Path, content: str) -> None:
    assert len(read(tmp_path, content)) == 0


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_file_lacks_every_column(tmp_path: Path, content: str) -> None:
    assert [problem.key for problem in refused(tmp_path, content)] == ["sli", "start", "bad", "total"]


@pytest.mark.parametrize(
    "header", ["sli,start,total", "sli;start;bad;total", "SLI,Start,Bad,Total", "# exported\nsli,start,bad,total"]
)
def test_a_missing_column_is_named_with_what_was_read(tmp_path: Path, header: str) -> None:
    problems = refused(tmp_path, header + "\na,60,1,2\n")
    assert "column bad is missing" in {problem.what for problem in problems}
    assert {problem.line for problem in problems} == {1}
    assert problems[0].value == header.splitlines()[0]
    assert "sli,start,bad,total" in problems[0].hint


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    [problem] = refused(tmp_path, "sli,start,bad,total,bad\na,60,1,2,3\n")
    assert (problem.line, problem.what) == (1, "column bad stands twice")


def test_a_column_without_a_name_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, "sli,start,bad,total,\na,60,1,2,\n")[0].what == "a column has no name"


def test_records_of_another_width_are_all_told_with_their_lines(tmp_path: Path) -> None:
    problems = refused(tmp_path, HEADER + 'a,60,1,2\n\nb,60,1\n"c\nd",60,1,2,3\ne,60,1,2\nf\n')
    assert [(problem.line, problem.what) for problem in problems] == [
        (4, "3 fields where the header has 4"),
        (5, "5 fields where the header has 4"),
        (8, "1 fields where the header has 4"),
    ]


def test_a_quote_that_is_never_closed_is_told_where_it_opens(tmp_path: Path) -> None:
    [problem] = refused(tmp_path, HEADER + 'a,60,1,2\n"b,60,1,2\nc,60,1,2\n')
    assert (problem.line, problem.what) == (3, "not a record")


def test_text_in_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    [problem] = refused(tmp_path, (HEADER + "a,60,1,2\nö,60,1,2\n").encode("latin-1"))
    assert (problem.line, problem.what) == (3, "not text in UTF-8")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="there is no such file"):
        DuckDbSliceFiles().read(tmp_path / "absent.csv")


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(SpecError, match="there is no such file"):
        DuckDbSliceFiles().read(tmp_path / "folder.csv")


@pytest.mark.parametrize("name", ["slices.txt", "slices", "slices.csv.gz"])
def test_another_ending_is_refused_for_reading_and_for_writing(tmp_path: Path, name: str) -> None:
    with pytest.raises(SpecError, match=r"neither \.csv nor \.parquet"):
        read(tmp_path, HEADER, name)
    with pytest.raises(SpecError, match=r"neither \.csv nor \.parquet"):
        DuckDbSliceFiles().write(tmp_path / name, SliceRows.empty(), ())


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1 rubbish PAR1", HEADER.encode()])
def test_a_broken_parquet_file_is_told(tmp_path: Path, content: bytes) -> None:
    assert refused(tmp_path, content, "slices.parquet")[0].what == "not readable as parquet"


@pytest.mark.parametrize("name", ["slices*.csv", "slices[1].csv", "slices?.csv", "it's.csv", "ümlaut.csv"])
def test_a_name_is_a_name_and_no_pattern(tmp_path: Path, name: str) -> None:
    written(tmp_path, HEADER + "other,60,1,2\n", "slices1.csv")
    assert read(tmp_path, HEADER + "a,60,1,2\n", name).slis.tolist() == ["a"]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_name_of_a_folder_is_no_column(tmp_path: Path, ending: str) -> None:
    file = tmp_path / "region=eu" / f"slices.{ending}"
    file.parent.mkdir()
    rows = SliceRows.of("a", np.array([60]), np.array([1.0]), np.array([2.0]), {})
    DuckDbSliceFiles().write(file, rows, ())
    assert dict(DuckDbSliceFiles().read(file).labels) == {}


@pytest.mark.parametrize("kind", ["TIMESTAMPTZ", "TIMESTAMP", "BIGINT", "VARCHAR"])
def test_parquet_starts_are_read_in_every_type(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "slices.parquet"
    start = str(MARCH) if kind == "BIGINT" else "'2026-03-01 12:00:00'"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        selected = f"SELECT 'a' AS sli, CAST({start} AS {kind}) AS start, 1 AS bad, 2.5 AS total"
        connection.execute(f"COPY ({selected}) TO '{file}'")
    rows = DuckDbSliceFiles().read(file)
    assert (rows.starts.tolist(), rows.total.tolist(), lines(rows)) == ([MARCH], [2.5], [1])


def test_whole_numbers_are_written_without_a_fraction_and_instants_in_utc(tmp_path: Path) -> None:
    file = tmp_path / "slices.csv"
    rows = SliceRows.of("a", np.array([MARCH]), np.array([1.0]), np.array([2.0]), {"region": "eu"})
    DuckDbSliceFiles().write(file, rows, ("region", "zone"))
    assert file.read_text() == "sli,start,bad,total,region,zone\na,2026-03-01T12:00:00Z,1,2,eu,\n"


def test_a_whole_number_is_written_without_a_fraction_beside_one_that_has_one(tmp_path: Path) -> None:
    file = tmp_path / "slices.csv"
    starts = MARCH + 60 * np.arange(4)
    rows = SliceRows.of("a", starts, np.array([3.0, 0.25, 0.0, 0.001]), np.array([4.0, 7.0, 2.0**53, 1e-9]), {})
    DuckDbSliceFiles().write(file, rows, ())
    assert [line.split(",")[2:] for line in file.read_text().splitlines()[1:]] == [
        ["3", "4"],
        ["0.25", "7"],
        ["0", "9007199254740992"],
        ["0.001", "1e-09"],
    ]


def test_writing_replaces_the_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    file = written(tmp_path, "old")
    DuckDbSliceFiles().write(file, SliceRows.empty(), ())
    assert file.read_text() == HEADER
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_that_is_not_there_cannot_be_written_to(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="cannot be written"):
        DuckDbSliceFiles().write(tmp_path / "absent" / "slices.csv", SliceRows.empty(), ())


def test_a_file_that_cannot_be_replaced_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "slices.csv" / "full").mkdir(parents=True)
    with pytest.raises(RecordError, match="cannot be written"):
        DuckDbSliceFiles().write(tmp_path / "slices.csv", SliceRows.empty(), ())
    assert [path.name for path in tmp_path.iterdir()] == ["slices.csv"]


@pytest.mark.parametrize("blank", ["", "\n"])
def test_a_hundred_thousand_rows_are_read_whole(tmp_path: Path, blank: str) -> None:
    body = "".join(f"a,{60 * row},{row % 7},{row % 7 + row % 11}\n" for row in range(100_000))
    rows = read(tmp_path, HEADER + blank + body)
    assert rows.starts.sum() == 60 * sum(range(100_000))
    assert rows.bad.sum() == sum(row % 7 for row in range(100_000))
    assert rows.line_of(99_999) == 100_001 + len(blank)
