"""Simulating as a use case: the mark that keeps simulated slices and real ones apart, and the plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fakes import MemoryLedger
from instants import NOON, NOON_SECONDS
from leadline.adapters.sources.push import PushSource
from leadline.adapters.sources.simulator import SimulatedSource
from leadline.core.scenarios import DAY_MINUTES, Effect, Kind, Level, Planted, Rhythm, Scenario, Shape, Stream
from leadline.core.slices import STEP, SeriesKey, SliceBatch
from leadline.domains.measurement.model import Collect, Outcome, PlanSimulation, RecordSlice, Simulate
from leadline.domains.measurement.service import collect_slices, record_slice
from leadline.domains.measurement.simulation import plan_simulation, simulate_slices
from leadline.errors import NotFound, RecordError, SpecError
from leadline.handbook.specs import DataSource, Limit
from leadline.ports.ledger import SIMULATED
from leadline.ports.operation import Context
from leadline.ports.source import SIMULATION, Source
from made_handbooks import a_context, a_handbook, an_sli, an_slo, gauge, ratio

NOON_MINUTE = NOON_SECONDS // STEP
STEADY = Rhythm(low=1, weekend=1, noise=0)
REQUESTS, QUEUE, OTHER = (
    an_sli("requests", ratio(bad="bad")),
    an_sli("queue", gauge()),
    an_sli("other", ratio(good="good")),
)
SLOS = [an_slo(REQUESTS), an_slo(QUEUE, limit=Limit("lt", 50)), an_slo(OTHER)]


def once(name: str, minutes_before_noon: int, *effects: Effect, shape: Shape = Shape.OUTAGE) -> Planted:
    start = NOON_MINUTE - minutes_before_noon
    return Planted(name, Kind.INCIDENT, shape, "", ("shop",), start, True, 10, DAY_MINUTES, 1, 1, effects)


SCENARIO = Scenario(
    "everyday",
    1,
    7 * DAY_MINUTES,
    {"requests": (Stream("requests", (), STEADY, 100, 0, 0, None),)},
    {"queue": (Level("queue", (), STEADY, 20, 0, None),)},
    (
        once("down", 60, Effect("requests", 250_000, 0, (), 0, None), Effect("queue", 0, 5, (), 0, 80)),
        once("dead", 30, Effect("requests", 0, 0, (), 0, None), shape=Shape.SILENCE),
    ),
)


def a_trial(
    scenarios: tuple[Scenario, ...] = (SCENARIO,),
    *,
    ledger: MemoryLedger | None = None,
    now: datetime | Callable[[], datetime] = NOON,
) -> Context:
    """A practice with scenarios, whose real source answers nothing."""
    handbook = a_handbook([REQUESTS, QUEUE, OTHER], SLOS)
    context = a_context(
        replace(handbook, simulations={scenario.name: scenario for scenario in scenarios}), ledger=ledger, now=now
    )

    def opened(spec: DataSource) -> Source:
        return (SimulatedSource if spec.type == SIMULATION else PushSource)(spec.name, spec.connection, {})

    return replace(context, source=opened)


def bad_and_total(context: Context, sli: str, start: int, end: int) -> tuple[int, int, int]:
    """Over minutes before noon."""
    found = context.ledger.read([sli], (NOON_MINUTE - start) * STEP, (NOON_MINUTE - end) * STEP)
    dense = found[SeriesKey(sli)]
    return int(dense.bad.sum()), int(dense.total.sum()), int(dense.seen.sum())


def test_a_scenario_fills_the_ledger_as_a_source_would() -> None:
    context = a_trial()
    found = simulate_slices(Simulate(days=1, at=NOON), context)
    assert {sli.sli: (sli.outcome, sli.source) for sli in found.slis} == {
        "requests": (Outcome.COLLECTED, "prom"),
        "queue": (Outcome.COLLECTED, "prom"),
    }
    assert found.is_complete
    assert bad_and_total(context, "requests", 60, 50) == (250, 1000, 10)
    assert bad_and_total(context, "requests", 30, 20) == (0, 0, 0)
    assert bad_and_total(context, "requests", 1440, 0) == (250, 143_000, 1430)
    assert bad_and_total(context, "queue@lt50", 60, 0) == (10, 60, 60)
    assert context.ledger.watermarks("prom", ["requests"])["requests"].end == NOON_SECONDS


def test_an_sli_outside_the_scenario_gets_nothing_and_that_is_said() -> None:
    context = a_trial()
    [warning] = simulate_slices(Simulate(days=1, at=NOON), context).warnings
    assert warning == "other are not in everyday and have no slices"
    assert SeriesKey("other") not in context.ledger.series()


def test_without_an_instant_it_reaches_to_what_has_settled() -> None:
    found = simulate_slices(Simulate(days=1), a_trial())
    assert found.at == NOON - timedelta(minutes=2)
    assert {sli.start for sli in found.slis} == {NOON - timedelta(days=1, minutes=2)}


def test_the_future_is_not_simulated() -> None:
    assert simulate_slices(Simulate(days=1, at=NOON + timedelta(days=1)), a_trial()).at == NOON


def test_minute_by_minute_and_at_once_come_to_the_same() -> None:
    clock = [NOON - timedelta(minutes=70)]
    live, at_once = a_trial(now=lambda: clock[0]), a_trial()
    while clock[0] <= NOON:
        simulate_slices(Simulate(days=1), live)
        clock[0] += timedelta(minutes=1)
    simulate_slices(Simulate(days=2), at_once)
    for sli in ("requests", "queue@lt50"):
        assert bad_and_total(live, sli, 1440, 2) == bad_and_total(at_once, sli, 1440, 2)


def a_real_slice(sli: str, writer: str = "prom") -> MemoryLedger:
    ledger = MemoryLedger()
    ledger.append(writer, [SliceBatch(SeriesKey(sli), [NOON_SECONDS - 600], [0], [5])])
    return ledger


@pytest.mark.parametrize(("sli", "writer"), [("requests", "prom"), ("requests", "import"), ("queue@lt50", "prom")])
def test_real_slices_are_not_mixed_with_simulated_ones(sli: str, writer: str) -> None:
    ledger = a_real_slice(sli, writer)
    context = a_trial(ledger=ledger)
    with pytest.raises(RecordError, match=f"slices of {sli.partition('@')[0]} that were not simulated"):
        simulate_slices(Simulate(days=1, at=NOON), context)
    assert ledger.series() == (SeriesKey(sli),)
    assert ledger.watermarks("prom", ["requests", "queue"]) == {}


def test_real_slices_of_another_sli_are_no_hindrance() -> None:
    assert simulate_slices(Simulate(days=1, at=NOON), a_trial(ledger=a_real_slice("other"))).slices


def test_who_insists_may_mix() -> None:
    context = a_trial(ledger=a_real_slice("requests", "import"))
    assert simulate_slices(Simulate(days=1, at=NOON, force=True), context).slices
    assert bad_and_total(context, "requests", 10, 9) == (0, 105, 1)


def test_simulating_goes_on_where_simulating_ended() -> None:
    ledger = MemoryLedger()
    simulate_slices(Simulate(days=1, at=NOON - timedelta(hours=1)), a_trial(ledger=ledger))
    found = simulate_slices(Simulate(days=1, at=NOON), a_trial(ledger=ledger))
    assert {sli.slices for sli in found.slis} == {65, 55}, "the last hour, and five minutes again; ten are silent"


@pytest.mark.parametrize("slis", [(), ("requests",), ("other", "queue")])
def test_simulated_slices_are_not_mixed_with_real_ones(slis: tuple[str, ...]) -> None:
    context = a_trial()
    simulate_slices(Simulate(days=1, at=NOON), context)
    with pytest.raises(RecordError, match=r"holds simulated slices of .*; collect into another one"):
        collect_slices(Collect(at=NOON, slis=slis), context)


def test_an_sli_that_is_not_simulated_may_still_be_collected() -> None:
    context = a_trial()
    simulate_slices(Simulate(days=1, at=NOON), context)
    [found] = collect_slices(Collect(at=NOON, slis=("other",)), context).slis
    assert found.outcome is Outcome.FAILED, "its source was asked"


def test_the_mark_is_there_before_the_first_slice() -> None:
    ledger = MemoryLedger()
    append = ledger.append

    def dying(writer: str, *arguments: object, **more: object) -> int:
        if writer == "prom":
            raise InterruptedError("the process was killed")
        return append(writer, *arguments, **more)  # type: ignore[arg-type]  # passed through

    ledger.append = dying  # type: ignore[method-assign,assignment]  # death is not a method of the ledger
    with pytest.raises(InterruptedError):
        simulate_slices(Simulate(days=1, at=NOON), a_trial(ledger=ledger))
    with pytest.raises(RecordError):
        collect_slices(Collect(at=NOON), a_trial(ledger=ledger))


def test_the_plan_tells_the_difference_that_each_thing_makes() -> None:
    context = a_trial()
    plan = plan_simulation(PlanSimulation(days=1, at=NOON), context)
    assert (plan.scenario, plan.start, plan.end) == ("everyday", NOON - timedelta(days=1), NOON)
    down, dead = plan.events
    assert (down.name, down.start, down.end) == ("down", NOON - timedelta(hours=1), NOON - timedelta(minutes=50))
    requests, queue = down.effects
    assert (requests.series, requests.slos) == ("requests", ("requests-slo",))
    assert (requests.bad, requests.total, requests.unseen) == (250, 0, 0)
    assert (queue.series, queue.bad, queue.total) == ("queue@lt50", 10, 0)
    assert queue.start == NOON - timedelta(minutes=55), "five minutes late"
    [silent] = dead.effects
    assert (silent.bad, silent.total, silent.unseen) == (0, -1000, 10)
    assert context.ledger.series() == (), "nothing is written"


def test_a_plan_counts_what_lies_in_its_span() -> None:
    plan = plan_simulation(PlanSimulation(days=1, at=NOON - timedelta(minutes=54)), a_trial())
    [down] = plan.events
    assert [(effect.series, effect.bad) for effect in down.effects] == [("requests", 150), ("queue@lt50", 1)]


def test_a_scenario_is_named_where_there_are_several() -> None:
    context = a_trial((SCENARIO, replace(SCENARIO, name="worst-day")))
    with pytest.raises(NotFound, match=r"2 simulations; name one of everyday, worst-day with --scenario"):
        simulate_slices(Simulate(at=NOON), context)
    assert plan_simulation(PlanSimulation(scenario="worst-day", at=NOON), context).scenario == "worst-day"
    with pytest.raises(NotFound, match=r"no Simulation is named worst-dy; did you mean worst-day\?"):
        plan_simulation(PlanSimulation(scenario="worst-dy", at=NOON), context)


def test_a_handbook_without_a_scenario_says_how_to_get_one() -> None:
    with pytest.raises(NotFound, match="leadline schema Simulation"):
        simulate_slices(Simulate(at=NOON), a_trial(()))


def test_what_people_write_down_still_adds_up() -> None:
    context = a_trial()
    simulate_slices(Simulate(days=1, at=NOON), context)
    record_slice(RecordSlice(sli="requests", bad=7, total=7, start=NOON - timedelta(minutes=5)), context)
    assert bad_and_total(context, "requests", 5, 4) == (7, 107, 1)


def test_a_time_far_from_what_is_there_is_refused_before_anything_is_marked() -> None:
    context = a_trial()
    simulate_slices(Simulate(days=1, at=NOON), context)
    marks = dict(context.ledger.watermarks(SIMULATED, ["requests"]))
    with pytest.raises(SpecError, match="too much is missing up to there, read 730 days"):
        simulate_slices(Simulate(days=1, at=NOON - timedelta(days=730)), context)
    assert context.ledger.watermarks(SIMULATED, ["requests"]) == marks


def test_nothing_is_simulated_before_the_beginning_of_time() -> None:
    context = a_trial()
    first = datetime(1970, 1, 2, tzinfo=UTC)
    found = simulate_slices(Simulate(days=60, at=first), context)
    assert found.at == first
    assert context.ledger.watermarks("prom", ["requests"])["requests"].start == 0
