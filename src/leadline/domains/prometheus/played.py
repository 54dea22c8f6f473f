"""
What a unit test of rules plays, and what must be seen: quiet, a burn of 20, quiet, a hole of either kind, quiet again.

Pure. What is expected is worked out by the arithmetic of Leadline's own alerts from the same events, so that a test
which passes says that both agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np

from leadline.core.alert_tiers import AlertTier, Stakes, WindowEvents, tier_verdicts

STEP = 300
QUIET, BURN, CLEAR, IDLE, GONE, AFTER = 12, 12, 13, 3, 3, 4
CHECKS = {"quiet": QUIET, "burning": QUIET + BURN, "over": QUIET + BURN + CLEAR}
END = QUIET + BURN + CLEAR + IDLE + GONE + AFTER
_LEAST_EVENTS = 2000


@dataclass(frozen=True, slots=True)
class Played:
    """Events of each step; None where nothing is seen."""

    bad: tuple[int | None, ...]
    total: tuple[int | None, ...]


@lru_cache(maxsize=4096)
def played(error_budget: Fraction) -> Played:
    """The events of an objective; half of the budget's speed, then 20 times, at most everything."""
    unit = 2 * error_budget.denominator
    events = unit * -(-_LEAST_EVENTS // unit)
    slow, fast = int(error_budget * events / 2), int(min(20 * error_budget, Fraction(1)) * events)
    bad: list[int | None] = [None, *[slow] * QUIET, *[fast] * BURN, *[slow] * CLEAR, *[0] * IDLE]
    total: list[int | None] = [None, *[events] * (QUIET + BURN + CLEAR), *[0] * IDLE]
    if not error_budget:
        bad[CHECKS["burning"]] = 1
    bad += [*[None] * GONE, None, *[slow] * (AFTER - 1)]
    total += [*[None] * GONE, None, *[events] * (AFTER - 1)]
    return Played(tuple(bad), tuple(total))


@lru_cache(maxsize=4096)
def firing(tiers: tuple[AlertTier, ...], error_budget: Fraction) -> dict[str, tuple[str, ...]]:
    """Names of the tiers that must fire at each check."""
    events, at = played(error_budget), list(CHECKS.values())
    found: dict[str, list[str]] = {check: [] for check in CHECKS}
    for tier in tiers:
        windows = [_window(events, at, limit.seconds) for limit in tier.limits]
        verdicts = tier_verdicts(tier, windows, [Stakes(error_budget)])
        for check, holds in zip(CHECKS, verdicts.holds, strict=True):
            if holds:
                found[check].append(tier.name)
    return {check: tuple(names) for check, names in found.items()}


def _window(events: Played, at: list[int], seconds: int) -> WindowEvents:
    length = max(1, seconds // STEP)
    spans = [range(max(0, place - length + 1), place + 1) for place in at]
    bad = np.array([float(sum(events.bad[place] or 0 for place in span)) for span in spans])
    total = np.array([float(sum(events.total[place] or 0 for place in span)) for span in spans])
    known = [2 * sum(events.total[place] is not None for place in span) >= len(span) for span in spans]
    return WindowEvents(bad, total, np.array(known))


def remaining(error_budget: Fraction) -> float:
    """Budget that is left after everything."""
    events = played(error_budget)
    return float(1 - Fraction(sum(filter(None, events.bad))) / (error_budget * sum(filter(None, events.total))))


def as_counter(steps: tuple[int | None, ...], is_shown: tuple[int | None, ...]) -> str:
    """A counter that grows by so much a step, as promtool writes series; not there where nothing is seen."""
    value, parts = 0, []
    for place, (step, seen) in enumerate(zip(steps, is_shown, strict=True)):
        value += step or 0
        is_hole = seen is None and place and (is_shown[place - 1] is None or place == 1) and place + 1 < len(steps)
        is_last = is_hole and is_shown[place + 1] is not None
        parts.append("_" if seen is None and place and not is_last else str(value))
    return " ".join(parts)
