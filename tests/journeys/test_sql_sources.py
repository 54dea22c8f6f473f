"""A log beside a handbook, collected from the command line: what came late, what was silent, what was wrong."""

from __future__ import annotations

import os
from pathlib import Path

from access_logs import line, written
from instants import NOON_SECONDS
from made_commands import AT, HANDBOOK, a_shop, typed

SOURCE = """\
apiVersion: openslo/v1
kind: DataSource
metadata: {name: people}
spec:
  type: sql
  connectionDetails: {files: "../logs/access.log*", format: nginx}
---
"""
REST = (
    HANDBOOK.split("---\n", 1)[1]
    .replace("counter: true", "counter: false")
    .replace("spec: {}}}\n---", "spec: {query: TEXT}}}\n---")
    .replace("TEXT", '"SELECT time, status >= 500 AS bad, 1 AS total FROM log"')
)
DAY = 86_400


def a_log(folder: Path) -> Path:
    """The two days before noon, ten requests each minute, one of them failed; yesterday's is rotated."""
    minutes = range(-2 * DAY, 0, 60)
    texts = {minute: line(minute + 1) * 9 + line(minute + 59, 500) for minute in minutes}
    (folder / "logs").mkdir()
    written(folder / "logs" / "access.log.1", "".join(texts[minute] for minute in minutes if minute < -DAY), -DAY)
    return written(folder / "logs" / "access.log", "".join(texts[minute] for minute in minutes if minute >= -DAY), 1)


def budget(shop: Path) -> tuple[int, int, float]:
    [slo] = typed("status", "--at", AT, "--json", shop=shop).json["slos"]
    return slo["bad"], slo["total"], slo["coverage"]


def test_a_log_beside_the_handbook_is_an_sli_and_late_lines_are_counted(tmp_path: Path) -> None:
    shop, log = a_shop(tmp_path, SOURCE + REST), a_log(tmp_path)
    assert typed("validate", shop=shop).code == 0
    first = typed("collect", "--at", AT, shop=shop)
    assert first.code == 0, first.err
    assert budget(shop) == (2880, 28_800, 1)
    with log.open("a") as file:
        file.write(line(-61, 500) + "half a li")
    os.utime(log, (NOON_SECONDS + 61,) * 2)
    later = typed("collect", "--at", "2026-03-04T12:01:00Z", shop=shop)
    assert later.code == 0
    assert "access.log: 1 line is not yet written to its end" in later.out + later.err
    assert budget(shop) == (2881, 28_801, 1)


def test_a_log_in_another_format_is_no_data_and_exit_code_3(tmp_path: Path) -> None:
    shop, log = a_shop(tmp_path, SOURCE + REST), a_log(tmp_path)
    log.with_name("access.log.1").unlink()
    written(log, "10.0.0.1 GET / 200\n" * 5, 1)
    ran = typed("collect", "--at", AT, shop=shop)
    assert ran.code == 3
    assert "is of logFormat" in ran.out + ran.err
