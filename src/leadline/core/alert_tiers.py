"""
Alert tiers: what must hold of the burn rates of one objective for an alert, and whether it does.

A tier holds when the burn rate exceeds its factor, strictly, in all its windows. Of low traffic it must also be more
than chance, and a trickle tier counts bad events instead. Arrays in float64; what lies within 1e-9 of a factor is
decided again in Fractions. Leaves out who is told, and how a window's events are counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import numpy as np

from leadline.core.burn_alerts import DEVIATES, LEAST_BAD, is_reachable, is_significant
from leadline.core.expectations import Floats
from leadline.core.slices import Bools

_CLOSE = 1e-9


class Severity(StrEnum):
    """Who is to do something about it, and when."""

    PAGE = "page"
    """Somebody on call, at once."""
    TICKET = "ticket"
    """Somebody, in working hours."""
    NOTIFY = "notify"
    """Nobody has to; the team should know."""


class AlertAction(StrEnum):
    """What Leadline itself does about it."""

    NONE = "none"
    ROLLBACK = "rollback"
    """Ask for a rollback of what was changed inside the longest window."""


@dataclass(frozen=True, slots=True)
class BurnLimit:
    """One window of a tier, and the burn rate that must be exceeded in it."""

    seconds: int
    factor: Fraction


@dataclass(frozen=True, slots=True)
class LowTraffic:
    """When so few events were counted that a burn rate may be chance."""

    least_bad: int = LEAST_BAD
    deviates: float = DEVIATES


@dataclass(frozen=True, slots=True)
class AlertTier:
    """What must hold for one alert, and what follows."""

    name: str
    """Unique within its strategy."""
    limits: tuple[BurnLimit, ...]
    """Shortest window first; all must hold."""
    severity: Severity
    action: AlertAction = AlertAction.NONE
    low_traffic: LowTraffic | None = None
    """In the longest window; None where few events are taken as they are."""
    least_bad: int = 0
    """Above 0 this is a trickle tier: so many bad events in the longest window, and the factors reached, suffice."""

    @property
    def shortest(self) -> BurnLimit:
        return self.limits[0]

    @property
    def longest(self) -> BurnLimit:
        return self.limits[-1]

    @property
    def is_trickle(self) -> bool:
        return self.least_bad > 0

    @property
    def windows(self) -> tuple[int, ...]:
        """Seconds, shortest first."""
        return tuple(limit.seconds for limit in self.limits)

    def is_reachable(self, error_budget: Fraction) -> bool:
        """Whether it can hold at all: with everything bad the burn rate is 1 / error budget."""
        if self.is_trickle:
            return all(limit.factor * error_budget <= 1 for limit in self.limits)
        return all(is_reachable(limit.factor, error_budget) for limit in self.limits)


def windows_of(tiers: Iterable[AlertTier]) -> tuple[int, ...]:
    """Every window that the tiers look at, in seconds, shortest first."""
    return tuple(sorted({limit.seconds for tier in tiers for limit in tier.limits}))


@dataclass(frozen=True, slots=True, eq=False)
class WindowEvents:
    """What was counted in one window of a tier, element by element: of many objectives, or at many instants."""

    bad: Floats
    total: Floats
    """Counted events, corrected, in quanta."""
    is_known: Bools
    """Half of the window's slices were seen, and it has some: corrections or business hours may leave none."""


@dataclass(frozen=True, slots=True, eq=False)
class TierVerdicts:
    """Whether a tier holds, element by element."""

    holds: Bools
    is_known: Bools
    """False: it cannot be told, or the tier is suspended; then it does not hold."""


@dataclass(frozen=True, slots=True)
class Stakes:
    """What the events of one objective are compared with."""

    error_budget: Fraction
    quantum: Fraction = Fraction(1)
    """Events that one quantum stands for."""


