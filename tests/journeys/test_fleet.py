"""Five hundred SLOs of ten shapes on one real Prometheus: at most twenty queries a turn, every slice the truth."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path

import pytest

from made_fleet import EACH, RESTART, SHAPES, handbook, member, start_of, write_openmetrics
from servers import StartPrometheus
from terminal import leadline, write
from tsdb_truth import build_blocks

pytestmark = pytest.mark.prometheus

FIRST = 4
"""Minute from which on slices are collected."""
MOST_QUERIES = 20


@pytest.fixture(scope="module")
def url(promtool: str, tmp_path_factory: pytest.TempPathFactory, prometheus_servers: StartPrometheus) -> str:
    folder = tmp_path_factory.mktemp("fleet")
    write_openmetrics(folder / "fleet.om")
    build_blocks(promtool, folder / "fleet.om", folder / "blocks")
    return prometheus_servers(tsdb_dir=folder / "blocks")


def asked_so_far(url: str) -> int:
    """Queries of any kind, as the server counts them."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as response:
        text = response.read().decode()
    found = re.findall(r'^prometheus_http_requests_total\{[^}]*handler="/api/v1/[^}]*\} (\S+)', text, re.MULTILINE)
    return int(sum(float(number) for number in found))


def truth(first: int, end: int) -> dict[tuple[str, str, int], tuple[float, float]]:
    return {
        (member(shape, number), group, start_of(minute)): events
        for shape in SHAPES
        for number in range(EACH)
        for minute in range(first, end)
        for group, events in shape.truth(number, minute).items()
    }


def slices(folder: Path) -> dict[tuple[str, str, int], tuple[float, float]]:
    assert leadline(folder, "slices", "export", "slices.ndjson").code == 0
    rows = [json.loads(line) for line in (folder / "slices.ndjson").read_text().splitlines()]
    return {
        (
            row["sli"].partition("@")[0],
            row.get("region") or "",
            row["start"],
        ): (float(row["bad"]), float(row["total"]))
        for row in rows
    }


def test_a_turn_over_ten_shapes_asks_at_most_twenty_queries_and_is_exact(tmp_path: Path, url: str) -> None:
    write(tmp_path, handbook(url))
    since, before, now = (str(start_of(minute)) for minute in (FIRST, RESTART + 1, RESTART + 2))
    first = leadline(tmp_path, "collect", "--since", since, "--at", before)
    assert first.code == 0, first.err
    asked = asked_so_far(url)
    turn = leadline(tmp_path, "collect", "--since", since, "--at", now)
    queries = asked_so_far(url) - asked
    assert turn.code == 0, turn.err
    found, right = slices(tmp_path), truth(FIRST, RESTART + 2)
    assert found.keys() == right.keys()
    wrong = {key: (found[key], right[key]) for key in right if found[key] != pytest.approx(right[key])}
    assert not wrong, f"{len(wrong)} slices differ, such as {list(wrong.items())[:5]}"
    assert queries <= MOST_QUERIES, f"{queries} queries"
