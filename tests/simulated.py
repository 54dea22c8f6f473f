"""Sixty days of the VirtEngine practice from its own scenario, with every shape of incident: a past for other tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from instants import NOON
from leadline.app import call, opened
from leadline.core.scenarios import Scenario
from leadline.domains.measurement.model import Collection, Plan, PlanSimulation, Simulate
from leadline.ports.operation import Context
from leadline.settings import Settings
from made_handbooks import Steps
from tree import ROOT

VIRTENGINE = ROOT / "handbooks" / "virtengine"
DAYS = 60


@dataclass(frozen=True)
class History:
    """What was simulated up to NOON: `context` has the handbook and the ledger, for any use case."""

    context: Context
    collection: Collection
    plan: Plan


@contextmanager
def trial(database: Path, scenario: Scenario | None = None) -> Iterator[Context]:
    """The practice on a database of its own, at NOON; with another scenario in place of its own."""
    settings = Settings(VIRTENGINE, f"sqlite:///{database}")
    with opened(settings, Steps(), now=lambda: NOON, environ={}) as context:
        if scenario is None:
            yield context
        else:
            yield replace(context, handbook=replace(context.handbook, simulations={scenario.name: scenario}))


@contextmanager
def simulated(database: Path, scenario: Scenario | None = None) -> Iterator[History]:
    """Sixty days in a database, for as long as the block runs."""
    with trial(database, scenario) as context:
        collection = call("slices.simulate", Simulate(days=DAYS, at=NOON), context)
        plan = call("slices.plan", PlanSimulation(days=DAYS, at=NOON), context)
        yield History(context, collection, plan)
