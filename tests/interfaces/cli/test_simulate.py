"""`leadline simulate` as it is typed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from instants import NOON
from leadline.app import call
from leadline.domains.measurement.model import Collection, Simulate
from leadline.interfaces.cli import simulation
from made_commands import AT, a_shop, typed
from simulated import VIRTENGINE, History, trial

SHOP = """\
---
apiVersion: openslo/v1
kind: DataSource
metadata: {name: prom}
spec: {type: prometheus, connectionDetails: {url: "http://127.0.0.1:9"}}
---
apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
spec: {}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: checkout}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{duration: 1d, isRolling: true}]
  indicator:
    metadata: {name: requests}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {metricSourceRef: prom, spec: {query: bad_total}}}
        total: {metricSource: {metricSourceRef: prom, spec: {query: all_total}}}
  objectives: [{target: 0.99}]
---
apiVersion: leadline/v1
kind: Simulation
metadata: {name: everyday}
spec:
  rhythm: {low: 1, weekend: 1, noise: 0}
  traffic: [{sli: requests, perMinute: 100}]
  incidents:
    - name: down
      start: 2026-03-04T06:00:00Z
      duration: 30m
      depth: 0.2
      effects: [{sli: requests}]
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return a_shop(tmp_path, SHOP)


def test_simulated_slices_are_budgeted_like_any_others(shop: Path) -> None:
    done = typed("simulate", "--days", "2", "--at", AT, shop=shop)
    assert (done.code, done.err) == (0, "")
    assert done.out == "2,880 simulated slices of 1 SLIs, up to 2026-03-04 12:00 UTC\n"
    [slo] = typed("status", "--at", AT, "--json", shop=shop).json["slos"]
    assert (slo["bad"], slo["total"], slo["level"]) == (600, 144_000, "healthy")


def test_a_plan_is_a_table_or_json_and_writes_nothing(shop: Path) -> None:
    table = typed("simulate", "--plan", "--days", "2", "--at", AT, shop=shop)
    assert table.code == 0
    row = next(line for line in table.out.splitlines() if "down" in line)
    assert row.split() == [
        "2026-03-04",
        "06:00",
        "UTC",
        "30",
        "incident",
        "down",
        "outage",
        "requests",
        "+600",
        "0",
        "0",
    ]
    found = typed("simulate", "--plan", "--days", "2", "--at", AT, "--json", shop=shop).json
    assert found["scenario"] == "everyday"
    [event] = found["events"]
    assert (event["name"], event["effects"][0]["bad"]) == ("down", 600)
    assert typed("simulate", "--days", "2", "--at", AT, "--json", shop=shop).json["slices"] == 2_880


@pytest.mark.postgresql
def test_postgresql_keeps_the_same_slices_and_the_mark(shop: Path, postgresql_database: str) -> None:
    for database in (f"sqlite:///{shop}/ledger.db", postgresql_database):
        where = ("--at", AT, "--database", database)
        assert typed("simulate", "--days", "2", *where, shop=shop).code == 0
        [slo] = typed("status", *where, "--json", shop=shop).json["slos"]
        assert (slo["bad"], slo["total"]) == (600, 144_000)
        assert typed("collect", *where, shop=shop).code == 4


def test_what_is_simulated_is_never_collected_over(shop: Path) -> None:
    assert typed("simulate", "--days", "1", "--at", AT, shop=shop).code == 0
    done = typed("collect", "--at", AT, shop=shop)
    assert (done.code, done.out) == (4, "")
    assert "holds simulated slices of requests" in done.err


def test_what_was_recorded_is_never_simulated_over_unless_one_insists(shop: Path) -> None:
    assert (
        typed(
            "record", "slice", "requests", "--bad", "1", "--total", "2", "--start", "2026-03-04T11:00Z", shop=shop
        ).code
        == 0
    )
    done = typed("simulate", "--days", "1", "--at", AT, shop=shop)
    assert done.code == 4
    assert "--force" in done.err
    assert typed("simulate", "--days", "1", "--at", AT, "--force", shop=shop).code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--scenario", "everydya"], 4, "did you mean everyday?"),
        (["--days", "0"], 2, "--days"),
        (["--live", "--at", AT], 2, "--live"),
        (["--live", "--plan"], 2, "--live"),
    ],
)
def test_a_slip_is_explained(shop: Path, arguments: list[str], code: int, told: str) -> None:
    done = typed("simulate", *arguments, shop=shop)
    assert (done.code, done.out) == (code, "")
    assert told in done.err


def test_live_goes_on_until_it_is_interrupted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clock = [NOON]
    waits = [3, 1, 1]

    def wait() -> None:
        if not waits:
            raise KeyboardInterrupt
        clock[0] += timedelta(minutes=waits.pop())

    with trial(tmp_path / "ledger.db") as context:
        told: list[Collection] = []

        def run(name: str, request: Simulate) -> Collection:
            told.append(call(name, request, replace(context, now=lambda: clock[0])))
            return told[-1]

        with pytest.raises(KeyboardInterrupt):
            simulation.simulate(
                run, scenario="", days=1, at=None, story_at=None, force=False, live=True, as_json=False, wait=wait
            )
    assert [found.at for found in told] == [NOON + timedelta(minutes=late - 2) for late in (0, 1, 2, 5)]
    assert len(capsys.readouterr().out.splitlines()) == 4
    assert told[1].slices < told[0].slices / 100, "a minute is a minute's work"


def test_the_plan_of_a_whole_practice_can_be_read_by_machines(simulated_history: History, tmp_path: Path) -> None:
    where = ("--handbook", VIRTENGINE, "--database", f"sqlite:///{tmp_path}/ledger.db")
    done = typed("simulate", "--plan", "--at", AT, "--json", *where, shop=tmp_path)
    assert json.loads(done.out) == json.loads(simulated_history.plan.model_dump_json())
