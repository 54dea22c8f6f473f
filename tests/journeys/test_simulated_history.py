"""The VirtEngine practice from its simulator: every objective has a level, each thing planted has its effect alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

import planted_truth
from instants import NOON, NOON_SECONDS
from leadline.app import call
from leadline.core.scenarios import Shape
from leadline.core.slices import STEP
from leadline.domains.budgets.model import ShowStatus, SloStatus
from leadline.domains.measurement.model import Simulate
from leadline.ports.operation import Context
from planted_truth import Document, Group, Slices
from simulated import DAYS, VIRTENGINE, History, simulated, trial

DOCUMENT = Document.of(VIRTENGINE / "simulation.yaml")
PLANTED = DOCUMENT.planted()
FIRST, LAST = NOON_SECONDS // 60 - DAYS * 1440, NOON_SECONDS // 60
QUANTUM = {"sli-prov-008": 1000}
WINDOW_MINUTES = 28 * 1440


def slices(context: Context, start: int, end: int) -> dict[Group, Slices]:
    """Every seen slice of minutes [start, end), of every series."""
    found: dict[Group, Slices] = {}
    names = sorted({slo.series for slo in context.handbook.slos.values()} | set(context.handbook.slis))
    for key, dense in context.ledger.read(names, start * STEP, end * STEP).items():
        seen = np.flatnonzero(dense.seen).tolist()
        rows = zip(dense.bad[seen].tolist(), dense.total[seen].tolist(), strict=True)
        found[key.sli, key.labels] = dict(zip((start + index for index in seen), rows, strict=True))
    return found


def status(context: Context) -> dict[str, SloStatus]:
    return {slo.slo: slo for slo in call("status.show", ShowStatus(at=NOON), context).slos}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, simulated_history: History) -> Iterator[History]:
    """The same sixty days, had nothing been planted."""
    scenario = simulated_history.context.handbook.simulations["everyday"].without(*PLANTED)
    with simulated(tmp_path_factory.mktemp("undisturbed") / "ledger.db", scenario) as history:
        yield history


def test_sixty_days_of_all_slis_are_there(simulated_history: History) -> None:
    collection = simulated_history.collection
    assert collection.is_complete
    assert collection.warnings == ()
    assert [sli.sli for sli in collection.slis] == list(simulated_history.context.handbook.slis)
    without_limit = {"sli-prov-011"}
    unseen = {"sli-node-007": 180, "sli-node-009": 180}
    for sli in collection.slis:
        if sli.sli not in without_limit:
            assert (sli.end, sli.start) == (NOON, NOON - timedelta(days=DAYS))
            assert sli.no_data == unseen.get(sli.sli, 0)


def test_each_of_the_27_objectives_has_a_level(simulated_history: History) -> None:
    found = status(simulated_history.context)
    assert len(found) == 27
    assert [slo.slo for slo in found.values() if slo.level == "unknown"] == []
    assert len({slo.level for slo in found.values()}) > 2


def test_every_shape_is_planted_and_everything_planted_happens_within_sixty_days(simulated_history: History) -> None:
    events = simulated_history.plan.events
    assert {event.shape for event in events} == set(Shape)
    assert {event.name for event in events} == set(PLANTED)
    assert {event.kind for event in events} == {"incident", "maintenance", "deploy"}
    for name, item in PLANTED.items():
        starts = [int(event.start.timestamp()) // 60 for event in events if event.name == name]
        assert starts == sorted(DOCUMENT.starts(item, FIRST, LAST))


def test_each_objective_is_moved_by_something(simulated_history: History) -> None:
    moved = {slo for event in simulated_history.plan.events for effect in event.effects for slo in effect.slos}
    assert moved == set(simulated_history.context.handbook.slos)


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_moves_exactly_its_slices_by_the_amount_worked_out_apart(
    name: str, simulated_history: History, tmp_path: Path
) -> None:
    item = PLANTED[name]
    every = list(DOCUMENT.starts(item, FIRST, LAST))
    starts = [start for start in every if start > every[-1] - 15 * 1440]
    first = max(FIRST, min(starts) - 60)
    last = min(LAST, max(starts) + planted_truth.minutes(item["duration"]) + 120)
    scenario = simulated_history.context.handbook.simulations["everyday"].without(name)
    with trial(tmp_path / "ledger.db", scenario) as context:
        days = (last - first) // 1440 + 1
        call("slices.simulate", Simulate(days=days, at=datetime.fromtimestamp(last * 60, UTC)), context)
        without = slices(context, first, last)
    with_it = slices(simulated_history.context, first, last)
    expected = dict(without)
    for start in starts:
        expected |= planted_truth.with_planted(item, start, expected, QUANTUM)
    assert {key for key in with_it if with_it[key] != without[key]} == {
        key for key in expected if expected[key] != without[key]
    }
    assert with_it == expected
    _check_plan(name, starts[0], simulated_history, without, expected)


def _check_plan(
    name: str, first: int, history: History, without: Mapping[Group, Slices], expected: Mapping[Group, Slices]
) -> None:
    """The plan tells the same differences, and no others, and whose objectives they are."""
    told: dict[str, list[float]] = defaultdict(lambda: [0, 0, 0])
    slos: set[str] = set()
    for event in history.plan.events:
        for effect in event.effects if event.name == name and event.start.timestamp() >= first * STEP else ():
            told[effect.series] = [
                a + b for a, b in zip(told[effect.series], (effect.bad, effect.total, -effect.unseen), strict=True)
            ]
            slos |= set(effect.slos)
    sums: dict[str, list[float]] = defaultdict(lambda: [0, 0, 0])
    for key, after in expected.items():
        before, quantum = without[key], QUANTUM.get(key[0].partition("@")[0], 1)
        for column in (0, 1):
            difference = sum(row[column] for row in after.values()) - sum(row[column] for row in before.values())
            sums[key[0]][column] += difference / quantum
        sums[key[0]][2] += len(after) - len(before)
    assert dict(told) == {series: figures for series, figures in sums.items() if any(figures)}
    assert slos == {slo.id for slo in history.context.handbook.slos.values() if slo.series in told}


def test_budgets_differ_from_those_of_an_undisturbed_history_by_what_the_plan_tells(
    simulated_history: History, undisturbed: History
) -> None:
    found, calm = status(simulated_history.context), status(undisturbed.context)
    window = NOON - timedelta(minutes=WINDOW_MINUTES)
    planned: dict[str, list[float]] = defaultdict(lambda: [0, 0])
    for event in simulated_history.plan.events:
        for effect in event.effects if event.start >= window else ():
            for slo in effect.slos:
                planned[slo] = [planned[slo][0] + effect.bad, planned[slo][1] + effect.total]
    moved = {slo: [found[slo].bad - calm[slo].bad, found[slo].total - calm[slo].total] for slo in found}
    assert {slo: pytest.approx(figures) for slo, figures in moved.items() if any(figures)} == {
        slo: figures for slo, figures in planned.items() if any(figures)
    }
    assert all(slo.level == "healthy" for slo in calm.values()), "an ordinary month keeps every objective"


def test_a_dead_exporter_costs_coverage_and_nothing_else_does(simulated_history: History) -> None:
    silence = next(event for event in simulated_history.plan.events if event.shape == "silence")
    at = silence.end + timedelta(hours=1)
    found = {slo.slo: slo for slo in call("status.show", ShowStatus(at=at), simulated_history.context).slos}
    dark = {name for name, slo in found.items() if slo.coverage != 1}
    assert dark == {"slo-node-004", "slo-node-008"}
    assert found["slo-node-004"].coverage == pytest.approx(1 - 180 / WINDOW_MINUTES)
    inside = call("status.show", ShowStatus(at=silence.end), simulated_history.context)
    assert {slo.slo for slo in inside.slos if slo.level == "unknown"} == dark
