"""The servers that other tests rely on start, answer and are separate."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import psycopg
import pytest

from servers import StartPrometheus

ROOT = Path(__file__).parents[2]


def _query(url: str, promql: str) -> list[object]:
    with urllib.request.urlopen(f"{url}/api/v1/query?query={promql}", timeout=10) as response:
        return json.load(response)["data"]["result"]


def test_prometheus_answers_queries_as_soon_as_it_is_handed_out(prometheus_server: StartPrometheus) -> None:
    assert _query(prometheus_server(), "vector(7)")[0]["value"][1] == "7"


def test_prometheus_serves_blocks_of_any_age(prometheus_server: StartPrometheus, promtool: str, tmp_path: Path) -> None:
    metrics = tmp_path / "metrics.txt"
    metrics.write_text("# TYPE old counter\nold_total 41 1000000000\n# EOF\n")
    subprocess.run(
        [
            promtool,
            "tsdb",
            "create-blocks-from",
            "openmetrics",
            "--max-block-duration=768h",
            metrics,
            tmp_path / "tsdb",
        ],
        check=True,
        capture_output=True,
    )
    url = prometheus_server(tsdb_dir=tmp_path / "tsdb")
    assert _query(url, "old_total&time=1000000030")[0]["value"][1] == "41"


def test_a_node_exporter_serves_its_metrics(node_exporter: str) -> None:
    with urllib.request.urlopen(f"http://{node_exporter}/metrics", timeout=10) as response:
        assert b"node_cpu_seconds_total" in response.read()


def test_a_database_is_empty_and_belongs_to_one_test(postgresql_url: str, postgresql_database: str) -> None:
    with psycopg.connect(postgresql_database) as connection:
        connection.execute("CREATE TABLE mark (x int)")
        assert connection.execute("SELECT count(*) FROM mark").fetchone() == (0,)
    with psycopg.connect(postgresql_url) as connection:
        assert connection.execute("SELECT to_regclass('mark')").fetchone() == (None,)


@pytest.mark.parametrize(("require", "outcome"), [("", {"skipped": 1}), ("all", {"failed": 1})])
def test_a_skipped_test_has_failed_where_all_are_required(
    require: str, outcome: dict[str, int], tmp_path: Path
) -> None:
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (tmp_path / "servers.py").write_text((ROOT / "tests" / "servers.py").read_text())
    (tmp_path / "test_it.py").write_text("import pytest\n\ndef test_it():\n    pytest.skip('needs a thing: get it')\n")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", tmp_path, tmp_path],
        env={**os.environ, "LEADLINE_TEST_REQUIRE": require, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    counts = " ".join(f"{count} {name}" for name, count in outcome.items())
    assert counts in ran.stdout.splitlines()[-1], ran.stdout
    assert "needs a thing: get it" in ran.stdout
