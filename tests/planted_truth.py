"""
What a scenario plants, worked out a second time: from the text of its file, minute by minute, in plain integers.

Knows nothing of Leadline but the formulas of docs/simulator.md. It is given the slices as they are without the thing
planted, and answers how they must be with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

MILLION = 1_000_000
MONDAY = 345_600 // 60
"""1970-01-05, in minutes."""
UNITS = {"d": 1440, "h": 60, "m": 1}
Minute = int
Slice = tuple[int, int]
Group = tuple[str, tuple[tuple[str, str], ...]]
"""Series in the ledger, and labels."""
Slices = dict[Minute, Slice]
"""Bad and total of each minute that was seen."""


def minutes(text: str) -> int:
    return int(text[:-1]) * UNITS[text[-1]]


def time_of_day(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


@dataclass(frozen=True)
class Document:
    """The Simulation document as PyYAML reads it."""

    spec: Mapping[str, Any]

    @staticmethod
    def of(file: Path) -> Document:
        return Document(yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)["spec"])  # noqa: S506 - makes text alone

    def planted(self) -> dict[str, Mapping[str, Any]]:
        """What comes again with the calendar, by name; what belongs to a story happens in a demo alone."""
        every = [item for key in ("incidents", "maintenance", "deploys") for item in self.spec[key]]
        return {item["name"]: item for item in every if "story" not in item}

    def starts(self, item: Mapping[str, Any], first: Minute, last: Minute) -> Iterator[Minute]:
        """Every start in [first, last)."""
        cycle = minutes(self.spec["cycle"])
        every = minutes(item.get("every", "1d"))
        for number in range(first // cycle - 1, last // cycle + 1):
            at = MONDAY + number * cycle + int(item["day"]) * 1440 + time_of_day(item["time"])
            for again in range(int(item.get("times", "1"))):
                if first <= at + again * every < last:
                    yield at + again * every


def depth_at(item: Mapping[str, Any], effect: Mapping[str, Any], minute: int) -> int:
    """Depth in millionths, so many minutes after the effect's start; 0 outside."""
    length = minutes(item["duration"])
    if not 0 <= minute < length:
        return 0
    written = effect.get("depth", item.get("depth", "1"))
    whole, _, digits = written.partition(".")
    depth = int(whole) * MILLION + int(digits.ljust(6, "0") or "0")
    shape = item.get("shape", "outage")
    period = minutes(item.get("period", "1m"))
    if shape == "ramp":
        return depth * (MILLION * (minute + 1) // length) // MILLION
    if shape == "recovery":
        return depth * (MILLION * (length - minute) // length) // MILLION
    if shape == "flapping":
        return depth if minute % period < (period + 1) // 2 else 0
    if shape == "burst":
        return depth if minute % period == 0 else 0
    return depth


def part_of(count: int, depth: int, minute: int) -> int:
    return (count * depth + minute * 618_034 % MILLION) // MILLION


def matching(effect: Mapping[str, Any], labels: tuple[tuple[str, str], ...]) -> bool:
    groups = effect.get("groups", ())
    return not groups or any(set(group.items()) <= set(labels) for group in groups)


def with_planted(
    item: Mapping[str, Any], start: Minute, without: Mapping[Group, Slices], quantum: Mapping[str, int]
) -> dict[Group, Slices]:
    """The slices that an occurrence changes, as they must be with it."""
    changed: dict[Group, Slices] = {}
    for effect in item.get("effects", ()):
        begin = start + minutes(effect["lag"]) if "lag" in effect else start
        for (series, labels), slices in without.items():
            sli, _, objective = series.partition("@")
            if sli != effect["sli"] or not matching(effect, labels):
                continue
            found = dict(slices)
            for offset in range(minutes(item["duration"])):
                at = begin + offset
                if at not in slices:
                    continue
                here = _Here(item, effect, offset, objective, quantum.get(sli, 1))
                found[at] = here.slice_of(slices[at], without.get((sli, labels), {}).get(at, (0, 0)))
                if item.get("shape") == "silence":
                    del found[at]
            changed[series, labels] = found
    return changed


@dataclass(frozen=True)
class _Here:
    """One minute of an effect in one series."""

    item: Mapping[str, Any]
    effect: Mapping[str, Any]
    offset: int
    objective: str
    """What stands after the @ of the series."""
    quantum: int

    def slice_of(self, before: Slice, plain: Slice) -> Slice:
        """The slice with the effect; `plain` is that of the SLI's own series."""
        depth = depth_at(self.item, self.effect, self.offset)
        if self.objective == "mtbf":  # up-minutes are the plain series' good ones, failures come in the first minute
            lost = part_of((plain[1] - plain[0]) // self.quantum, depth, self.offset)
            failures = int(self.effect.get("failures", "0")) if self.offset == 0 else 0
            return before[0] + failures * self.quantum, before[1] - lost * self.quantum
        if self.objective and "value" in self.effect:  # the gauge leaves its limit: bad where there was demand
            return before[1], before[1]
        bad, total = before[0] // self.quantum, before[1] // self.quantum
        if self.item.get("shape") == "collapse":
            bad, total = bad - part_of(bad, depth, self.offset), total - part_of(total, depth, self.offset)
        else:
            bad += part_of(total - bad, depth, self.offset)
        return bad * self.quantum, total * self.quantum
