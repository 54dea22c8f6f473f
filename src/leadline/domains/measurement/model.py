"""Nouns of measurement: what is asked for, and what came of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from leadline.ports.message import Instant, Message


class Collect(Message):
    """Ask the sources for every slice that is not yet known."""

    since: Instant | None = None
    """Reach back to this instant; by default as far as the longest window of each SLI."""
    at: Instant | None = None
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
    start: Instant | None = None
    """Start of the slice; by default the last whole one."""
    labels: dict[str, str] = Field(default_factory=dict)
    writer: str = "record"


Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
"""What somebody must have written."""


class RecordDowntime(Message):
    """Write down that something was down, wholly or in part."""

    slo: str
    """Id or name of an SLO; its SLI's slices are told."""
    start: Instant
    end: Instant
    fraction: Decimal = Field(default=Decimal(1), gt=0, le=1)
    """Share of the events that failed."""
    reason: Said
    who: Said | None = None
    """Who knows it; by default who asks, and no other where a token is needed."""


class RecordFailures(Message):
    """Write down how many events failed in an interval."""

    sli: str
    bad: int = Field(ge=0)
    total: int | None = Field(default=None, ge=0)
    """All events of the interval; None: another writer tells them."""
    start: Instant
    end: Instant
    labels: dict[str, str] = Field(default_factory=dict)
    reason: Said
    who: Said | None = None
    """By default who asks, and no other where a token is needed."""


class Recorded(Message):
    """What was recorded, and what follows from it."""

    id: int
    """By which it is removed."""
    slices: int
    """Slices of the ledger that are other than before."""
    series: int
    bad: float
    """Bad events of the interval that follow from recordings; of failures, as many as were said."""
    warnings: tuple[str, ...] = ()


class ListRecordings(Message):
    """What was recorded, in order."""

    removed: bool = False
    """Also what was removed."""


class ShownRecording(Message):
    """One recording; what concerns its removal is null while it holds."""

    id: int
    kind: str
    """downtime or failures."""
    name: str
    """Of the SLO, or of the SLI."""
    series: tuple[str, ...]
    labels: dict[str, str]
    start: datetime
    end: datetime
    fraction: float | None
    """Null for failures; `bad` is null for downtime."""
    bad: int | None
    total: int | None
    """Null where others tell the events."""
    reason: str
    who: str
    recorded_at: datetime
    removed_at: datetime | None
    removed_by: str | None
    removal_reason: str | None


class ShownRecordings(Message):
    """Recordings, and how many were removed, shown or not."""

    recordings: tuple[ShownRecording, ...]
    removed: int


class RemoveRecording(Message):
    """Take back what was recorded; both stay in the record."""

    id: int
    reason: Said
    who: Said | None = None
    """By default who asks, and no other where a token is needed."""


class RemovedRecording(Message):
    """What was taken back, and how many slices are other than before."""

    id: int
    slices: int
    series: int
    warnings: tuple[str, ...] = ()


class ImportSlices(Message):
    """Take in a CSV or Parquet file of slices, all of it or nothing."""

    file: Path
    writer: str = "import"


class PushSlices(Message):
    """Take in the slices that a program counted, all of them or none; the same slice again replaces the one before."""

    content: bytes
    """One slice a line, as JSON: its SLI, start, bad and total, and a key for each label."""
    writer: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")] | None = (
        None
    )
    """Who says it, by default the token's name, else `push`: the ledger adds up what different writers say."""


class ExportSlices(Message):
    """Write slices to a CSV or Parquet file."""

    file: Path
    slis: tuple[str, ...] = ()
    start: Instant | None = None
    end: Instant | None = None


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
    at: Instant | None = None
    """Simulate up to this instant; by default now, less the time a source is given to settle."""
    story_at: Instant | None = None
    """When the scenario's story begins; without it there is none."""
    force: bool = False
    """Write beside slices that were not simulated."""


class PlanSimulation(Message):
    """Tell what is planted, and what follows from it."""

    scenario: str = ""
    """As for `Simulate`."""
    days: int = Field(default=60, ge=1, le=400)
    at: Instant | None = None
    story_at: Instant | None = None


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
