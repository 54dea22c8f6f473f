"""
Objectives as every dialect means them: the middle between a tool's file and the documents of a handbook.

A reader makes these from a file, a writer makes a file from these; neither knows the other. Leaves out YAML and places
inside files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from leadline.handbook.specs import Place

SHORT_WINDOW = "leadline/shortWindow"
"""Annotation of an AlertPolicy; OpenSLO gives a condition one window alone."""


def shortest(number: Decimal) -> Decimal:
    """
    The same number without zeros that say nothing.

    >>> shortest(Decimal("99.900")), shortest(Decimal("100.0"))
    (Decimal('99.9'), Decimal('100'))
    """
    tidy = number.normalize()
    return tidy.quantize(Decimal(1)) if tidy == tidy.to_integral_value() else tidy


@dataclass(frozen=True, slots=True)
class Events:
    """Events: exactly one of `bad` and `good`, and `total`."""

    total: str
    bad: str | None
    good: str | None
    counter: bool
    """Whether the queries name counters; otherwise they answer the events of a minute."""


@dataclass(frozen=True, slots=True)
class Share:
    """A ratio that somebody else computed."""

    query: str
    is_good: bool
    """Whether it is the share of good events."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """A value that each objective compares with its own limit."""

    query: str


Measure = Events | Share | Gauge


@dataclass(frozen=True, slots=True)
class Rolling:
    """The last while before any instant."""

    duration: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """Periods of a calendar, in OpenSLO's letters: 1w, 1M, 1Q, 1Y."""

    duration: str
    start: str
    """`2026-01-01 00:00:00`."""
    zone: str


Window = Rolling | Calendar


@dataclass(frozen=True, slots=True)
class Objective:
    """One target, and what it is held against."""

    target: Decimal
    """Share of good events, 0 to 1."""
    measure: Measure
    display_name: str = ""
    op: str | None = None
    value: Decimal | None = None
    slice_target: Decimal | None = None
    slice_window: str | None = None


@dataclass(frozen=True, slots=True)
class Tier:
    """A burn rate that a tool alerts on; fires when burn is above `factor` in both windows."""

    severity: str
    factor: Decimal
    long_seconds: int
    short_seconds: int
    after_seconds: int = 0
    """How long it must hold."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One burn rate that somebody is told of."""

    name: str
    severity: str
    threshold: Decimal
    """Burn rate, in budgets a window."""
    lookback: str
    short: str | None = None
    """Shorter window in which it must burn as fast, so that the alert ends soon after the trouble."""
    op: str = "gt"
    after: str | None = None
    """How long it must hold."""
    display_name: str = ""
    description: str = ""
    labels: Mapping[str, object] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    """Names of those who are told."""
    when_no_data: bool | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """Who promises."""

    name: str
    display_name: str = ""
    description: str = ""
    labels: Mapping[str, object] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Promise:
    """One SLO with its objectives."""

    name: str
    service: str
    window: Window
    objectives: tuple[Objective, ...]
    place: Place
    method: str = "Occurrences"
    display_name: str = ""
    description: str = ""
    labels: Mapping[str, object] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    group_by: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    """Names of alerts."""
    source: str = ""
    """Name of the DataSource that answers; empty for the one that the import writes."""


@dataclass(slots=True)
class Bundle:
    """Everything that some files promise."""

    promises: list[Promise] = field(default_factory=list)
    services: dict[str, Service] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)
    address: str | None = None
    """Where the files say that Prometheus answers."""
    windows: dict[int, tuple[Tier, ...]] = field(default_factory=dict)
    """Seconds of an SLO's window → burn rates that the files bring for it."""
    seconds: int | None = None
    """Longest window of an error budget policy that the files bring."""
