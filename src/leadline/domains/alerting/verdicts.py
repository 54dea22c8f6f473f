"""
Verdicts: which tiers of which objectives hold at one instant, and of which SLIs nothing is heard.

Objectives that share tiers, error budget and unit are judged together; which those are is worked out once for a
handbook. Pure: leaves out what was the case before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from leadline.core.alert_tiers import (
    AlertTier,
    Severity,
    Stakes,
    WindowEvents,
    holds_of_shares,
    tier_verdicts,
)
from leadline.core.slices import Ints, Labels
from leadline.handbook.specs import Handbook, Slo
from leadline.ports.episodes import Ending, EpisodeKind, WindowBurn
from leadline.ports.readings import Readings

SILENT = "silent"
"""Name of the tier of a silence."""
_NOT_ASKED_YET_SECONDS = 600
"""How long a source of which nothing was ever heard may fail to answer."""

Key = tuple[EpisodeKind, str, str]
"""Kind, subject and tier: of one key no two episodes are open."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Objectives that are judged together."""

    tiers: tuple[AlertTier, ...]
    stakes: Stakes
    slos: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The objectives of a handbook, put together."""

    handbook: Handbook
    alike: tuple[Alike, ...]
    tiers: Mapping[tuple[str, str], tuple[int, AlertTier]]
    """By objective and name: how manieth in the strategy, and the tier."""
    slos: Mapping[str, Slo]
    """Every objective, composites too."""
    by_sli: Mapping[str, tuple[str, ...]]

    @staticmethod
    def of(handbook: Handbook) -> Plan:
        groups: dict[tuple[tuple[AlertTier, ...], Stakes], list[str]] = defaultdict(list)
        by_sli: dict[str, list[str]] = defaultdict(list)
        for slo in handbook.slos.values():
            groups[slo.alerts, Stakes(slo.terms.error_budget, slo.unit)].append(slo.id)
            by_sli[slo.sli.id].append(slo.id)
        slos = dict(handbook.slos) | {name: composite.slo for name, composite in handbook.composites.items()}
        tiers = {(slo.id, tier.name): (place, tier) for slo in slos.values() for place, tier in enumerate(slo.alerts)}
        alike = tuple(Alike(*shared, tuple(of)) for shared, of in groups.items() if shared[0])
        return Plan(handbook, alike, tiers, slos, {sli: tuple(of) for sli, of in by_sli.items()})


@dataclass(slots=True)
class Plans:
    """The plan of the handbook in force, kept from turn to turn."""

    _newest: Plan | None = field(default=None)

    def of(self, handbook: Handbook) -> Plan:
        if self._newest is None or self._newest.handbook is not handbook:
            self._newest = Plan.of(handbook)
        return self._newest


@dataclass(frozen=True, slots=True)
class Silence:
    """An SLI of which nothing is heard."""

    text: str
    """What is known of it."""
    wait_seconds: int
    """How long that must last before anybody is told."""


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """What holds at one instant."""

    plan: Plan
    readings: Readings
    holding: Mapping[Key, int]
    """What holds, and how long it must before it fires."""
    silences: Mapping[str, Silence]
    unknown: frozenset[Key]
    """Tiers that cannot be told, or are suspended."""

    def ending(self, key: Key) -> tuple[Ending, str]:
        """How an episode of a key that does not hold has ended, and why."""
        kind, subject, tier = key
        is_silence = kind is EpisodeKind.SILENCE
        if subject not in self.plan.by_sli if is_silence else (subject, tier) not in self.plan.tiers:
            return Ending.WITHDRAWN, "the handbook has no such alert any longer"
        if key not in self.unknown:
            return Ending.RECOVERED, "slices come in again" if is_silence else ""
        return self._why_unknown(subject, tier)

    def _why_unknown(self, subject: str, tier: str) -> tuple[Ending, str]:
        if (place := self.readings.index.get((subject, None))) is not None:
            rows = self._rows(self.plan.tiers[subject, tier][1])
            figures = self.readings.figures
            if figures.burn_excluded[rows, place].any():
                return Ending.SUSPENDED, "a correction leaves nothing to look at"
            if figures.burn_closed[rows, place].any():
                return Ending.SUSPENDED, "business hours leave nothing to look at"
        return Ending.LOST, "too few slices were seen in its windows to tell"

    def windows(self, slo: str, tier: AlertTier) -> tuple[WindowBurn, ...]:
        """The burn rates of a tier with what was counted."""
        budget = self.plan.slos[slo].terms.error_budget
        if slo in self.readings.composites:
            shares = self.readings.composites[slo]
            rates = [_rate(shares.get(limit.seconds), budget) for limit in tier.limits]
            pairs = zip(tier.limits, rates, strict=True)
            return tuple(WindowBurn(limit.seconds, rate, float(limit.factor), None, None) for limit, rate in pairs)
        figures, place = self.readings.figures, self.readings.index[slo, None]
        unit, found = float(self.plan.slos[slo].unit), []
        for limit, row in zip(tier.limits, self._rows(tier), strict=True):
            rate = float(figures.burn[row, place]) if figures.has_burn[row, place] else None
            bad, total = float(figures.burn_bad[row, place]) * unit, float(figures.burn_total[row, place]) * unit
            found.append(WindowBurn(limit.seconds, rate, float(limit.factor), bad, total))
        return tuple(found)

    def groups(self, slo: str, tier: AlertTier) -> dict[str, float]:
        """Groups of an objective that burn faster than the factor of the longest window, fastest first."""
        row, figures = self._rows(tier)[-1], self.readings.figures
        if not self.plan.slos[slo].sli.group_by:
            return {}
        rates = {
            _words(labels): float(figures.burn[row, place])
            for (name, labels), place in self.readings.index.items()
            if name == slo and labels is not None and figures.has_burn[row, place]
        }
        burning = {name: rate for name, rate in rates.items() if rate > float(tier.longest.factor)}
        return dict(sorted(burning.items(), key=lambda each: -each[1]))

    def _rows(self, tier: AlertTier) -> list[int]:
        return [self.readings.figures.burn_windows.index(limit.seconds) for limit in tier.limits]


def verdicts_of(plan: Plan, readings: Readings, failures: Mapping[str, str]) -> Verdicts:
    """
    Judge all tiers of all objectives.

    Args:
        plan: of the handbook of the readings.
        readings: what was found.
        failures: SLIs whose source did not answer, and why.
    """
    holding: dict[Key, int] = {}
    unknown: set[Key] = set()
    for alike in plan.alike:
        places = np.fromiter((readings.index[name, None] for name in alike.slos), np.int64, len(alike.slos))
        for tier in alike.tiers:
            verdicts = tier_verdicts(tier, list(_events(readings, tier, places)), [alike.stakes])
            for which in np.flatnonzero(verdicts.holds):
                holding[EpisodeKind.BURN, alike.slos[which], tier.name] = 0
            for which in np.flatnonzero(~verdicts.is_known):
                unknown.add((EpisodeKind.BURN, alike.slos[which], tier.name))
    for name, shares in readings.composites.items():
        composite = plan.slos[name]
        for tier in composite.alerts:
            holds = holds_of_shares(tier, shares, composite.terms.error_budget)
            if holds:
                holding[EpisodeKind.BURN, name, tier.name] = 0
            elif holds is None:
                unknown.add((EpisodeKind.BURN, name, tier.name))
    silences = dict(_silences(plan, readings, failures))
    holding |= {(EpisodeKind.SILENCE, sli, SILENT): each.wait_seconds for sli, each in silences.items()}
    return Verdicts(plan, readings, holding, silences, frozenset(unknown))


def _events(readings: Readings, tier: AlertTier, places: Ints) -> Iterator[WindowEvents]:
    figures = readings.figures
    for limit in tier.limits:
        row = figures.burn_windows.index(limit.seconds)
        yield WindowEvents(
            figures.burn_bad[row, places], figures.burn_total[row, places], figures.burn_known[row, places]
        )


def _silences(plan: Plan, readings: Readings, failures: Mapping[str, str]) -> Iterator[tuple[str, Silence]]:
    """SLIs of which nothing was seen for longer than may be; closed hours and corrections do not count."""
    figures, index = readings.figures, readings.index
    stale = set(np.flatnonzero(~figures.fresh).tolist())
    concerned = {sli for sli, of in plan.by_sli.items() if any(index[slo, None] in stale for slo in of)}
    for sli in concerned:
        age = max(int(figures.age_seconds[index[slo, None]]) for slo in plan.by_sli[sli])
        why = f"; {failures[sli]}" if sli in failures else ""
        yield sli, Silence(f"no slice was seen for {age // 60} min{why}", 0)
    for sli, why in failures.items():
        never = [not figures.has_slice[index[slo, None]] for slo in plan.by_sli.get(sli, ())]
        if never and all(never):
            yield sli, Silence(f"no slice was ever seen; {why}", _NOT_ASKED_YET_SECONDS)


def silence_severity(plan: Plan, sli: str) -> Severity:
    """A page where a service of tier 0 relies on it."""
    tiers = {plan.slos[slo].tier for slo in plan.by_sli[sli]}
    return Severity.PAGE if 0 in tiers else Severity.TICKET


def _rate(share: Fraction | None, budget: Fraction) -> float | None:
    return None if share is None or not budget else float(share / budget)


def _words(labels: Labels) -> str:
    return ", ".join(f"{name}={value}" for name, value in labels)
