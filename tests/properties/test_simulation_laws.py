"""Laws of the simulator: a minute has its numbers whatever is asked for; something planted changes nothing else."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from instants import NOON_SECONDS
from leadline.adapters.sources.simulator import SimulatedSource
from leadline.core.scenarios import DAY_MINUTES, MILLION, Effect, Kind, Level, Planted, Rhythm, Scenario, Shape, Stream
from leadline.core.slices import STEP
from leadline.ports.source import Answer, Floats, Role, SourceQuery

NOON = NOON_SECONDS // STEP
REACH = 3 * DAY_MINUTES
RHYTHM = Rhythm(low=0.2, noise=0.3)
GROUPS = ((("region", "eu"),), (("region", "us"),))
QUERIES = tuple(
    SourceQuery(sli, role, "anything", counter=role is not Role.VALUE)
    for sli, roles in {
        "requests": (Role.TOTAL, Role.BAD, Role.GOOD, Role.FAILURES),
        "depth": (Role.VALUE, Role.DEMAND),
    }.items()
    for role in roles
)

minutes = st.integers(NOON - REACH, NOON + REACH)
effects = st.builds(
    Effect,
    sli=st.sampled_from(["requests", "depth"]),
    depth=st.integers(1, MILLION),
    lag=st.integers(0, 100),
    groups=st.sampled_from([(), GROUPS[:1]]),
    failures=st.integers(0, 5),
    value=st.none() | st.floats(-10, 10),
)
things = st.builds(
    Planted,
    name=st.just("it"),
    kind=st.sampled_from(Kind),
    shape=st.sampled_from(Shape),
    description=st.just(""),
    services=st.just(()),
    start=minutes,
    is_once=st.just(True),
    duration=st.integers(1, 2 * DAY_MINUTES),
    every=st.integers(1, DAY_MINUTES),
    times=st.integers(1, 4),
    period=st.integers(1, 90),
    effects=st.lists(effects, max_size=3).map(tuple),
)


def a_scenario(*planted: Planted, seed: int = 1) -> Scenario:
    streams = tuple(Stream("requests", labels, RHYTHM, 3.5, 0.1, 0.2, None) for labels in GROUPS)
    level = Level("depth", (), RHYTHM, 5, 0.5, 0.6)
    return Scenario("s", seed, 7 * DAY_MINUTES, {"requests": streams}, {"depth": (level,)}, planted)


def ask(scenario: Scenario, start: int, end: int, queries: tuple[SourceQuery, ...] = QUERIES) -> list[Answer]:
    source = SimulatedSource("prom", {"scenario": scenario}, {})
    return list(source.answer(queries, start * STEP, end * STEP, progress=lambda _: None))


def rows(answers: list[Answer], length: int) -> dict[tuple[str, str, object], Floats]:
    """Every group of every query; a group that the answer leaves out is NaN throughout, as the port has it."""
    found = {
        (each.query.sli, str(each.query.role), group): numbers
        for each in answers
        for group, numbers in each.groups.items()
    }
    expected = [("requests", role, group) for role in ("total", "bad", "good", "failures") for group in GROUPS]
    expected += [("depth", "value", ()), ("depth", "demand", ())]
    return {key: found.get(key, np.full(length, np.nan)) for key in expected}


@settings(max_examples=60)
@given(thing=things, cuts=st.lists(minutes, min_size=2, max_size=6, unique=True), order=st.randoms())
def test_a_minute_has_the_same_numbers_in_any_span_chunk_and_order(
    thing: Planted, cuts: list[int], order: random.Random
) -> None:
    scenario, cuts = a_scenario(thing), sorted(cuts)
    whole = rows(ask(scenario, cuts[0], cuts[-1]), cuts[-1] - cuts[0])
    pieces = list(pairwise(cuts))
    order.shuffle(pieces)
    for start, end in pieces:
        queries = list(QUERIES)
        order.shuffle(queries)
        for key, numbers in rows(ask(scenario, start, end, tuple(queries)), end - start).items():
            np.testing.assert_array_equal(numbers, whole[key][start - cuts[0] : end - cuts[0]])


@settings(max_examples=60)
@given(planted=st.lists(things, max_size=3), start=minutes, seed=st.integers(0, 2**70))
def test_events_are_whole_bad_is_a_part_of_total_and_good_is_the_rest(
    planted: list[Planted], start: int, seed: int
) -> None:
    found = rows(ask(a_scenario(*planted, seed=seed), start, start + 500), 500)
    for group in GROUPS:
        total, bad, good, failures = (found["requests", role, group] for role in ("total", "bad", "good", "failures"))
        seen = ~np.isnan(total)
        for numbers in (total, bad, good, failures):
            assert (np.isnan(numbers) == ~seen).all()
            assert (numbers[seen] == np.rint(numbers[seen])).all()
            assert (numbers[seen] >= 0).all()
        assert (bad[seen] + good[seen] == total[seen]).all()


@settings(max_examples=60)
@given(thing=things, start=minutes)
def test_something_planted_changes_only_its_own_slis_groups_and_time(thing: Planted, start: int) -> None:
    end = start + 600
    with_it, without = (rows(ask(scenario, start, end), 600) for scenario in (a_scenario(thing), a_scenario()))
    touched: dict[tuple[str, object], np.ndarray[tuple[int], np.dtype[np.bool_]]] = {}
    for effect in thing.effects:
        for key in with_it:
            groups = effect.groups or (key[2],)
            if effect.sli == key[0] and key[2] in groups:
                inside = touched.setdefault(key[:1] + key[2:], np.zeros(600, dtype=np.bool_))
                for number in range(thing.times):
                    first = thing.start + number * thing.every + effect.lag - start
                    inside[max(0, first) : max(0, first + thing.duration)] = True
    for key, numbers in with_it.items():
        outside = ~touched.get(key[:1] + key[2:], np.zeros(600, dtype=np.bool_))
        np.testing.assert_array_equal(numbers[outside], without[key][outside])
