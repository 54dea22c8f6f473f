"""
Thirty days of a real Prometheus through the command line: the budget is the truth to the event, on either database.

However the month is collected, at once, again or in halves, the ledger that comes of it is the same to the byte.
"""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from servers import StartPrometheus
from terminal import Ended, leadline, write
from tsdb_truth import DAY, DAYS, END, SERVICES, START, STEP, Month, build_month

pytestmark = pytest.mark.prometheus

MIDDLE = START + 13 * DAY + 11 * 3600 + 29 * 60
"""Neither at midnight nor on an hour."""
WINDOW = slice((DAYS - 28) * 1440, DAYS * 1440)
SLO = """\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: {service}-availability
spec:
  service: {service}
  indicator:
    metadata:
      name: {service}-requests
    spec:
      ratioMetric:
        counter: true
        bad:
          metricSource:
            metricSourceRef: metrics
            spec:
              query: http_requests_total{{service="{service}",code="500"}}
        total:
          metricSource:
            metricSourceRef: metrics
            spec:
              query: http_requests_total{{service="{service}"}}
  timeWindow:
    - duration: 28d
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - target: 0.99
"""


def handbook(url: str) -> str:
    source = (
        "apiVersion: openslo/v1\nkind: DataSource\nmetadata:\n  name: metrics\n"
        f"spec:\n  type: prometheus\n  connectionDetails:\n    url: {url}\n"
    )
    services = [
        f"apiVersion: openslo/v1\nkind: Service\nmetadata:\n  name: {service}\nspec: {{}}\n" for service in SERVICES
    ]
    return "---\n".join([source, *services, *(SLO.format(service=service) for service in SERVICES)])


def as_text(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat()


@pytest.fixture(scope="module")
def month(promtool: str, tmp_path_factory: pytest.TempPathFactory) -> Month:
    return build_month(promtool, tmp_path_factory.mktemp("month"))


@pytest.fixture(scope="module")
def folder(month: Month, prometheus_servers: StartPrometheus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("practice")
    write(folder, handbook(prometheus_servers(tsdb_dir=month.folder)))
    return folder


def run(folder: Path, database: str, *arguments: str) -> Ended:
    ended = leadline(folder, *arguments, LEADLINE_DATABASE_URL=database)
    assert ended.code == 0, ended.err
    return ended


def collected(folder: Path, database: str, at: int, *more: str) -> int:
    """Slices that one collection up to `at` wrote."""
    ended = run(folder, database, "collect", "--since", as_text(START), "--at", as_text(at), "--json", *more)
    return int(ended.json["slices"])


def exported(folder: Path, database: str) -> bytes:
    file = folder / "exported.csv"
    run(folder, database, "slices", "export", str(file))
    return file.read_bytes()


def assert_true(folder: Path, database: str, month: Month) -> None:
    """The 28-day window and every slice are what the scraper could know."""
    ended = run(folder, database, "status", "--json", "--at", as_text(END))
    found = {slo["slo"]: slo for slo in ended.json["slos"]}
    assert len(found) == len(SERVICES)
    for service in SERVICES:
        slo, seen = found[f"{service}-availability"], ~np.isnan(month.total[service][WINDOW])
        total, bad = int(month.total[service][WINDOW][seen].sum()), int(np.nansum(month.bad[service][WINDOW][seen]))
        assert (slo["total"], slo["bad"], slo["good"]) == (total, bad, total - bad), service
        assert slo["sli"] == pytest.approx(float(1 - Fraction(bad, total)), abs=1e-15, rel=0), service
        assert slo["coverage"] == pytest.approx(int(seen.sum()) / seen.size, abs=1e-12, rel=0), service


def rows_of(month: Month) -> list[tuple[str, str, int, int]]:
    """Every slice in the order of the export."""
    rows = []
    for service in SERVICES:
        total, bad = month.total[service], np.nan_to_num(month.bad[service])
        for index in np.flatnonzero(~np.isnan(total)).tolist():
            start = datetime.fromtimestamp(START + index * STEP, UTC)
            rows.append((f"{service}-requests", f"{start:%Y-%m-%dT%H:%M:%SZ}", int(bad[index]), int(total[index])))
    return rows


def parsed(file: bytes) -> list[tuple[str, str, int, int]]:
    head, *lines = file.decode().splitlines()
    assert head == "sli,start,bad,total"
    fields = (line.split(",") for line in lines)
    return [(sli, start, int(bad), int(total)) for sli, start, bad, total in fields]


@pytest.fixture(scope="module")
def whole(folder: Path, month: Month) -> bytes:
    """The export of a month that was collected at once, on SQLite."""
    database = f"sqlite:///{folder}/whole.db"
    assert collected(folder, database, END) == len(rows_of(month))
    return exported(folder, database)


def test_a_month_of_prometheus_is_the_truth_slice_by_slice_and_in_its_budget(
    folder: Path, month: Month, whole: bytes
) -> None:
    truth = rows_of(month)
    found = parsed(whole)
    assert len(found) == len(truth)
    assert [pair for pair in zip(sorted(found), sorted(truth), strict=True) if pair[0] != pair[1]][:5] == []
    assert_true(folder, f"sqlite:///{folder}/whole.db", month)


def test_collecting_again_changes_nothing(folder: Path, month: Month, whole: bytes) -> None:
    database = f"sqlite:///{folder}/whole.db"
    assert collected(folder, database, END) == 0
    assert collected(folder, database, END, "--again") == len(rows_of(month))
    assert exported(folder, database) == whole
    assert_true(folder, database, month)


def test_two_halves_make_the_same_month_on_postgresql(
    folder: Path, month: Month, whole: bytes, postgresql_database: str
) -> None:
    first = collected(folder, postgresql_database, MIDDLE)
    assert 0 < first < len(rows_of(month))
    assert collected(folder, postgresql_database, END) > 0
    assert exported(folder, postgresql_database) == whole
    assert_true(folder, postgresql_database, month)


def test_the_later_half_first_makes_the_same_month(folder: Path, month: Month, whole: bytes) -> None:
    database = f"sqlite:///{folder}/later.db"
    run(folder, database, "collect", "--since", as_text(MIDDLE), "--at", as_text(END))
    assert collected(folder, database, END) > 0
    assert exported(folder, database) == whole
    assert_true(folder, database, month)
