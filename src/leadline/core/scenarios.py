"""
Scenarios: what a simulated service does, and when something is planted into it.

Everything is said in whole minutes since the epoch, and what is planted recurs with the cycle, so that any span of
time, past or to come, has the same events whoever asks, in whatever order. Leaves out the numbers that follow
(`simulation`) and how a scenario is written (`handbook/scenario_documents`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from leadline.core.slices import Ints, Labels

DAY_MINUTES = 1440
MONDAY = 4 * DAY_MINUTES
"""Minute of the first Monday since the epoch, 1970-01-05T00:00Z, where the first cycle begins."""
MILLION = 1_000_000
"""Shares are whole parts per million, so that what an incident does is exact."""


class Kind(StrEnum):
    """What is planted, by who planned it."""

    INCIDENT = "incident"
    MAINTENANCE = "maintenance"
    DEPLOY = "deploy"


class Shape(StrEnum):
    """How what is planted unfolds."""

    OUTAGE = "outage"
    """At once and evenly to the end."""
    SLOW_BURN = "slow-burn"
    """Little, for a day or more."""
    RAMP = "ramp"
    """Rises evenly, the last minute has the full depth."""
    RECOVERY = "recovery"
    """The first minute has the full depth, then it falls evenly."""
    FLAPPING = "flapping"
    """On in the first half of each period, off in the second."""
    BURST = "burst"
    """The first minute of each period."""
    PARTIAL = "partial"
    """Some groups alone."""
    CASCADE = "cascade"
    """Several SLIs, one after the other."""
    NIGHTLY = "nightly"
    """The same each day for some days."""
    SILENCE = "silence"
    """Nothing is seen: the exporter is dead."""
    COLLAPSE = "collapse"
    """Traffic stays away."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Traffic through the day and the week: a cosine between `low` at night and 1 at the peak."""

    peak: int = 15 * 60
    """Minute of the day, UTC."""
    low: float = 0.3
    weekend: float = 0.6
    """Share of Saturdays and Sundays."""
    noise: float = 0.1
    """Greatest deviation of one minute, as a share."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Events of one group of one SLI."""

    sli: str
    labels: Labels
    rhythm: Rhythm
    per_minute: float
    """Events at the peak."""
    bad: float
    """Share of bad events when nothing is planted."""
    failures: float
    """Failures a minute at the peak, for a mean time between failures."""
    demand_above: float | None
    """The SLI's demand condition holds while traffic is at least this share of the peak's; None: always."""


@dataclass(frozen=True, slots=True)
class Level:
    """Values of one group of a gauge."""

    sli: str
    labels: Labels
    rhythm: Rhythm
    value: float
    """Value at the peak."""
    swing: float
    """How much of the value follows the traffic, 0 to 1."""
    demand_above: float | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What is planted into one SLI."""

    sli: str
    depth: int
    """Share of the good events that turn bad, or of the events that stay away, in parts per million."""
    lag: int
    """Minutes after the start."""
    groups: tuple[Labels, ...]
    """Label values that a group must have; all groups when empty."""
    failures: int
    """Failures of each group in the first minute."""
    value: float | None
    """Level of a gauge at full weight."""

    def is_about(self, labels: Labels) -> bool:
        """Whether a group is affected."""
        return not self.groups or any(set(wanted) <= set(labels) for wanted in self.groups)


@dataclass(frozen=True, slots=True)
class Planted:
    """An incident, a maintenance or a deploy."""

    name: str
    kind: Kind
    shape: Shape
    description: str
    services: tuple[str, ...]
    start: int
    """Minutes after the beginning of the cycle, since the epoch when it happens once, or from the begin of a story."""
    is_once: bool
    duration: int
    every: int
    times: int
    """How often it happens from `start` on, `every` minutes apart."""
    period: int
    effects: tuple[Effect, ...]
    is_in_story: bool = False
    """`start` counts from the minute at which a story begins, and may be negative; without a story it never happens."""

    def weights(self, minutes: Ints) -> Ints:
        """
        How much of the depth holds in each minute after the start, in parts per million; 0 outside.

        >>> from leadline.core import scenarios
        >>> ramp = scenarios.Planted("a", Kind.INCIDENT, Shape.RAMP, "", (), 0, False, 4, 1440, 1, 1, ())
        >>> ramp.weights(np.arange(-1, 5)).tolist()
        [0, 250000, 500000, 750000, 1000000, 0]
        """
        inside = (minutes >= 0) & (minutes < self.duration)
        match self.shape:
            case Shape.RAMP:
                weight = MILLION * (minutes + 1) // self.duration
            case Shape.RECOVERY:
                weight = MILLION * (self.duration - minutes) // self.duration
            case Shape.FLAPPING:
                weight = np.where(minutes % self.period < (self.period + 1) // 2, MILLION, 0)
            case Shape.BURST:
                weight = np.where(minutes % self.period == 0, MILLION, 0)
            case _:
                weight = np.full(len(minutes), MILLION)
        return np.where(inside, weight, 0)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is simulated."""

    name: str
    seed: int
    cycle: int
    """Minutes after which what is planted happens again."""
    streams: Mapping[str, tuple[Stream, ...]]
    """By SLI."""
    levels: Mapping[str, tuple[Level, ...]]
    """By SLI."""
    planted: tuple[Planted, ...]

    def without(self, *names: str) -> Scenario:
        """The same scenario, had these not been planted."""
        return replace(self, planted=tuple(each for each in self.planted if each.name not in names))

    def told_from(self, minute: int) -> Scenario:
        """The same scenario with its story, which begins at this minute since the epoch."""
        told = (
            replace(each, start=each.start + minute, is_once=True, is_in_story=False) if each.is_in_story else each
            for each in self.planted
        )
        return replace(self, planted=tuple(told))

    def starts(self, planted: Planted, start: int, end: int) -> Iterator[int]:
        """Minutes at which something planted starts, where any part of it, lags included, lies in [start, end)."""
        reach = planted.duration + max((effect.lag for effect in planted.effects), default=0)
        span = reach + planted.every * (planted.times - 1)
        for first in self._firsts(planted, start - span, end):
            for number in range(planted.times):
                at = first + number * planted.every
                if at < end and at + reach > start:
                    yield at

    def _firsts(self, planted: Planted, start: int, end: int) -> Iterator[int]:
        if planted.is_in_story:
            return
        if planted.is_once:
            yield from (planted.start,) if start < planted.start < end else ()
            return
        number = (start - MONDAY - planted.start) // self.cycle
        at = MONDAY + planted.start + number * self.cycle
        while at < end:
            if at > start:
                yield at
            at += self.cycle
