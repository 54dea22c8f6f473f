"""A scenario as a source: every role of every kind of SLI, and what is not there."""

from __future__ import annotations

import numpy as np
import pytest

from instants import NOON_SECONDS
from leadline.adapters.sources.simulator import SimulatedSource
from leadline.core.scenarios import DAY_MINUTES, MILLION, Effect, Kind, Level, Planted, Rhythm, Scenario, Shape, Stream
from leadline.core.slices import STEP
from leadline.ports.source import Answer, Role, SourceQuery

NOON = NOON_SECONDS // STEP
STEADY = Rhythm(low=1, weekend=1, noise=0)
EU, US = (("region", "eu"),), (("region", "us"),)
SILENT = Planted(
    "dead", Kind.INCIDENT, Shape.SILENCE, "", (), NOON, True, 5, DAY_MINUTES, 1, 1,
    (Effect("requests", 0, 0, (EU,), 0, None), Effect("queue", 0, 0, (), 0, None)),
)  # fmt: skip
OUTAGE = Planted(
    "down", Kind.INCIDENT, Shape.OUTAGE, "", (), NOON + 10, True, 5, DAY_MINUTES, 1, 1,
    (Effect("requests", MILLION // 4, 0, (), 2, None),),
)  # fmt: skip
SCENARIO = Scenario(
    "s",
    1,
    7 * DAY_MINUTES,
    {"requests": (Stream("requests", EU, STEADY, 40, 0, 0, None), Stream("requests", US, STEADY, 8, 0, 0, 0.5))},
    {"queue": (Level("queue", (), STEADY, 20, 0, None),)},
    (SILENT, OUTAGE),
)


def ask(*asked: tuple[str, Role], start: int = NOON, length: int = 20) -> list[Answer]:
    source = SimulatedSource("prom", {"scenario": SCENARIO}, {})
    source.check()
    done: list[int] = []
    queries = [SourceQuery(sli, role, "x", counter=True, group_by=("region",)) for sli, role in asked]
    span = (start * STEP, (start + length) * STEP)
    answers = list(source.answer(queries, *span, progress=done.append))
    source.close()
    assert done == [length] * len(queries)
    assert [answer.query for answer in answers] == queries
    assert not any(answer.error or answer.warnings for answer in answers)
    return answers


def test_events_are_told_in_each_role() -> None:
    roles = (Role.TOTAL, Role.BAD, Role.GOOD, Role.FAILURES)
    total, bad, good, failures = (each.groups[US].tolist() for each in ask(*(("requests", role) for role in roles)))
    assert total == [8] * 20
    assert bad == [0] * 10 + [2] * 5 + [0] * 5
    assert good == [8] * 10 + [6] * 5 + [8] * 5
    assert failures == [0] * 10 + [2] + [0] * 9


def test_a_dead_exporter_is_nan_and_its_neighbours_are_not() -> None:
    [answer] = ask(("requests", Role.TOTAL))
    assert np.isnan(answer.groups[EU]).tolist() == [True] * 5 + [False] * 15
    assert not np.isnan(answer.groups[US]).any()
    [answer] = ask(("queue", Role.VALUE))
    assert np.isnan(answer.groups[()]).tolist() == [True] * 5 + [False] * 15


def test_a_group_that_is_never_seen_is_not_in_the_answer() -> None:
    [answer] = ask(("requests", Role.TOTAL), length=5)
    assert list(answer.groups) == [US]


def test_an_sli_of_no_scenario_has_no_series() -> None:
    for answer in ask(("others", Role.TOTAL), ("others", Role.VALUE), ("others", Role.DEMAND)):
        assert answer.groups == {}


def test_a_gauge_has_values_and_no_events() -> None:
    value, total = ask(("queue", Role.VALUE), ("queue", Role.TOTAL), start=NOON + 5)
    assert value.groups[()].tolist() == [20] * 20
    assert total.groups == {}


def test_demand_is_one_answer_for_all_groups() -> None:
    [answer] = ask(("requests", Role.DEMAND))
    assert answer.groups[()].tolist() == [1] * 20


def test_spans_of_one_source_do_not_mix() -> None:
    source = SimulatedSource("prom", {"scenario": SCENARIO}, {})
    query = SourceQuery("requests", Role.BAD, "x", counter=True)
    found = [
        next(source.answer([query], (NOON + at) * STEP, (NOON + at + 5) * STEP, progress=lambda _: None)).groups[US]
        for at in (5, 10, 5)
    ]
    assert [numbers.tolist() for numbers in found] == [[0] * 5, [2] * 5, [0] * 5]


def test_anything_but_a_scenario_is_refused() -> None:
    with pytest.raises(TypeError, match="a scenario is wanted, not str"):
        SimulatedSource("prom", {"scenario": "everyday"}, {})
