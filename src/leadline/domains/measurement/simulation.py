"""
Use cases of simulation: a collection in which a scenario answers for every source, and what the scenario plants.

Simulated slices have the writer that collected ones would have, so everything that reads the ledger works on them. An
SLI that is simulated is marked before its first slice is written, and the mark keeps real slices and simulated ones
apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from leadline.core.scenarios import Effect, Planted, Scenario
from leadline.core.slices import STEP, Labels
from leadline.core.windows import Span, floor_to_step
from leadline.domains.measurement import rules, tables
from leadline.domains.measurement.collection import collect, planned
from leadline.domains.measurement.model import (
    Collect,
    Collection,
    Plan,
    PlannedEffect,
    PlannedEvent,
    PlanSimulation,
    Simulate,
)
from leadline.errors import NotFound, RecordError
from leadline.handbook.specs import DataSource, Handbook, Sli
from leadline.handbook.wording import not_found
from leadline.ports.ledger import SIMULATED, Watermark
from leadline.ports.operation import Context
from leadline.ports.questions import queries
from leadline.ports.source import SIMULATION, Floats, Role, Source

_SHOWN = 5


def simulate_slices(request: Simulate, context: Context) -> Collection:
    """Mark what will be simulated, then collect from the scenario as from any source."""
    scenario = _chosen(request, context.handbook)
    slis = _simulated(scenario, context.handbook)
    span = _span(request, context)
    if not request.force:
        _refuse_real(slis, context)
    since = datetime.fromtimestamp(span.start, UTC)
    wanted = Collect(since=since, at=request.at, slis=tuple(sli.id for sli in slis))
    planned(wanted, context)  # refuses what is too much before anything is marked
    context.revisions.record(context.handbook, context.now())
    context.ledger.append(SIMULATED, [], watermarks=[Watermark(sli.id, span.start, span.end) for sli in slis])
    collection = collect(wanted, replace(context, source=lambda spec: _source(scenario, spec, context)))
    context.ledger.compact(floor_to_step(context.now().timestamp()) - tables.TAIL_SECONDS)
    missing = [name for name, sli in context.handbook.slis.items() if sli.measure is not None and sli not in slis]
    warnings = (f"{_listed(missing)} are not in {scenario.name} and have no slices",) if missing else ()
    return collection.model_copy(update={"warnings": collection.warnings + warnings})


def plan_simulation(request: PlanSimulation, context: Context) -> Plan:
    """Every occurrence of what is planted in a span, with the difference that it makes to each series."""
    scenario = _chosen(request, context.handbook)
    span = _span(request, context)
    events = [
        _event(scenario, planted, at * STEP, span, context)
        for planted in scenario.planted
        for at in scenario.starts(planted, span.start // STEP, span.end // STEP)
    ]
    events.sort(key=lambda event: (event.start, event.name))
    return Plan(scenario=scenario.name, start=_instant(span.start), end=_instant(span.end), events=tuple(events))


def refuse_simulated(slis: Sequence[str], context: Context) -> None:
    """
    Keep collected slices from being written beside simulated ones; all SLIs when none are named.

    Raises:
        RecordError: slices of one of the SLIs were simulated.
    """
    marked = sorted(context.ledger.watermarks(SIMULATED, slis or list(context.handbook.slis)))
    if marked:
        raise RecordError(f"this database holds simulated slices of {_listed(marked)}; collect into another one")


def _refuse_real(slis: Sequence[Sli], context: Context) -> None:
    marked = context.ledger.watermarks(SIMULATED, [sli.id for sli in slis])
    of_series = {
        series: sli.id for sli in slis if sli.id not in marked for series in tables.series_ids(sli, context.handbook)
    }
    real = sorted({of_series[key.sli] for key in context.ledger.extents(list(of_series))})
    if real:
        raise RecordError(
            f"this database holds slices of {_listed(real)} that were not simulated; "
            "simulate into another one, or add --force to mix them"
        )


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _chosen(request: Simulate | PlanSimulation, handbook: Handbook) -> Scenario:
    name, known = request.scenario, handbook.simulations
    if not known:
        raise NotFound("the handbook has no Simulation; write one, see: leadline schema Simulation")
    if not name and len(known) > 1:
        raise NotFound(f"the handbook has {len(known)} simulations; name one of {', '.join(known)} with --scenario")
    if name and name not in known:
        raise not_found("Simulation", name, known)
    found = known[name or next(iter(known))]
    return found.told_from(floor_to_step(request.story_at.timestamp()) // STEP) if request.story_at else found


def _simulated(scenario: Scenario, handbook: Handbook) -> list[Sli]:
    return [sli for name, sli in handbook.slis.items() if name in scenario.streams or name in scenario.levels]


def _span(request: Simulate | PlanSimulation, context: Context) -> Span:
    now = context.now()
    end = min(request.at, now) if request.at else now - context.handbook.settle
    last = floor_to_step(end.timestamp())
    return Span(max(0, floor_to_step((end - timedelta(days=request.days)).timestamp())), last)


def _source(scenario: Scenario, spec: DataSource, context: Context) -> Source:
    return context.source(DataSource(spec.name, SIMULATION, {"scenario": scenario}, spec.place))


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _event(scenario: Scenario, planted: Planted, start: int, span: Span, context: Context) -> PlannedEvent:
    return PlannedEvent(
        name=planted.name,
        kind=planted.kind,
        shape=planted.shape,
        description=planted.description,
        services=planted.services,
        start=_instant(start),
        end=_instant(start + planted.duration * STEP),
        effects=tuple(
            planned
            for effect in planted.effects
            for planned in _differences(scenario, planted, effect, _within(span, planted, effect, start), context)
        ),
    )


def _within(span: Span, planted: Planted, effect: Effect, start: int) -> Span:
    """The part of an effect that lies in a span."""
    first = start + effect.lag * STEP
    last = min(first + planted.duration * STEP, span.end)
    return Span(min(max(first, span.start), last), last)


def _differences(
    scenario: Scenario, planted: Planted, effect: Effect, span: Span, context: Context
) -> Iterator[PlannedEffect]:
    if not span.slices:
        return
    sli = context.handbook.slis[effect.sli]
    slos = [slo for slo in context.handbook.slos.values() if slo.sli.id == sli.id]
    with_it = _sums(scenario, sli, span, context)
    without = _sums(scenario.without(planted.name), sli, span, context)
    for series, sums in with_it.items():
        bad, total, seen = sums - without[series]
        yield PlannedEffect(
            sli=sli.id,
            series=series,
            slos=tuple(slo.id for slo in slos if slo.series == series),
            start=_instant(span.start),
            end=_instant(span.end),
            bad=bad,
            total=total,
            unseen=-int(seen),
        )


def _sums(scenario: Scenario, sli: Sli, span: Span, context: Context) -> dict[str, Floats]:
    """Bad events, total events and seen slices of each series of an SLI, all groups together."""
    source = _source(scenario, context.handbook.sources[sli.source], context)
    found: dict[Labels, dict[Role, Floats]] = defaultdict(dict)
    demand = np.full(span.slices, np.nan)
    for answer in source.answer(queries(sli), span.start, span.end, progress=lambda _: None):
        for labels, numbers in answer.groups.items():
            if answer.query.role is Role.DEMAND:
                demand = numbers
            else:
                found[labels][answer.query.role] = numbers
    sums: dict[str, Floats] = {}
    for target in rules.targets(context.handbook, sli):
        sums[target.series] = np.zeros(3)
        for roles in found.values():
            reading = rules.reading(sli, target, {**roles, Role.DEMAND: demand}, span.slices)
            seen = ~np.isnan(reading.total)
            sums[target.series] += [reading.bad[seen].sum(), reading.total[seen].sum(), seen.sum()]
    return sums
