"""What is known of a handbook while it is read, kind by kind, in the order in which documents refer to each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from leadline.core.hours import BusinessHours
from leadline.core.scenarios import Scenario
from leadline.core.slices import STEP
from leadline.handbook import practice
from leadline.handbook.shaping import Report, Written
from leadline.handbook.specs import (
    Agreement,
    AlertStrategy,
    BudgetPolicy,
    Correction,
    DataSource,
    Service,
    Team,
)
from leadline.handbook.strategies import shipped_strategies

SETTLE = timedelta(seconds=2 * STEP)
"""How long after its end a slice is asked for, where the handbook does not say."""


@dataclass(slots=True)
class Parts:
    """What is known of the handbook so far."""

    folder: str
    written: list[Written]
    report: Report
    name: str
    names: Mapping[str, frozenset[str]]
    """Kind → every name that is written somewhere, however ill: a reference to one does not dangle."""
    display_name: str = ""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    settle: timedelta = SETTLE
    working_hours: BusinessHours | None = None
    are_hours_broken: bool = False
    defaults: practice.Defaults = field(default_factory=practice.Defaults)
    teams: dict[str, Team] = field(default_factory=dict)
    sources: dict[str, DataSource] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    policies: dict[str, BudgetPolicy] = field(default_factory=dict)
    agreements: dict[str, Agreement] = field(default_factory=dict)
    corrections: dict[str, Correction] = field(default_factory=dict)
    simulations: dict[str, Scenario] = field(default_factory=dict)
    service_policies: dict[str, str] = field(default_factory=dict)
    strategies: dict[str, AlertStrategy] = field(default_factory=dict)
    service_strategies: dict[str, str] = field(default_factory=dict)

    def known(self, kind: str) -> frozenset[str]:
        """Names of a kind that something may refer to: those written somewhere, however ill, and shipped ones."""
        return self.names[kind] | frozenset(shipped_strategies() if kind == "AlertStrategy" else ())

    def of(self, kind: str) -> Iterator[Written]:
        """Documents of a kind."""
        return (written for written in self.written if written.kind == kind)
