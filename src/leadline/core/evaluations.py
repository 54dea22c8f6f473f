"""
Evaluations: the figures of many objectives at one instant, and the account of each with its reasons.

Figures are arrays and complete: where a number has no value its `has_…` flag is False and the element is 0, never NaN.
Leaves out how the figures come about (`core/budgets`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from leadline.core.slices import STEP, Bools, Ints
from leadline.core.subjects import NEVER, Subjects
from leadline.core.terms import Level
from leadline.core.windows import Span
from leadline.units import format_duration

Floats = NDArray[np.float64]

LEVELS = (Level.HEALTHY, Level.WARNING, Level.CRITICAL, Level.DEPLETED, Level.UNKNOWN)
"""Codes of the levels in arrays."""
DEPLETED, UNKNOWN = 3, 4
LIFE_SECONDS = 86_400
"""How long an SLO must have lived before a level is said."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One objective at one instant."""

    at: int
    window: Span
    level: Level
    reason: str
    """Why the level is unknown or surely depleted, a number null, or the SLO young; empty if nothing need be said."""
    short_reason: str
    """The reason without burn rates that have no value, for where a dash says enough."""
    good: int
    bad: int
    total: int
    """Events in quanta (time slices: slices, or their fixed-point weights), corrected."""
    sli: float | None
    """Share of good events; None when nothing was counted."""
    coverage: float | None
    """Share of the expected slices that were seen; None when no slice is expected."""
    allowed_bad: float
    """Bad events that the window allows, in the same units as `bad`."""
    consumed: float | None
    remaining: float | None
    """1 - consumed; negative when overspent."""
    burn: dict[int, float | None]
    """By window in seconds: 1 spends exactly the budget; None below half coverage, or when nothing was counted."""
    raw: Evaluation | None
    """The same without corrections; None when no correction touches the window."""


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """The figures of N objectives at one instant, element by element; `burn…` are [windows, N]."""

    at: int
    burn_windows: tuple[int, ...]
    subjects: Subjects
    window_start: Ints
    window_end: Ints
    bad: Ints
    total: Ints
    """Counted events, corrected, in quanta; slices without events of their own at the expected traffic, rounded."""
    sli: Floats
    has_sli: Bools
    raw_bad: Ints
    raw_total: Ints
    """Measured events since birth and in business hours, not corrected."""
    expected: Ints
    seen: Ints
    excluded: Ints
    closed: Ints
    """Slices of the lived part: expected, seen among them, taken out by corrections, outside business hours."""
    coverage: Floats
    has_coverage: Bools
    allowed: Floats
    consumed: Floats
    remaining: Floats
    has_consumed: Bools
    burn: Floats
    has_burn: Bools
    burn_bad: Floats
    burn_total: Floats
    burn_known: Bools
    """Half of the window's slices were seen, and it has some: whether an alert holds can be told."""
    burn_closed: Bools
    """Business hours leave no slice of the window that is expected, with or without corrections."""
    burn_excluded: Bools
    """Corrections leave none."""
    age_seconds: Ints
    """Expected time since the newest seen slice ended; -1 where no slice was ever seen."""
    has_slice: Bools
    covered: Bools
    fresh: Bools
    is_sure: Bools
    """The level is depleted although it would be unknown: every missing slice being good does not save it."""
    level: NDArray[np.int8]
    """Position in `LEVELS`."""
    raw: Figures | None = None
    """Figures of `subjects.corrected`, in that order, without their corrections."""

    def __len__(self) -> int:
        return len(self.level)

    def evaluation(self, place: int) -> Evaluation:
        """The account of one objective."""
        window = Span(int(self.window_start[place]), int(self.window_end[place]))
        bad, total = int(self.bad[place]), int(self.total[place])
        silent = self._no_burn(place)
        reasons = self._reasons(place, is_silent=bool(silent))
        return Evaluation(
            at=self.at,
            window=window,
            level=LEVELS[self.level[place]],
            reason="; ".join([*reasons, *silent]),
            short_reason="; ".join(reasons),
            good=total - bad,
            bad=bad,
            total=total,
            sli=_value(self.sli, self.has_sli, place),
            coverage=_value(self.coverage, self.has_coverage, place),
            allowed_bad=float(self.allowed[place]),
            consumed=_value(self.consumed, self.has_consumed, place),
            remaining=_value(self.remaining, self.has_consumed, place),
            burn={
                seconds: _value(self.burn[row], self.has_burn[row], place)
                for row, seconds in enumerate(self.burn_windows)
            },
            raw=self._raw(place, window),
        )

    def _raw(self, place: int, window: Span) -> Evaluation | None:
        corrections = self.subjects.each[place].corrections
        lived = min(window.end, self.at)
        touched = any(c.span.start < lived and c.span.end > window.start for c in corrections)
        if self.raw is None or not touched:
            return None
        return self.raw.evaluation(int(np.searchsorted(self.subjects.corrected, place)))

    def _reasons(self, place: int, *, is_silent: bool) -> list[str]:
        """All but burn rates; `is_silent`: one of them has no value, and a short life is not told then."""
        reasons = self._blindness(place)
        if self.is_sure[place]:
            reasons.insert(0, "depleted even if every missing slice was good at the expected traffic")
        zero = self.subjects.each[place].terms.error_budget == 0
        if self.has_slice[place] and self._birth(place) < self.at and not self.has_consumed[place]:
            reasons.append(self._no_number(place, zero=zero))
        birth = self._birth(place)
        if self.has_consumed[place] and not self.has_sli[place]:
            reasons.append(self._no_sli(place))
        if not reasons and not is_silent and self.window_start[place] < birth <= self.at and self._is_rolling(place):
            window = int(self.window_end[place] - self.window_start[place])
            lived = format_duration(self.at - birth)
            reasons.append(f"history begins {_instant(birth)}, {lived} of {format_duration(window)} are lived")
        return reasons

    def _blindness(self, place: int) -> list[str]:
        """What keeps a level from being said, each with its figures."""
        terms, birth = self.subjects.each[place].terms, self._birth(place)
        if not self.has_slice[place] or birth == NEVER:
            return [f"no slice before {_instant(self.at)}"]
        if birth >= self.at:
            return [f"the objective starts at {_instant(birth)}"]
        reasons = []
        if not self.covered[place]:
            least = _percent(float(terms.min_coverage))
            seen, expected = int(self.seen[place]), int(self.expected[place])
            share = _percent(seen / expected) if expected else "0.0 %"
            reasons.append(f"coverage {share} is below {least} ({seen} of {expected} slices were seen)")
        if not self.fresh[place]:
            hours = " of business hours" if terms.hours is not None else ""
            reasons.append(f"newest slice is {int(self.age_seconds[place]) // STEP} min{hours} old")
        if self.at - birth < LIFE_SECONDS:
            lived = format_duration(self.at - birth)
            reasons.append(f"history begins {_instant(birth)}, {lived} of the first 24h are lived")
        return reasons

    def _no_number(self, place: int, *, zero: bool) -> str:
        if self.bad[place] > 0:
            broken = f"zero tolerance is broken by {int(self.bad[place])} bad events"
            return broken if zero else "bad events were seen, but no total to compare them with"
        if self.excluded[place] and not self.expected[place]:
            return f"corrections exclude every {'open ' if self.closed[place] else ''}slice of the window"
        if self.closed[place] and not self.expected[place]:
            return "nothing was counted: no slice lies in business hours"
        if not self.seen[place]:
            return "nothing was counted: no slice of the window was seen"
        return f"nothing was counted: none of {int(self.seen[place])} seen slices had traffic"

    def _no_sli(self, place: int) -> str:
        """A budget is left of what is still expected, but the share of good events has no value yet."""
        if self.window_start[place] >= self.at:
            return "nothing was counted: the period begins now"
        return self._no_number(place, zero=False)

    def _no_burn(self, place: int) -> list[str]:
        """Why burn rates have no value, unless the budget has none either, which says it all."""
        if not self.has_consumed[place]:
            return []
        idle: list[str] = []
        blind: list[str] = []
        for row in np.flatnonzero(~self.has_burn[:, place]):
            (blind if self.burn_total[row, place] > 0 else idle).append(format_duration(self.burn_windows[row]))
        reasons = [f"no burn rate over {', '.join(idle)}: nothing was counted"] if idle else []
        if blind:
            reasons.append(f"no burn rate over {', '.join(blind)}: fewer than half of the slices were seen")
        return reasons

    def _birth(self, place: int) -> int:
        subject = self.subjects.each[place]
        born = subject.birth if subject.terms.starts_at is None else subject.terms.starts_at
        return NEVER if born is None else born

    def _is_rolling(self, place: int) -> bool:
        return self.subjects.each[place].terms.window.kind == "rolling"


def _value(values: Floats, has: Bools, place: int) -> float | None:
    return float(values[place]) if has[place] else None


def _percent(share: float) -> str:
    """Cut off, not rounded: 89.96 % must not be shown as 90.0 % where it is called too little."""
    return f"{int(share * 1000 + 1e-9) / 10:.1f} %"


def _instant(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%MZ")
