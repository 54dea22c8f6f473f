"""Documents of kind Simulation: what a handbook's SLIs would see, and what is planted, where no source is at hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from leadline.handbook.models import Metadata, Model, Names, Number, Ratio, Sequence, Text

TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
ShapeName = Literal[
    "outage",
    "slow-burn",
    "ramp",
    "recovery",
    "flapping",
    "burst",
    "partial",
    "cascade",
    "nightly",
    "silence",
    "collapse",
]
GroupLabels = Mapping[str, Text]


class Rhythm(Model):
    """Traffic through the day and the week; times are UTC."""

    peak: TimeOfDay | None = None
    low: Ratio | None = None
    """Share of the peak's traffic in the quietest minute of the day."""
    weekend: Ratio | None = None
    """Share of traffic on Saturdays and Sundays."""
    noise: Ratio | None = None


class TrafficGroup(Model):
    """One group of a grouped SLI."""

    labels: GroupLabels
    share: Ratio | None = None
    """Of the SLI's traffic; an equal part when it is not said."""
    bad: Ratio | None = None


class Traffic(Model):
    """Events of an SLI."""

    sli: str
    per_minute: Number
    """Events at the peak, all groups together."""
    bad: Ratio | None = None
    """Share of bad events when nothing is planted."""
    failures: Number | None = None
    """Failures a minute at the peak, all groups together."""
    demand_above: Ratio | None = None
    """There is demand while traffic is at least this share of the peak's."""
    rhythm: Rhythm | None = None
    groups: Annotated[tuple[TrafficGroup, ...], Sequence] = ()


class GaugeGroup(Model):
    """One group of a grouped gauge."""

    labels: GroupLabels
    value: Number | None = None


class Gauge(Model):
    """Values of an SLI that is a gauge or a ratio computed by somebody else."""

    sli: str
    value: Number
    """At the peak."""
    swing: Ratio | None = None
    """How much of the value follows the traffic."""
    demand_above: Ratio | None = None
    rhythm: Rhythm | None = None
    groups: Annotated[tuple[GaugeGroup, ...], Sequence] = ()


class Effect(Model):
    """What is planted into one SLI."""

    sli: str
    depth: Ratio | None = None
    """Share of the good events that turn bad; that of the whole when it is not said."""
    lag: str | None = None
    """How long after the start."""
    groups: Annotated[tuple[GroupLabels, ...], Sequence] = ()
    failures: int | None = None
    """Failures of each group in the first minute."""
    value: Number | None = None
    """Where a gauge goes."""


class Planted(Model):
    """What happens on a day of each cycle, or once."""

    name: Annotated[str, Field(min_length=1)]
    description: str | None = None
    shape: ShapeName = "outage"
    services: Names = ()
    day: int | None = None
    """Day of the cycle from 0, a Monday."""
    time: TimeOfDay | None = None
    start: str | None = None
    """An instant, for what happens once."""
    story: str | None = None
    """How long before (-14h) or after (+5m) a story begins; without a story it never happens."""
    duration: str
    times: int | None = None
    every: str | None = None
    period: str | None = None
    depth: Ratio | None = None
    effects: Annotated[tuple[Effect, ...], Sequence] = ()


class SimulationSpec(Model):
    description: str | None = None
    seed: int = 1
    cycle: str | None = None
    """Whole days after which what is planted happens again; 56d."""
    rhythm: Rhythm | None = None
    traffic: Annotated[tuple[Traffic, ...], Sequence] = ()
    gauges: Annotated[tuple[Gauge, ...], Sequence] = ()
    incidents: Annotated[tuple[Planted, ...], Sequence] = ()
    maintenance: Annotated[tuple[Planted, ...], Sequence] = ()
    deploys: Annotated[tuple[Planted, ...], Sequence] = ()


class Simulation(Model):
    """What the SLIs of the handbook would see, for trials without any source."""

    api_version: Literal["leadline/v1"] = "leadline/v1"
    kind: Literal["Simulation"] = "Simulation"
    metadata: Metadata
    spec: SimulationSpec
