"""
The numbers of a scenario, minute by minute.

Pure and counted, not drawn in sequence: the random bits of a minute come from a Philox counter that is keyed by (seed,
SLI, group) and set to the day, so that a minute has the same numbers in whatever span it is asked for. Totals, bad
events and failures are whole; NaN says that nothing was seen. Leaves out what an SLI's query wants of them
(`adapters/sources/simulator`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadline.core.scenarios import (
    DAY_MINUTES,
    MILLION,
    MONDAY,
    Effect,
    Level,
    Planted,
    Rhythm,
    Scenario,
    Shape,
    Stream,
)
from leadline.core.slices import Bools, Ints, Labels

Floats = NDArray[np.float64]
GOLDEN = 618_034
"""The golden ratio's fraction in parts per million."""
_DRAWS = 5
"""Random numbers of one minute: traffic, its fraction, bad events, their fraction, the failures' fraction."""
_A_DAY = DAY_MINUTES * _DRAWS
_TO_UNIT = 2.0**-53


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Events of one group, one element for each minute; meaningless where `seen` is False."""

    total: Ints
    bad: Ints
    failures: Ints
    seen: Bools


def events(scenario: Scenario, stream: Stream, start: int, end: int) -> Events:
    """Events of the minutes [start, end), with everything that is planted, in the order in which it is written."""
    total, bad, failures = _undisturbed(scenario, stream, start, end)
    seen = np.ones(end - start, dtype=np.bool_)
    for planted, effect, at in _effects(scenario, stream.sli, stream.labels, start, end):
        minutes = np.arange(start, end) - at - effect.lag
        weight = planted.weights(minutes)
        depth = effect.depth * weight // MILLION
        if planted.shape is Shape.SILENCE:
            seen &= weight == 0
        elif planted.shape is Shape.COLLAPSE:
            total, bad = (number - share_of(number, depth, minutes) for number in (total, bad))
        else:
            bad = bad + share_of(total - bad, depth, minutes)
        failures = failures + np.where(minutes == 0, effect.failures, 0)
    return Events(total, bad, failures, seen)


def share_of(count: Ints, depth: Ints, minutes: Ints) -> Ints:
    """
    Whole part of each count, for a depth in parts per million, that comes out right over many small counts.

    What is rounded off follows the golden ratio from minute to minute, so that half of one event a minute is an event
    in every other minute, and the same minute of something planted is rounded the same way in any span.

    >>> share_of(np.ones(6, dtype=np.int64), np.full(6, 500_000), np.arange(6)).tolist()
    [0, 1, 0, 1, 0, 0]
    """
    rest = minutes * GOLDEN % MILLION
    found: Ints = (count * depth + rest) // MILLION
    return found


def values(scenario: Scenario, level: Level, start: int, end: int) -> Floats:
    """A gauge in each of the minutes [start, end); NaN where nothing is seen."""
    share = shares(level.rhythm, start, end)
    noise = level.rhythm.noise * (2 * _uniform(scenario, level, start, end)[:, 0] - 1)
    found: Floats = level.value * (1 - level.swing * (1 - share)) * (1 + noise)
    for planted, effect, at in _effects(scenario, level.sli, level.labels, start, end):
        weight = planted.weights(np.arange(start, end) - at - effect.lag)
        if planted.shape is Shape.SILENCE:
            found = np.where(weight > 0, np.nan, found)
        elif effect.value is not None:
            found = found + (effect.value - found) * (weight / MILLION)
    return found


def demands(source: Stream | Level, start: int, end: int) -> Floats:
    """1 in each minute in which there is demand, NaN in the others, as a PromQL comparison answers."""
    if source.demand_above is None:
        return np.ones(end - start)
    return np.where(shares(source.rhythm, start, end) >= source.demand_above, 1.0, np.nan)


def shares(rhythm: Rhythm, start: int, end: int) -> Floats:
    """Traffic of the minutes [start, end) without noise, as a share of the peak's."""
    minutes = np.arange(start, end)
    cosine = np.cos((minutes - rhythm.peak) % DAY_MINUTES * (2 * np.pi / DAY_MINUTES))
    is_weekend = (minutes - MONDAY) // DAY_MINUTES % 7 >= 5
    share: Floats = (rhythm.low + (1 - rhythm.low) * (1 + cosine) / 2) * np.where(is_weekend, rhythm.weekend, 1.0)
    return share


def _undisturbed(scenario: Scenario, stream: Stream, start: int, end: int) -> tuple[Ints, Ints, Ints]:
    share = shares(stream.rhythm, start, end)
    drawn = _uniform(scenario, stream, start, end)
    rate = stream.per_minute * share * (1 + stream.rhythm.noise * (2 * drawn[:, 0] - 1))
    total = np.floor(rate + drawn[:, 1]).astype(np.int64)
    bad = np.floor(total * (stream.bad * 2 * drawn[:, 2]) + drawn[:, 3]).astype(np.int64)
    failures = np.floor(stream.failures * share + drawn[:, 4]).astype(np.int64)
    return total, np.minimum(bad if stream.bad else 0 * bad, total), failures


def _effects(scenario: Scenario, sli: str, labels: Labels, start: int, end: int) -> list[tuple[Planted, Effect, int]]:
    return [
        (planted, effect, at)
        for planted in scenario.planted
        for effect in planted.effects
        if effect.sli == sli and effect.is_about(labels)
        for at in scenario.starts(planted, start, end)
    ]


def _uniform(scenario: Scenario, source: Stream | Level, start: int, end: int) -> Floats:
    """Numbers in [0, 1), a row of `_DRAWS` for each minute."""
    bits = _keyed(scenario, source)
    days = range(start // DAY_MINUTES, (end - 1) // DAY_MINUTES + 1)
    rows = [bits(day) for day in days] or [np.zeros((0, _DRAWS))]
    first = days.start * DAY_MINUTES
    return np.concatenate(rows)[start - first : end - first]


def _keyed(scenario: Scenario, source: Stream | Level) -> Callable[[int], Floats]:
    text = "\0".join([str(scenario.seed), source.sli, *(part for label in source.labels for part in label)])
    digest = hashlib.sha256(text.encode()).digest()
    key = np.frombuffer(digest[:16], dtype="<u8").astype(np.uint64)

    def day_of(day: int) -> Floats:
        raw = np.random.Philox(key=key, counter=np.array([0, day, 0, 0], dtype=np.uint64)).random_raw(_A_DAY)
        return (raw >> np.uint64(11)).astype(np.float64).reshape(DAY_MINUTES, _DRAWS) * _TO_UNIT

    return day_of
