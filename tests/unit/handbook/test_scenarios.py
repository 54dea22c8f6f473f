"""Simulation documents: what is read from one, and every mistake at its place with a way out."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import made_yaml as made
from leadline.core.scenarios import DAY_MINUTES, Effect, Kind, Rhythm, Scenario, Shape
from leadline.handbook.documents import Service, dump
from leadline.handbook.loader import load
from leadline.handbook.schema import json_schema
from leadline.handbook.simulations import Simulation
from made_yaml import broken, only, write

PUSHED = """\
apiVersion: openslo/v1
kind: DataSource
metadata: {name: people}
spec: {type: push}
---
apiVersion: openslo/v1
kind: SLI
metadata: {name: pushed}
spec:
  ratioMetric:
    counter: true
    bad: {metricSource: {metricSourceRef: people, spec: {}}}
    total: {metricSource: {metricSourceRef: people, spec: {}}}
"""
SIMULATION = """\
apiVersion: leadline/v1
kind: Simulation
metadata:
  name: everyday
spec:
  description: A week of the shop.
  seed: 7
  cycle: 28d
  rhythm: {peak: "14:00", low: 0.2, weekend: 0.5, noise: 5%}
  traffic:
    - sli: requests
      perMinute: 600
      bad: 0.001
      demandAbove: 0.4
      rhythm: {low: 0.4}
      groups:
        - labels: {path: /cart}
          share: 0.75
          bad: 0.01
        - labels: {path: /pay}
  gauges:
    - sli: queue
      value: 20
      swing: 0.5
    - sli: satisfied
      value: 0.99
  incidents:
    - name: cart-down
      description: The cart is down.
      shape: cascade
      services: [checkout]
      day: 3
      time: "13:30"
      duration: 1h
      depth: 0.5
      effects:
        - sli: requests
          groups: [{path: /cart}]
        - sli: queue
          lag: 5m
          value: 90
    - name: exporter
      shape: silence
      day: 9
      time: "03:00"
      duration: 2h
      effects: [{sli: satisfied}]
  maintenance:
    - name: move
      start: 2026-03-01T02:00:00Z
      duration: 30m
      depth: 1
      effects: [{sli: requests}]
  deploys:
    - name: release
      day: 1
      time: "10:00"
      duration: 5m
      every: 7d
      times: 4
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    found = load(write(tmp_path, {**made.VALID, "simulation.yaml": SIMULATION}))
    assert found.problems == ()
    assert found.counts["Simulation"] == 1
    assert found.handbook is not None
    return found.handbook.simulations["everyday"]


def test_traffic_has_its_groups_and_its_rhythm(scenario: Scenario) -> None:
    cart, pay = scenario.streams["requests"]
    assert (cart.labels, pay.labels) == ((("path", "/cart"),), (("path", "/pay"),))
    assert (cart.per_minute, pay.per_minute) == (450, 300), "a group's share is an equal part when it is not said"
    assert (cart.bad, pay.bad) == (0.01, 0.001)
    assert cart.rhythm == Rhythm(peak=14 * 60, low=0.4, weekend=0.5, noise=0.05)
    assert cart.demand_above == 0.4


def test_a_gauge_and_a_ratio_have_values(scenario: Scenario) -> None:
    [queue], [satisfied] = scenario.levels["queue"], scenario.levels["satisfied"]
    assert (queue.value, queue.swing, queue.labels) == (20, 0.5, ())
    assert (satisfied.value, satisfied.swing) == (0.99, 0)
    assert queue.rhythm == Rhythm(peak=14 * 60, low=0.2, weekend=0.5, noise=0.05)


