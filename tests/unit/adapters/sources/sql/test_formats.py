"""Lines of each format become typed columns, and SQL can do with them what it should and nothing else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from access_logs import COUNTED, asked, line, numbers, totals, weblog, written
from instants import NOON_SECONDS
from leadline.adapters.sources.sql import SqlSource
from leadline.adapters.sources.sql.files import PIECE
from leadline.adapters.sources.sql.formats import nginx_shape
from leadline.errors import SourceError
from leadline.ports.source import Role


def sums(folder: Path, expression: str, **connection: object) -> float | None:
    """A sum over the rows of the minute after noon."""
    return totals(weblog(folder, **connection), f"SELECT time, {expression} AS total FROM log", (0, 1))[0]


def test_the_combined_format_has_the_usual_columns(tmp_path: Path) -> None:
    text = line(1) + line(2, 503, "POST /b%20c HTTP/2.0") + line(3, 400, "\\x16\\x03\\x01")
    written(tmp_path / "access.log", text, 61)
    assert sums(tmp_path, "status") == 200 + 503 + 400
    assert sums(tmp_path, "bytes") == 3 * 612
    assert sums(tmp_path, "(method = 'GET' AND path = '/a')") == 1
    assert sums(tmp_path, "(method = 'POST' AND path = '/b%20c')") == 1
    assert sums(tmp_path, "(method IS NULL AND request IS NOT NULL)") == 1, "no request that nginx could read"
    assert sums(tmp_path, "(remote_user IS NULL AND http_user_agent = 'curl/8.5.0')") == 3
    assert sums(tmp_path, "(request_time IS NULL)") == 3, "this format does not say it"


@pytest.mark.parametrize(
    ("time", "text"),
    [
        ("[$time_local]", "[04/Mar/2026:13:00:01 +0100]"),
        ("$time_iso8601", "2026-03-04T12:00:01+00:00"),
        ("$msec", f"{NOON_SECONDS + 1}.250"),
        ("$msec $time_iso8601", f"{NOON_SECONDS + 1}.250 1999-01-01T00:00:00+00:00"),
    ],
)
def test_a_log_format_may_say_when_in_any_of_nginx_ways(time: str, text: str, tmp_path: Path) -> None:
    log_format = f'{time} ${{request_method}} "$request_uri" $status $request_time "$upstream_response_time"'
    written(
        tmp_path / "access.log", f'{text} GET "/a?b=1 c" 204 0.250 "0.100"\n{text} PUT "/d" 502 1.5 "0.1, 0.2"\n', 61
    )
    assert sums(tmp_path, "request_time", logFormat=log_format) == 1.75
    assert sums(tmp_path, "(path = '/a' AND method = 'GET')", logFormat=log_format) == 1
    assert sums(tmp_path, "upstream_response_time", logFormat=log_format) == 0.1


@pytest.mark.parametrize(
    ("log_format", "what"),
    [('"$request" $status', "none of $msec"), ("$time_local$status", "$status follows another variable")],
)
def test_a_log_format_that_cannot_be_told_apart_is_refused(log_format: str, what: str) -> None:
    with pytest.raises(ValueError, match=what.replace("$", r"\$")):
        nginx_shape(log_format)


@pytest.mark.parametrize(
    "when", ["2026-03-04T12:00:01Z", "2026-03-04 12:00:01.5", NOON_SECONDS + 1, (NOON_SECONDS + 1) * 1000 + 7]
)
def test_lines_of_json_say_when_as_programs_do(when: object, tmp_path: Path) -> None:
    row = {"ts": when, "status": "500", "ms": 12.5, "http": {"route": "/a"}}
    written(tmp_path / "access.log", json.dumps(row) + '\n{"ts": tru', 61)
    told = {"format": "json", "time": "ts", "columns": {"status": "INTEGER", "ms": "DOUBLE"}}
    assert sums(tmp_path, "(status = 500 AND ms > 12 AND line->>'$.http.route' = '/a')", **told) == 1


def test_json_has_the_usual_columns_unless_told_otherwise_and_a_whole_last_line_counts(tmp_path: Path) -> None:
    row = {"time": "2026-03-04T12:00:01Z", "status": 500, "path": "/a", "request_time": 0.5}
    written(tmp_path / "access.log", json.dumps(row), 61)
    assert (
        sums(tmp_path, "(status = 500 AND path = '/a' AND request_time = 0.5 AND method IS NULL)", format="json") == 1
    )


def test_good_and_bad_and_a_gauge_are_columns_of_their_names(tmp_path: Path) -> None:
    written(tmp_path / "access.log", line(1) + line(2, 500) + line(3, 404), 61)
    text = (
        "SELECT time, status >= 500 AS bad, status < 500 AS good, 1 AS total, status AS value FROM events -- all;\n ; "
    )
    answers = asked(weblog(tmp_path), text, Role.TOTAL, Role.BAD, Role.GOOD, Role.VALUE, minutes=(0, 1))
    assert [numbers(answer) for answer in answers.values()] == [[3], [1], [2], [404]]


def test_sql_that_groups_by_itself_answers_start(tmp_path: Path) -> None:
    written(tmp_path / "access.log", line(1) + line(2) + line(61), 121)
    text = (
        "WITH minutes AS (SELECT time_bucket(INTERVAL 1 MINUTE, time) AS start, count(*) AS total FROM log GROUP BY 1)"
        " SELECT * FROM minutes WHERE start >= $start AND start < $end"
    )
    assert totals(weblog(tmp_path), text, (0, 2)) == [2, 1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT time, stat FROM log", 'Referenced column "stat" not found'),
        ("SELECT tim", "tim"),
        ("SELECT time FROM log", "answers no column total (it answers time); write … AS total"),
        ("SELECT 1 AS total FROM log", "answers no column start or time"),
        ("SELECT 'noon' AS time, 1 AS total FROM log", "neither an instant nor a number"),
        (
            "SELECT time, 1 AS total FROM log WHERE time < $until",
            "no such parameter: $until; known are $start and $end",
        ),
        ("SELECT time, 1 AS total FROM log; SELECT 2", "not one SELECT"),
        ("DELETE FROM log", "not one SELECT"),
        ("COPY log TO 'stolen.csv'", "not one SELECT"),
        ("SELECT time, 1 AS total FROM log, read_text('/etc/hostname')", "disabled by configuration"),
        ("SELECT 1 AS total, now() AS time FROM read_csv('/etc/passwd')", "disabled by configuration"),
        ("ATTACH 'x.db'", "not one SELECT"),
        ("INSTALL httpfs", "not one SELECT"),
        ("SET enable_external_access = true", "not one SELECT"),
    ],
)
def test_sql_that_is_wrong_or_wants_more_than_to_read_is_an_error_with_the_databases_words(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "access.log", line(1), 61)
    error = asked(weblog(tmp_path), text)[Role.TOTAL].error
    assert isinstance(error, SourceError)
    assert said in str(error)
    assert [path.name for path in tmp_path.iterdir()] == ["access.log"]


def test_one_wrong_sql_spoils_no_other(tmp_path: Path) -> None:
    written(tmp_path / "access.log", line(1), 61)
    source = weblog(tmp_path)
    assert asked(source, "SELECT nothing FROM log")[Role.TOTAL].error is not None
    assert totals(source)[0] == 1


def test_of_a_long_log_only_what_may_matter_is_read_and_memory_is_bounded(tmp_path: Path) -> None:
    seconds, per_second = 7200, 60
    with (tmp_path / "access.log").open("w") as log:
        log.write("what stands here is not a line\n")
        log.writelines(line(second) * per_second for second in range(seconds))
    os.utime(tmp_path / "access.log", (NOON_SECONDS + seconds,) * 2)
    assert (tmp_path / "access.log").stat().st_size > 2 * PIECE
    source = weblog(tmp_path, memoryMegabytes=64)
    late = asked(source, minutes=(100, 119))[Role.TOTAL]
    assert late.groups[()].tolist() == [60.0 * per_second] * 19
    assert late.warnings == (), "its beginning was not looked at"
    whole = asked(source, minutes=(0, 120))[Role.TOTAL]
    assert whole.groups[()].sum() == seconds * per_second
    assert len(whole.warnings) == 1


CSV = "at,code,ms\n2026-03-04T12:00:01Z,200,10\n2026-03-04T12:00:02Z,500,20\n2026-03-04T12:01:01Z,200,x\n"


def test_rows_of_csv_have_the_types_that_they_look_like(tmp_path: Path) -> None:
    written(tmp_path / "access.log", CSV.replace("x", "5"), 121)
    written(tmp_path / "access.log.1", "at,code,ms\n2026-03-04T11:59:59Z,200,1\n2026-03-04T12:00:03Z,200,1\n", 4)
    source = weblog(tmp_path, format="csv", time="at")
    text = "SELECT time, code >= 500 AS bad, 1 AS total, ms AS value FROM log"
    assert totals(source, text, (0, 2)) == [3, 1]
    assert numbers(asked(source, text, Role.VALUE, minutes=(0, 2))[Role.VALUE]) == [1, 5]


def test_rows_of_csv_that_are_broken_are_counted_and_told(tmp_path: Path) -> None:
    rows = "".join(f"2026-03-04T12:00:{second:02}Z,200,{second}\n" for second in range(50))
    log = written(tmp_path / "access.log", "at,code,ms\n" + rows + "2026-03-04T12:00:59Z,20", 121)
    answer = asked(weblog(tmp_path, format="csv", time="at"), "SELECT time, 1 AS total FROM log")[Role.TOTAL]
    assert answer.groups[()][0] == 50
    (told,) = answer.warnings
    assert told == f"{log}: 1 line is no row of the file's columns and left out, such as: 2026-03-04T12:00:59Z,20"


def test_time_of_a_table_may_be_an_expression_and_a_missing_column_is_told(tmp_path: Path) -> None:
    written(tmp_path / "access.log", f"at_ms,code\n{NOON_SECONDS * 1000 + 1},200\n", 121)
    told = {"format": "csv", "time": "to_timestamp(at_ms / 1000)"}
    assert totals(weblog(tmp_path, **told), "SELECT time, 1 AS total FROM log", (0, 2)) == [1, 0]
    error = asked(weblog(tmp_path, format="csv", time="at"), "SELECT time, 1 AS total FROM log")[Role.TOTAL].error
    assert 'Referenced column "at" not found' in str(error)


def test_an_expression_for_the_time_runs_no_other_statement(tmp_path: Path) -> None:
    written(tmp_path / "access.log", CSV.replace("x", "5"), 121)
    time = f"1); COPY (SELECT 1) TO '{tmp_path}/stolen.csv'; SELECT (1"
    assert "time is not one expression" in str(asked(weblog(tmp_path, format="csv", time=time))[Role.TOTAL].error)
    assert [path.name for path in tmp_path.iterdir()] == ["access.log"]


def test_a_folder_with_a_pattern_in_its_name_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "a[1]"
    folder.mkdir()
    written(folder / "access.csv", CSV.replace("x", "5"), 121)
    source = SqlSource("rows", {"files": str(tmp_path / "a*" / "access.csv"), "format": "csv", "time": "at"}, {})
    assert totals(source, "SELECT time, 1 AS total FROM log", (0, 2)) == [2, 1]


def test_queries_of_one_text_read_one_instant(tmp_path: Path) -> None:
    written(tmp_path / "access.log", line(1) + line(2, 500), 61)
    answers = asked(weblog(tmp_path), COUNTED, Role.TOTAL, Role.BAD, minutes=(0, 1))
    assert {role: numbers(answer) for role, answer in answers.items()} == {Role.TOTAL: [2], Role.BAD: [1]}