def tier_verdicts(tier: AlertTier, windows: Sequence[WindowEvents], stakes: Sequence[Stakes]) -> TierVerdicts:
    """
    Whether a tier holds.

    Args:
        tier: what is asked.
        windows: what was counted in each window of the tier, in its order, arrays of one shape [N].
        stakes: N of them, or one for all.

    Returns:
        Arrays [N]. Where nothing may fail there is no burn rate: any bad event in the shortest window makes it hold.

    Source: design §2, alert tiers; The Site Reliability Workbook (2018), ch. 5.
    """
    is_known = np.logical_and.reduce([window.is_known for window in windows])
    budgets = np.array([float(one.error_budget) for one in stakes])
    is_zero = np.broadcast_to(budgets == 0, is_known.shape)
    holds = is_known & ~is_zero
    near = np.zeros(is_known.shape, np.bool_)
    for limit, window in zip(tier.limits, windows, strict=True):
        threshold = float(limit.factor) * budgets * window.total
        exceeds = window.bad >= threshold if tier.is_trickle else window.bad > threshold
        holds &= exceeds & (window.total > 0)
        near |= np.abs(window.bad - threshold) <= _CLOSE * np.maximum(threshold, 1)
    longest = windows[-1]
    if tier.is_trickle:
        holds &= longest.bad * _quanta(stakes) >= tier.least_bad
    elif tier.low_traffic is not None:
        significant, close = _significance(tier.low_traffic, longest, stakes, budgets)
        holds &= significant
        near |= close
    for place in np.flatnonzero(near & is_known & ~is_zero):
        holds[place] = _holds_exactly(tier, windows, stakes, int(place))
    shortest = windows[0]
    holds = np.where(is_zero, shortest.is_known & (shortest.bad > 0), holds)
    return TierVerdicts(holds, np.where(is_zero, shortest.is_known, is_known))


def _quanta(stakes: Sequence[Stakes]) -> Floats:
    return np.array([float(one.quantum) for one in stakes])


def _significance(
    rule: LowTraffic, window: WindowEvents, stakes: Sequence[Stakes], budgets: Floats
) -> tuple[Bools, Bools]:
    """Whether it is more than chance, and where that is too close to say in float64."""
    quanta = _quanta(stakes)
    bad, total = window.bad * quanta, window.total * quanta
    surplus = bad - total * budgets
    variance = rule.deviates**2 * total * budgets * (1 - budgets)
    square = surplus * surplus
    close = np.abs(square - variance) <= _CLOSE * np.maximum(variance, 1)
    close |= np.abs(bad - rule.least_bad) <= _CLOSE * rule.least_bad
    return (bad >= rule.least_bad) & (surplus > 0) & (square > variance), close


def _holds_exactly(tier: AlertTier, windows: Sequence[WindowEvents], stakes: Sequence[Stakes], place: int) -> bool:
    one = stakes[place if len(stakes) > 1 else 0]
    counted = [(Fraction(float(each.bad[place])), Fraction(float(each.total[place]))) for each in windows]
    for limit, (bad, total) in zip(tier.limits, counted, strict=True):
        threshold = limit.factor * one.error_budget * total
        if total <= 0 or not (bad >= threshold if tier.is_trickle else bad > threshold):
            return False
    bad, total = counted[-1][0] * one.quantum, counted[-1][1] * one.quantum
    if tier.is_trickle:
        return bad >= tier.least_bad
    rule = tier.low_traffic
    return rule is None or is_significant(bad, total, one.error_budget, rule.least_bad, rule.deviates)


def holds_of_shares(tier: AlertTier, shares: Mapping[int, Fraction | None], error_budget: Fraction) -> bool | None:
    """
    Whether a tier holds of something that has no events of its own, such as a composite.

    Args:
        tier: what is asked.
        shares: share of error by window in seconds, 0 to 1; None where it cannot be told.
        error_budget: 1 - objective.

    Returns:
        None where it cannot be told: a window is not known, or bad events would have to be counted.
    """
    if tier.is_trickle:
        return None
    if error_budget == 0:
        shortest = shares.get(tier.shortest.seconds)
        return None if shortest is None else shortest > 0
    known = [(limit.factor * error_budget, shares.get(limit.seconds)) for limit in tier.limits]
    if any(share is None for _, share in known):
        return None
    return all(share is not None and share > threshold for threshold, share in known)