def test_what_is_planted_is_read_to_the_minute(scenario: Scenario) -> None:
    cart, exporter, move, release = scenario.planted
    assert (scenario.seed, scenario.cycle) == (7, 28 * DAY_MINUTES)
    assert (cart.kind, cart.shape, cart.services) == (Kind.INCIDENT, Shape.CASCADE, ("checkout",))
    assert (cart.start, cart.is_once, cart.duration) == (3 * DAY_MINUTES + 13 * 60 + 30, False, 60)
    assert cart.effects == (
        Effect("requests", 500_000, 0, ((("path", "/cart"),),), 0, None),
        Effect("queue", 500_000, 5, (), 0, 90),
    )
    assert (exporter.shape, exporter.effects[0].depth) == (Shape.SILENCE, 0)
    assert (move.kind, move.is_once, move.start) == (Kind.MAINTENANCE, True, 1_772_330_400 // 60)
    assert (release.kind, release.shape, release.effects) == (Kind.DEPLOY, Shape.OUTAGE, ())
    assert (release.every, release.times) == (7 * DAY_MINUTES, 4)


@pytest.mark.parametrize(("written", "start"), [("-5h", -300), ("+10m", 10), ("1d", DAY_MINUTES)])
def test_a_story_lies_before_or_after_its_begin(tmp_path: Path, written: str, start: int) -> None:
    told = SIMULATION.replace('day: 3\n      time: "13:30"', f"story: {written}")
    found = load(write(tmp_path, {**made.VALID, "simulation.yaml": told})).handbook
    assert found is not None
    cart = found.simulations["everyday"].planted[0]
    assert (cart.is_in_story, cart.is_once, cart.start) == (True, False, start)


def test_a_document_is_written_as_it_was_read() -> None:
    document = Simulation.model_validate(
        yaml.safe_load(SIMULATION.replace("2026-03-01T02:00:00Z", '"2026-03-01T02:00:00Z"'))
    )
    again = Simulation.model_validate(yaml.safe_load(dump(document)))
    assert again == document
    assert not isinstance(again, Service)


def test_editors_get_a_schema_with_every_shape() -> None:
    schema = json_schema("Simulation")
    assert set(schema["$defs"]["Planted"]["properties"]["shape"]["enum"]) == set(Shape)
    assert {"traffic", "gauges", "incidents", "maintenance", "deploys"} <= set(
        schema["$defs"]["SimulationSpec"]["properties"]
    )


CASES = {
    case["mistake"]: case for case in yaml.safe_load(Path(__file__).with_name("scenario_mistakes.yaml").read_text())
}


@pytest.mark.parametrize("case", CASES)
def test_each_mistake_is_told_once_at_its_place_with_a_way_out(tmp_path: Path, case: str) -> None:
    text, line, column = broken(SIMULATION, CASES[case]["passage"], CASES[case]["mistaken"])
    found = load(write(tmp_path, {**made.VALID, "pushed.yaml": PUSHED, "simulation.yaml": text}))
    problem = only(found.problems)
    assert (problem.file, problem.line, problem.column) == ("simulation.yaml", line, column), problem
    assert (problem.what, problem.value) == (CASES[case]["what"], CASES[case]["value"])
    assert CASES[case]["hint"] in problem.hint


@pytest.mark.parametrize(
    ("gone", "key", "hint"),
    [
        ("      day: 9\n", "spec.incidents[1].day", "add day: 12"),
        ("          value: 90\n", "spec.incidents[0].effects[1].value", "where the gauge goes"),
        ("      depth: 0.5\n", "spec.incidents[0].depth", "write depth: 0.5"),
        ("      effects: [{sli: satisfied}]\n", "spec.incidents[1].effects", "add effects"),
        ("      duration: 2h\n", "spec.incidents[1].duration", "add duration: …"),
    ],
)
def test_what_is_missing_is_told_where_it_belongs(tmp_path: Path, gone: str, key: str, hint: str) -> None:
    assert gone in SIMULATION
    found = load(write(tmp_path, {**made.VALID, "simulation.yaml": SIMULATION.replace(gone, "")}))
    problem = only(found.problems)
    assert problem.key == key
    assert hint in problem.hint


def test_a_grouped_sli_wants_groups(tmp_path: Path) -> None:
    start, end = SIMULATION.index("      groups:\n        - labels"), SIMULATION.index("  gauges:")
    text = (SIMULATION[:start] + SIMULATION[end:]).replace("          groups: [{path: /cart}]\n", "")
    problem = only(load(write(tmp_path, {**made.VALID, "simulation.yaml": text})).problems)
    assert problem.what == "a grouped SLI without groups"
    assert "path" in problem.hint


def test_what_refers_to_an_ill_written_sli_is_not_blamed(tmp_path: Path) -> None:
    wrong, _, _ = broken(made.SLI, "counter: true", "§countr: true")
    files = {**made.VALID, "slis/requests.yaml": wrong, "simulation.yaml": SIMULATION}
    assert {problem.file for problem in load(write(tmp_path, files)).problems} == {"slis/requests.yaml"}


def test_a_source_of_a_handbook_cannot_be_a_simulation(tmp_path: Path) -> None:
    from leadline.app import load_handbook
    from leadline.settings import Settings

    files = {**made.VALID, "source.yaml": made.SOURCE.replace("Prometheus", "simulation")}
    found = load_handbook(Settings(write(tmp_path, files), ""))
    assert only(found.problems).what == "no adapter answers for it"
