"""
A practice on a real Prometheus that watches itself and a node exporter: every slice is what Prometheus itself says.

The truth is asked for by plain HTTP: each series one slice apart, subtracted and summed here.
"""

from __future__ import annotations

import json
import time
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from terminal import Ended, leadline, write

pytestmark = [pytest.mark.prometheus, pytest.mark.node_exporter]

STEP = 60
SLACK_SECONDS = 10
"""Younger samples may not be there yet: scrapes are 5 s apart."""
REQUESTS = "prometheus_http_requests_total"
DURATIONS = "prometheus_http_request_duration_seconds"
ALTERNATING = "node_time_seconds % 120"
"""Slices end at whole minutes, so that a scrape just before sees nearly 60 and nearly 120 in turn."""


def ratio(name: str, total: str, **part: str) -> str:
    [(role, query)] = part.items()
    return f"""\
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}-slo}}
spec:
  service: monitoring
  indicator:
    metadata: {{name: {name}}}
    spec:
      ratioMetric:
        counter: true
        {role}:
          metricSource:
            metricSourceRef: metrics
            spec:
              query: {query}
        total:
          metricSource:
            metricSourceRef: metrics
            spec:
              query: {total}
  timeWindow: [{{duration: 28d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{target: 0.99}}]
"""


def gauge(name: str, query: str, limit: str) -> str:
    return f"""\
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}-slo}}
spec:
  service: machine
  indicator:
    metadata: {{name: {name}}}
    spec:
      thresholdMetric:
        metricSource:
          metricSourceRef: metrics
          spec:
            query: {query}
  timeWindow: [{{duration: 28d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{{limit}, target: 0.99}}]
"""


def handbook(url: str) -> str:
    return (
        f"""\
apiVersion: openslo/v1
kind: DataSource
metadata: {{name: metrics}}
spec: {{type: prometheus, connectionDetails: {{url: "{url}"}}}}
---
apiVersion: openslo/v1
kind: Service
metadata: {{name: monitoring}}
spec: {{}}
---
apiVersion: openslo/v1
kind: Service
metadata: {{name: machine}}
spec: {{}}
"""
        # This Prometheus serves nothing but good answers: its scrapes of itself stand in for bad ones.
        + ratio("requests", REQUESTS, bad=f'{REQUESTS}{{handler="/metrics"}}')
        + ratio("fast-requests", f"{DURATIONS}_count", good=f'{DURATIONS}_bucket{{le="0.1"}}')
        + ratio("hasty-requests", f"{DURATIONS}_count", good=f'{DURATIONS}_bucket{{le="0.3"}}')
        + gauge("clock", f"max({ALTERNATING})", "op: lt, value: 90")
        + gauge("scrapes", "min(node_scrape_collector_success)", "op: gte, value: 1")
    )


@dataclass(frozen=True)
class Served:
    """One Prometheus, asked by plain HTTP."""

    url: str

    def ask(self, query: str, instant: int, key: str) -> list[tuple[str, Any]]:
        form = urllib.parse.urlencode({"query": query, "time": instant})
        with urllib.request.urlopen(f"{self.url}/api/v1/query?{form}", timeout=10) as response:
            answer = json.load(response)
        return [(json.dumps(one["metric"], sort_keys=True), one[key]) for one in answer["data"]["result"]]

    def at(self, query: str, instant: int) -> dict[str, float]:
        """Value of each series at an instant."""
        return {series: float(value[1]) for series, value in self.ask(query, instant, "value")}

    def growth(self, counter: str, end: int) -> int | None:
        """
        Events of the slice that ends here; None where no series is.

        A series that was not there a slice before counts from 0 when its target was already up, and from its first
        sample when it was not.
        """
        now, before = self.at(counter, end), self.at(counter, end - STEP)
        was_up = {_target(series) for series, value in self.at("up", end - STEP).items() if value == 1}
        first = self.first_in_slice(counter, end) if now.keys() - before.keys() else {}
        grown = [
            value - before.get(series, 0 if _target(series) in was_up else first.get(series, value))
            for series, value in now.items()
        ]
        assert all(events >= 0 for events in grown)
        return int(sum(grown)) if now else None

    def first_in_slice(self, counter: str, end: int) -> dict[str, float]:
        return {series: float(values[0][1]) for series, values in self.ask(f"{counter}[{STEP}s]", end, "values")}

    def one(self, query: str, instant: int) -> float | None:
        return next(iter(self.at(query, instant).values()), None)


def _target(series: str) -> tuple[str, str]:
    labels = json.loads(series)
    return labels["job"], labels["instance"]


def truth(served: Served, end: int) -> dict[str, tuple[int, int] | None]:
    """(bad, total) of the slice that ends here, of each SLI; None where nothing was seen."""
    total, scraped = served.growth(REQUESTS, end), served.growth(f'{REQUESTS}{{handler="/metrics"}}', end)
    count, fast = served.growth(f"{DURATIONS}_count", end), served.growth(f'{DURATIONS}_bucket{{le="0.1"}}', end)
    hasty = served.growth(f'{DURATIONS}_bucket{{le="0.2"}}', end)
    clock, success = served.one(ALTERNATING, end), served.one("min(node_scrape_collector_success)", end)
    return {
        "requests": None if total is None else (scraped or 0, total),
        "fast-requests": None if count is None else (count - (fast or 0), count),
        "hasty-requests": None if count is None else (count - (hasty or 0), count),
        "clock@lt90": None if clock is None else (int(clock >= 90), 1),
        "scrapes@gte1": None if success is None else (int(success < 1), 1),
    }


