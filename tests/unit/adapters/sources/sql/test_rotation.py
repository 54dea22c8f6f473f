"""Rotation in every manner loses no line and counts none twice."""

from __future__ import annotations

import gzip
import os
import shutil
import threading
from contextlib import ExitStack
from pathlib import Path

from access_logs import asked, line, totals, weblog, written
from instants import NOON_SECONDS
from leadline.adapters.sources.sql import files
from leadline.ports.source import Role

MANY = "".join(line(second) for second in range(60))


def packed(path: Path, text: str, modified_after_noon: float) -> None:
    path.write_bytes(gzip.compress(text.encode()))
    os.utime(path, (NOON_SECONDS + modified_after_noon,) * 2)


def test_renamed_and_compressed_logs_are_read_as_one(tmp_path: Path) -> None:
    packed(tmp_path / "access.log.2.gz", MANY, 60)
    written(tmp_path / "access.log.1", line(61) + line(62), 62)
    written(tmp_path / "access.log", line(121), 181)
    assert totals(weblog(tmp_path)) == [60, 2, 1, None, None]


def test_a_log_that_is_being_compressed_is_counted_once(tmp_path: Path) -> None:
    written(tmp_path / "access.log.1", MANY, 60)
    (tmp_path / "access.log.1.gz").write_bytes(gzip.compress(MANY.encode())[:50])
    assert totals(weblog(tmp_path))[0] == 60


def test_a_log_that_is_copied_before_it_is_truncated_is_counted_once(tmp_path: Path) -> None:
    written(tmp_path / "access.log", MANY + line(70), 70)
    written(tmp_path / "access.log.1", MANY[:-20], 60)
    assert totals(weblog(tmp_path))[0] == 60
    written(tmp_path / "access.log.1", MANY + line(70), 70)
    assert totals(weblog(tmp_path))[:2] == [60, 1]
    written(tmp_path / "access.log", "", 75)
    assert totals(weblog(tmp_path))[:2] == [60, 1]


def test_a_log_with_a_second_name_is_counted_once(tmp_path: Path) -> None:
    written(tmp_path / "access.log", MANY, 60)
    os.link(tmp_path / "access.log", tmp_path / "access.log.hard")
    (tmp_path / "access.log.soft").symlink_to(tmp_path / "access.log")
    assert totals(weblog(tmp_path))[0] == 60


def test_logs_of_two_servers_that_begin_alike_are_both_counted(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        written(tmp_path / name / "access.log", MANY, 60)
    assert totals(weblog(tmp_path, files=str(tmp_path / "*" / "access.log")))[0] == 120


def test_a_hole_that_truncation_leaves_spoils_no_line(tmp_path: Path) -> None:
    written(tmp_path / "access.log", "\0" * 5000 + MANY, 60)
    assert totals(weblog(tmp_path))[0] == 60


def test_files_that_were_renamed_while_they_were_opened_are_opened_again(tmp_path: Path) -> None:
    log = written(tmp_path / "access.log", MANY, 60)
    patterns = [str(tmp_path / "access.log*")]
    with ExitStack() as stack:
        found = files._opened(stack, "weblog", files.matching(patterns))
        assert found is not None
        assert files._is_still_so(found, patterns)
        log.rename(tmp_path / "access.log.1")
        log.touch()
        assert not files._is_still_so(found, patterns)
        assert files._opened(stack, "weblog", [tmp_path / "access.log.2"]) is None


def test_a_log_cut_off_within_gzip_is_an_error_and_not_a_smaller_number(tmp_path: Path) -> None:
    packed(tmp_path / "access.log.1.gz", MANY, 60)
    cut = (tmp_path / "access.log.1.gz").read_bytes()[:-30]
    (tmp_path / "access.log.1.gz").write_bytes(cut)
    assert "cannot be read" in str(asked(weblog(tmp_path))[Role.TOTAL].error)


def test_a_reader_sees_every_line_once_while_the_log_rotates(tmp_path: Path) -> None:
    """A writer renames, compresses and writes on; each reading has what was written before it, and no more than all."""
    log, lines, count = tmp_path / "access.log", 420, 0
    log.touch()

    def write() -> None:
        nonlocal count
        for number in range(lines):
            with log.open("a") as file:
                file.write(line(number % 60, request=f"GET /{number} HTTP/1.1"))
            count += 1
            if number % 7 == 6:
                log.rename(tmp_path / f"access.log.{number}")
                log.touch()
            if number % 21 == 20:
                old = tmp_path / f"access.log.{number}"
                with old.open("rb") as plain, gzip.open(f"{old}.gz", "wb") as compressed:
                    shutil.copyfileobj(plain, compressed)
                old.unlink()

    writer = threading.Thread(target=write)
    writer.start()
    while writer.is_alive():
        before = count
        answer = asked(weblog(tmp_path))[Role.TOTAL]
        after = count + 1
        if answer.error is not None:
            assert "change while they are opened" in str(answer.error)
        else:
            assert before <= (answer.groups[()][0] if answer.groups else 0) <= after
    assert totals(weblog(tmp_path))[0] == lines
