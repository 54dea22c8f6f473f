"""What silence of a log means, and what is left out is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from access_logs import asked, line, totals, weblog, written
from instants import NOON_SECONDS
from leadline.errors import SourceError
from leadline.ports.source import Role


def test_a_step_without_lines_is_no_traffic_when_a_later_line_is_there(tmp_path: Path) -> None:
    written(tmp_path / "access.log", line(1) + line(185), 185)
    assert totals(weblog(tmp_path)) == [1, 0, 0, 1, None]


def test_silence_at_the_end_of_a_log_is_not_success(tmp_path: Path) -> None:
    written(tmp_path / "access.log", line(1), 1)
    answer = asked(weblog(tmp_path))[Role.TOTAL]
    assert totals(weblog(tmp_path)) == [1, None, None, None, None]
    assert answer.known_until == NOON_SECONDS + 1, "what comes later is asked for again"


def test_a_file_that_was_touched_later_is_known_until_then(tmp_path: Path) -> None:
    written(tmp_path / "access.log", line(1), 200)
    assert totals(weblog(tmp_path)) == [1, 0, 0, None, None]


def test_time_before_the_first_line_is_unknown(tmp_path: Path) -> None:
    written(tmp_path / "access.log", line(125) + line(290), 301)
    assert totals(weblog(tmp_path)) == [None, None, 1, 0, 1]


def test_a_new_empty_log_beside_a_rotated_one_says_that_nothing_came(tmp_path: Path) -> None:
    written(tmp_path / "access.log.1", line(1), 1)
    written(tmp_path / "access.log", "", 130)
    assert totals(weblog(tmp_path)) == [1, 0, None, None, None]


def test_an_old_log_tells_that_the_history_began_before(tmp_path: Path) -> None:
    written(tmp_path / "access.log.1", line(-90_000), -89_000)
    written(tmp_path / "access.log", line(250), 301)
    assert totals(weblog(tmp_path)) == [0, 0, 0, 0, 1]


def test_logs_without_a_line_know_nothing(tmp_path: Path) -> None:
    written(tmp_path / "access.log", "", 301)
    answer = asked(weblog(tmp_path))[Role.TOTAL]
    assert (answer.groups, answer.error, answer.known_until) == ({}, None, None)


def test_a_group_is_silent_like_the_log(tmp_path: Path) -> None:
    written(tmp_path / "access.log", line(1) + line(70, 500, "POST /b HTTP/1.1") + line(200), 200)
    text = "SELECT time, 1 AS total, method FROM log"
    answer = asked(weblog(tmp_path), text, group_by=["method"])[Role.TOTAL]
    assert {labels: values[:3].tolist() for labels, values in answer.groups.items()} == {
        (("method", "GET"),): [1, 0, 0],
        (("method", "POST"),): [0, 1, 0],
    }


def test_a_number_that_the_sql_leaves_open_is_unknown_and_not_zero(tmp_path: Path) -> None:
    written(tmp_path / "access.log", line(1) + line(61) + line(181), 181)
    text = "SELECT time, CASE WHEN time < $start + INTERVAL 1 MINUTE THEN NULL ELSE 1 END AS total FROM log"
    assert totals(weblog(tmp_path), text) == [None, 1, 0, 1, None]


def test_garbage_and_a_half_written_line_are_counted_and_told_with_their_file(tmp_path: Path) -> None:
    text = line(1) + "\x16\x03\x01 nonsense\n\n" + line(2) + "more\n" + line(70)[:40]
    log = written(tmp_path / "access.log", text, 70)
    answer = asked(weblog(tmp_path))[Role.TOTAL]
    assert answer.groups[()][0] == 2
    half, garbage = answer.warnings
    assert half.startswith(f"{log}: 1 line is not yet written to its end and left out, such as: 192.0.2.1")
    assert garbage == f"{log}: 2 lines are not of the format and left out, such as: ··· nonsense"


def test_what_was_half_written_is_counted_once_it_is_whole(tmp_path: Path) -> None:
    whole = line(1) + line(2)
    for size, expected in ((len(whole) - 9, 1), (len(whole) - 1, 1), (len(whole), 2)):
        written(tmp_path / "access.log", whole[:size], 2)
        assert totals(weblog(tmp_path))[0] == expected


def test_a_log_in_another_format_is_an_error_that_shows_a_line(tmp_path: Path) -> None:
    written(tmp_path / "access.log", "2026-03-04 12:00:01 GET /\n", 1)
    error = asked(weblog(tmp_path))[Role.TOTAL].error
    assert isinstance(error, SourceError)
    assert f"no line of {tmp_path}/access.log is of logFormat $remote_addr" in str(error)
    assert "2026-03-04 12:00:01 GET /; write the format that the file has" in str(error)


def test_no_file_is_an_error_and_no_answer(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no file matches .*access\.log\*"):
        weblog(tmp_path).check()


def test_sql_that_finds_nothing_in_a_busy_hour_is_told(tmp_path: Path) -> None:
    written(tmp_path / "access.log", "".join(line(60 * minute) for minute in range(70)), 4200)
    text = "SELECT time, 1 AS total FROM log WHERE path = '/chekcout'"
    answer = asked(weblog(tmp_path), text, minutes=(0, 60))[Role.TOTAL]
    assert answer.groups[()].tolist() == [0.0] * 60
    assert answer.warnings == ("the SQL answered no row although the log has some; look at its WHERE",)