def as_text(instant: int) -> str:
    return f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True)
class Collected:
    folder: Path
    served: Served
    begin: int
    end: int
    said: Ended

    def slices(self) -> dict[str, dict[str, tuple[int, int]]]:
        """The exported ledger: SLI → {start: (bad, total)}."""
        file = self.folder / "exported.csv"
        ended = leadline(self.folder, "slices", "export", str(file))
        assert ended.code == 0, ended.err
        head, *lines = file.read_text().splitlines()
        assert head == "sli,start,bad,total,leadline_buckets"
        found: dict[str, dict[str, tuple[int, int]]] = {}
        for line in lines:
            sli, start, bad, total, buckets = line.split(",")
            assert buckets == ("0.2 < 0.3 < 0.4" if sli == "hasty-requests@between" else "")
            rows = found.setdefault(sli, {})
            assert start not in rows
            rows[start] = (int(bad), int(total))
        return found


@pytest.fixture
def collected(tmp_path: Path, watched_prometheus: Mapping[str, str]) -> Collected:
    """A practice after its first collection."""
    served = Served(f"http://{watched_prometheus['localhost:9090']}")
    write(tmp_path, handbook(served.url))
    checked = leadline(tmp_path, "validate", "--json")
    assert (checked.code, checked.json["problems"]) == (0, [])
    end = int(time.time() - SLACK_SECONDS) // STEP * STEP
    begin = end - 600
    said = leadline(tmp_path, "collect", "--since", as_text(begin), "--at", as_text(end), "--json")
    return Collected(tmp_path, served, begin, end, said)


def test_a_practice_on_a_real_prometheus_holds_what_prometheus_says(collected: Collected) -> None:
    found = collected.slices()
    found.pop("hasty-requests@between")
    ends = range(collected.begin + STEP, collected.end + STEP, STEP)
    wanted: dict[str, dict[str, tuple[int, int]]] = {}
    for end in ends:
        for sli, slice_ in truth(collected.served, end).items():
            if slice_ is not None:
                wanted.setdefault(sli, {})[as_text(end - STEP)] = slice_
    check_begin(collected, found, wanted)
    assert found == wanted
    assert {sli: len(rows) for sli, rows in found.items() if len(rows) < 3} == {}
    assert {bad for bad, _ in found["clock@lt90"].values()} == {0, 1}
    assert all(bad > 0 for bad, _ in list(found["requests"].values())[1:])
    check_status(collected, wanted)
    check_shown(collected, wanted)


def check_begin(collected: Collected, *ledgers: dict[str, dict[str, tuple[int, int]]]) -> None:
    """Where within its first slice a target's counters begin to count depends on where one looks; put one for both."""
    found, wanted = ledgers
    for end in range(collected.begin + STEP, collected.end + STEP, STEP):
        if collected.served.at("up", end) and not collected.served.at("up", end - STEP):
            for sli in ("requests", "fast-requests", "hasty-requests"):
                start = as_text(end - STEP)
                assert found[sli][start][1] <= wanted[sli][start][1]
                wanted[sli][start] = found[sli][start]


def check_status(collected: Collected, wanted: Mapping[str, Mapping[str, tuple[int, int]]]) -> None:
    status = leadline(collected.folder, "status", "--json", "--at", as_text(collected.end))
    assert status.code == 0
    slos = {slo["name"]: slo for slo in status.json["slos"]}
    for sli, rows in wanted.items():
        slo = slos[f"{sli.partition('@')[0]}-slo"]
        bad, total = (sum(column) for column in zip(*rows.values(), strict=True))
        assert (slo["bad"], slo["total"]) == (bad, total), sli
        assert slo["sli"] == pytest.approx(1 - bad / total, abs=1e-12), sli
        # Some minutes of life say nothing yet about 28 days.
        assert (slo["level"], bool(slo["reason"])) == ("unknown", True) or slo["level"] == "depleted"


def check_shown(collected: Collected, wanted: Mapping[str, Mapping[str, tuple[int, int]]]) -> None:
    shown = leadline(collected.folder, "slo", "show", "fast-requests-slo", "--json", "--at", as_text(collected.end))
    assert shown.code == 0
    detail = shown.json
    assert detail["queries"] == {"good": f'{DURATIONS}_bucket{{le="0.1"}}', "total": f"{DURATIONS}_count"}
    assert datetime.fromisoformat(detail["collected_until"]).timestamp() == collected.end
    [objective] = detail["objectives"]
    rows = wanted["fast-requests"].values()
    assert (objective["bad"], objective["total"]) == (sum(bad for bad, _ in rows), sum(total for _, total in rows))
    [points] = detail["burn_down"].values()
    assert points[-1]["bad"] == objective["bad"]


def test_a_limit_between_two_buckets_is_measured_by_both_and_said_so(collected: Collected) -> None:
    assert collected.said.code == 0
    outcomes = {sli["sli"]: sli for sli in collected.said.json["slis"]}
    for words in ('le="0.3" lies between the buckets 0.2 and 0.4', 'write le="0.2" or le="0.4"'):
        assert words in outcomes["hasty-requests"]["message"]
    assert {sli["outcome"] for sli in outcomes.values()} == {"collected"}
    assert all(sli["slices"] >= 3 for sli in outcomes.values())
