"""
A limit of 0.3 s on a histogram that has the buckets 0.25 and 0.5, and later 0.3, from a real Prometheus to the status.

Each minute has 100 requests: 90 within 0.25 s, 97 within 0.5 s; after a release at noon of the third day, which has the
bucket 0.3, 95 of them are within it. So before it between 3 and 10 of 100 were too slow, and afterwards 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from made_commands import a_shop, typed
from servers import StartPrometheus
from tsdb_truth import build_blocks

pytestmark = pytest.mark.prometheus

START = 1_767_571_200
"""2026-01-05, midnight UTC."""
RELEASE = START + 2 * 86_400 + 12 * 3600
END = START + 4 * 86_400
BEFORE = {"0.1": 50, "0.25": 90, "0.5": 97, "+Inf": 100}
AFTER = {"0.25": 90, "0.3": 95, "0.5": 97, "+Inf": 100}
SECOND_DAY, EVENING, LAST = "2026-01-07T00:00:00Z", "2026-01-07T18:00:00Z", "2026-01-09T00:00:00Z"


def write_histogram(path: Path) -> None:
    target = 'job="web",instance="web:80"'
    times = range(START + 7, END, 60)
    with path.open("w") as file:
        file.write("# TYPE latency_seconds histogram\n")
        for route, is_old in (("pay", True), ("cart", False)):
            for le in sorted({*BEFORE, *AFTER}):
                for buckets, first, last in ((BEFORE, START, RELEASE), (AFTER, RELEASE, END)):
                    if le in (AFTER if not is_old else buckets):
                        pace = (buckets if is_old else AFTER)[le]
                        file.writelines(
                            f'latency_seconds_bucket{{{target},route="{route}",le="{le}"}} {pace * (n + 1)} {at}\n'
                            for n, at in enumerate(at for at in times if first <= at < last)
                        )
        file.write("# TYPE up gauge\n")
        file.writelines(f"up{{{target}}} 1 {at}\n" for at in times)
        file.write("# EOF\n")


def slo(name: str, target: str, query: str = "good", limit: str = "0.3", annotations: str = "") -> str:
    bucket = f'latency_seconds_bucket{{route="pay", le="{limit}"}}'
    total = 'latency_seconds_bucket{route="pay", le="+Inf"}'
    part = bucket if query == "good" else f"sum({total}) - sum({bucket})"
    return f"""\
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}}}
spec:
  service: web
  indicator:
    metadata: {{name: {name}-sli, annotations: {{{annotations}}}}}
    spec:
      ratioMetric:
        counter: true
        {query}: {{metricSource: {{metricSourceRef: metrics, spec: {{query: '{part}'}}}}}}
        total: {{metricSource: {{metricSourceRef: metrics, spec: {{query: '{total}'}}}}}}
  timeWindow: [{{duration: 1d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{target: {target}}}]
"""


def handbook(url: str) -> str:
    grouped = slo("grouped", "0.95", annotations="leadline/groupBy: route").replace('route="pay", ', "")
    return (
        f"""\
apiVersion: openslo/v1
kind: DataSource
metadata: {{name: metrics}}
spec: {{type: prometheus, connectionDetails: {{url: "{url}"}}}}
---
apiVersion: openslo/v1
kind: Service
metadata: {{name: web}}
spec: {{}}
"""
        + slo("easy", "0.5")
        + slo("close", "0.95")
        + slo("hard", "0.99")
        + slo("told-bad", "0.95", "bad")
        + slo("above-all", "0.5", limit="3")
        + slo("exact", "0.95", limit="0.25")
        + slo("refused", "0.95", annotations="leadline/offBoundary: refuse")
        + slo("below-all", "0.95", limit="0.01")
        + slo("stretches", "0.5")
        .replace("Occurrences", "Timeslices")
        .replace("target: 0.5", "target: 0.5, timeSliceTarget: 0.95, timeSliceWindow: 1m")
        + grouped
    )


@dataclass(frozen=True)
class World:
    folder: Path
    collected: Mapping[str, Any]

    def status(self, at: str, name: str) -> dict[str, Any]:
        [found] = [one for one in self.json("status", "--at", at)["slos"] if one["slo"] == name]
        return dict(found)

    def json(self, *arguments: str) -> Any:
        return typed(*arguments, "--json", shop=self.folder).json

    def export(self, name: str) -> list[str]:
        assert typed("slices", "export", str(self.folder / name), shop=self.folder).code == 0
        return (self.folder / name).read_text().splitlines()


@pytest.fixture(scope="module")
def world(promtool: str, tmp_path_factory: pytest.TempPathFactory, prometheus_servers: StartPrometheus) -> World:
    folder = tmp_path_factory.mktemp("between")
    write_histogram(folder / "data.om")
    build_blocks(promtool, folder / "data.om", folder / "blocks")
    url = prometheus_servers(tsdb_dir=folder / "blocks")
    a_shop(folder, handbook(url))
    ran = typed("collect", "--since", "2026-01-05T00:00:00Z", "--at", LAST, "--json", shop=folder)
    assert ran.code == 3, ran.err
    return World(folder, {sli["sli"]: sli for sli in ran.json["slis"]})


DAY = 1440 * 100


def test_both_ends_are_told_and_the_worse_one_is_judged(world: World) -> None:
    found = world.status(SECOND_DAY, "easy")
    assert (found["bad"], found["total"], found["level"]) == (1440 * 10, DAY, "healthy")
    ends = found["bracket"]
    assert (ends["bad_low"], ends["bad_high"]) == (1440 * 3, 1440 * 10)
    assert (ends["sli_low"], ends["sli_high"]) == pytest.approx((0.90, 0.97))
    assert (ends["remaining_low"], ends["remaining_high"]) == pytest.approx((0.8, 0.94))
    assert (ends["level_low"], ends["level_high"], ends["buckets"]) == ("healthy", "healthy", ["0.25 < 0.3 < 0.5"])
    note = (
        "0.3 lies between the buckets 0.25 and 0.5: true SLI between 90.0000 % and 97.0000 %, "
        "budget left between 80.0000 % and 94.0000 %"
    )
    assert (ends["note"], note in found["reason"]) == (note, True)


@pytest.mark.parametrize("name", ["close", "told-bad"])
def test_where_the_ends_differ_nobody_knows(world: World, name: str) -> None:
    # 5 of 100 are allowed: 10 would be twice the budget, 3 leave 40 % of it.
    found = world.status(SECOND_DAY, name)
    assert (found["level"], found["bad"]) == ("unknown", 1440 * 10)
    assert (found["bracket"]["level_low"], found["bracket"]["level_high"]) == ("depleted", "warning")
    assert found["reason"].startswith("between depleted and warning; ")


def test_what_is_depleted_at_both_ends_is_depleted(world: World) -> None:
    found = world.status(SECOND_DAY, "hard")
    assert (found["level"], found["bracket"]["remaining_high"]) == ("depleted", pytest.approx(-2))


def test_a_window_in_which_the_buckets_changed_has_both_numbers_of_its_first_part_alone(world: World) -> None:
    ends = world.status(EVENING, "close")["bracket"]
    old, new = 18 * 60, 6 * 60
    assert (ends["bad_low"], ends["bad_high"]) == (old * 3 + new * 5, old * 10 + new * 5)


def test_once_the_bucket_is_there_the_ends_are_one(world: World) -> None:
    found = world.status(LAST, "close")
    assert (found["bracket"], found["bad"], found["total"], found["level"]) == (None, 1440 * 5, DAY, "depleted")


def test_a_limit_above_every_bucket_lies_below_infinity(world: World) -> None:
    ends = world.status(SECOND_DAY, "above-all")["bracket"]
    assert (ends["bad_low"], ends["bad_high"], ends["buckets"]) == (0, 1440 * 3, ["0.5 < 3 < +Inf"])


def test_a_limit_on_a_bucket_has_one_number(world: World) -> None:
    found = world.status(SECOND_DAY, "exact")
    assert (found["bracket"], found["bad"]) == (None, 1440 * 10)


def test_time_slices_are_judged_at_both_ends(world: World) -> None:
    # A minute is good from 95 of 100 on: none by the lower bucket, all by the upper one.
    ends = world.status(SECOND_DAY, "stretches")["bracket"]
    assert (ends["bad_low"], ends["bad_high"], ends["level_low"], ends["level_high"]) == (
        0,
        1440,
        "depleted",
        "healthy",
    )


def test_each_group_has_its_own_buckets(world: World) -> None:
    found = world.status(SECOND_DAY, "grouped")
    groups = {group["labels"]["route"]: group for group in found["groups"]}
    assert (groups["cart"]["bracket"], groups["cart"]["bad"]) == (None, 1440 * 5)
    assert (groups["pay"]["bracket"]["bad_low"], groups["pay"]["bracket"]["bad_high"]) == (1440 * 3, 1440 * 10)
    assert (found["bracket"]["bad_low"], found["bracket"]["bad_high"]) == (1440 * 8, 1440 * 15)


def test_the_collection_says_what_it_did_and_refuses_what_it_was_told_to(world: World) -> None:
    assert 'le="0.3" lies between the buckets 0.25 and 0.5' in world.collected["easy-sli"]["message"]
    assert world.collected["easy-sli"]["slices"] == world.collected["exact-sli"]["slices"]
    refused = world.collected["refused-sli"]
    assert (refused["outcome"], 'write le="0.25" or le="0.5"' in refused["message"]) == ("failed", True)
    below = world.collected["below-all-sli"]
    assert (below["outcome"], 'write le="0.1"' in below["message"]) == ("failed", True)


def test_collected_again_nothing_changes_and_exported_nothing_is_lost(world: World, tmp_path: Path) -> None:
    first = world.export("first.csv")
    again = ("collect", "--again", "--since", "2026-01-05T00:00:00Z", "--at", LAST)
    assert typed(*again, shop=world.folder).code == 3
    assert world.export("second.csv") == first
    a_shop(tmp_path, (world.folder / "handbook" / "shop.yaml").read_text())
    taken = typed("slices", "import", str(world.folder / "first.csv"), "--writer", "metrics", shop=tmp_path)
    assert taken.code == 0, taken.err
    copy = World(tmp_path, {})
    for name in ("close", "grouped", "stretches"):
        assert copy.status(EVENING, name) == world.status(EVENING, name)
