"""Nouns of measurement: what is asked for, and what came of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from pydantic import AwareDatetime, Field

from leadline.ports.message import Message


class Collect(Message):
    """Ask the sources for every slice that is not yet known."""

    since: AwareDatetime | None = None
    """Reach back to this instant; by default as far as the longest window of each SLI."""
    at: AwareDatetime | None = None
    """Collect up to this instant; by default now, less the time a source is given to settle."""
    again: bool = False
    """Ask again for slices that have been collected."""
    slis: tuple[str, ...] = ()
    """Ids of SLIs; all when empty."""


class Outcome(StrEnum):
    """What collecting one SLI came to."""

    COLLECTED = "collected"
    CURRENT = "current"
    """Nothing was left to ask for."""
    NO_SERIES = "no_series"
    """The source answered, and had nothing in the whole range."""
    FAILED = "failed"
    SKIPPED = "skipped"
    """Its slices are pushed, or no objective gives it a limit."""


class Collected(Message):
    """One SLI's part of a collection."""

    sli: str
    source: str
    outcome: Outcome
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    slices: int = 0
    no_data: int = 0
    """Slices of the range for which the source had nothing."""
    inconsistent: int = 0
    """Slices for which the source said bad > total; they were clamped."""
    message: str = ""


class Collection(Message):
    """What a collection came to."""

    at: datetime
    slis: tuple[Collected, ...]
    slices: int
    warnings: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """False when a query failed or an SLI returned no series in the whole range."""
        return not any(sli.outcome in (Outcome.FAILED, Outcome.NO_SERIES) for sli in self.slis)


class RecordSlice(Message):
    """Write down one slice by hand."""

    sli: str
    bad: float = Field(ge=0, allow_inf_nan=False)
    total: float = Field(ge=0, allow_inf_nan=False)
    start: AwareDatetime | None = None
    """Start of the slice; by default the last whole one."""
    labels: dict[str, str] = Field(default_factory=dict)
    writer: str = "record"


class RecordDowntime(Message):
    """Write down that something was down, wholly or in part."""

    slo: str
    """Id or name of an SLO; its SLI's slices are told."""
    start: AwareDatetime
    end: AwareDatetime
    fraction: Decimal = Field(default=Decimal(1), gt=0, le=1)
    """Share of the events that failed."""
    take_back: bool = False
    """Take back what was recorded as downtime in the slices of the interval."""


class RecordFailures(Message):
    """Write down how many events failed in an interval."""

    sli: str
    bad: int = Field(ge=0)
    total: int | None = Field(default=None, ge=0)
    """All events of the interval; None: another writer tells them."""
    start: AwareDatetime
    end: AwareDatetime
    labels: dict[str, str] = Field(default_factory=dict)
    writer: str = "failures"


class Recorded(Message):
    """What was written, and how many bad events of the interval stand in the writer's name now."""

    slices: int
    series: int
    bad: float
    warnings: tuple[str, ...] = ()


class ImportSlices(Message):
    """Take in a CSV or Parquet file of slices, all of it or nothing."""

    file: Path
    writer: str = "import"


class ExportSlices(Message):
    """Write slices to a CSV or Parquet file."""

    file: Path
    slis: tuple[str, ...] = ()
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None


class Stored(Message):
    """How many slices were written, and what is worth knowing about them."""

    slices: int
    series: int
    warnings: tuple[str, ...] = ()


class Simulate(Message):
    """Fill the ledger from a scenario of the handbook, as if every source had answered."""

    scenario: str = ""
    """Name of a Simulation; may be left out where there is one."""
    days: int = Field(default=60, ge=1, le=400)
    """How far to reach back."""
    at: AwareDatetime | None = None
    """Simulate up to this instant; by default now, less the time a source is given to settle."""
    force: bool = False
    """Write beside slices that were not simulated."""


class PlanSimulation(Message):
    """Tell what is planted, and what follows from it."""

    scenario: str = ""
    """As for `Simulate`."""
    days: int = Field(default=60, ge=1, le=400)
    at: AwareDatetime | None = None


class PlannedEffect(Message):
    """What something planted does to one series: the difference between the scenario with it and without it."""

    sli: str
    series: str
    """Id in the ledger; the SLI's, with its limit where it is a gauge."""
    slos: tuple[str, ...]
    """Objectives on the series."""
    start: AwareDatetime
    end: AwareDatetime
    bad: float
    """Bad events more than without it; fewer when negative."""
    total: float
    unseen: int
    """Slices, of all groups, that are no_data because of it."""


class PlannedEvent(Message):
    """One occurrence of something planted."""

    name: str
    kind: str
    """incident, maintenance or deploy."""
    shape: str
    description: str
    services: tuple[str, ...]
    start: AwareDatetime
    end: AwareDatetime
    effects: tuple[PlannedEffect, ...]


class Plan(Message):
    """Everything planted in a span, in order of time."""

    scenario: str
    start: AwareDatetime
    end: AwareDatetime
    events: tuple[PlannedEvent, ...]
