"""
Burn alerts: how fast a budget burns, whether that is more than chance, and when a condition can never hold.

Everything is exact (integers and Fractions), so that 14.4 is exceeded by 14.44 and not by 14.4. Leaves out who is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from leadline.units import NoData

LEAST_BAD = 5
"""Bad events below which low traffic never pages."""
DEVIATES = 2.326
"""One-sided 99 % quantile of the normal distribution."""

_PAGE = "Page on-call"
_Written = tuple[tuple[tuple[tuple[int, Fraction | int], ...], str], ...]
_FAST: _Written = (
    (((300, 10),), f"{_PAGE}; roll back the last change"),
    (((900, 5),), _PAGE),
    (((3_600, 2),), "Notify the team"),
)
"""Every tier of the practice asks at once over 5 min, 15 min and 1 h."""
_CONFIRMING = {0: (3_600, 21_600), 1: (7_200, 43_200), 2: (14_400, 86_400)}
"""Where it confirms: over a short and a long window, later the less critical the service is."""
_WORKBOOK: _Written = (
    (((300, Fraction(72, 5)), (3_600, Fraction(72, 5))), _PAGE),
    (((1_800, 6), (21_600, 6)), _PAGE),
    (((7_200, 3), (86_400, 3)), "Open a ticket"),
    (((21_600, 1), (259_200, 1)), "Open a ticket"),
)


@dataclass(frozen=True, slots=True)
class TierCondition:
    """What the alerts of a tier ask of a burn rate, and what they do when all of it holds."""

    limits: tuple[tuple[int, Fraction], ...]
    """(window in seconds, factor): in each window the burn rate must exceed its factor, strictly."""
    action: str

    @property
    def is_paging(self) -> bool:
        """Whether it calls somebody at once; else it may wait for a working hour."""
        return self.action.startswith(_PAGE)


def tier_conditions(tier: int | None) -> tuple[TierCondition, ...]:
    """
    What the alerts of a service ask, fastest first.

    Args:
        tier: 0 critical, 1 high, 2 standard; None: none was declared.

    Raises:
        ValueError: no such tier.

    Source: design §2, alert tiers; The Site Reliability Workbook (2018), ch. 5, table 5-8, where no tier is declared.

    >>> [(seconds // 60, int(factor)) for seconds, factor in tier_conditions(0)[-1].limits]
    [(60, 5), (360, 2)]
    """
    if tier is None:
        written = _WORKBOOK
    elif tier in _CONFIRMING:
        short, long = _CONFIRMING[tier]
        written = (*_FAST, (((short, 5), (long, 2)), f"{_PAGE}; both must hold"))
    else:
        raise ValueError(f"no tier {tier}; there are 0 (critical), 1 (high) and 2 (standard)")
    return tuple(
        TierCondition(tuple((seconds, Fraction(factor)) for seconds, factor in limits), action)
        for limits, action in written
    )


def tier_windows(tier: int | None) -> tuple[int, ...]:
    """
    The windows over which the alerts of a service look at its burn rate.

    Args:
        tier: as for `tier_conditions`.

    Returns:
        Seconds, shortest first.

    Raises:
        ValueError: no such tier.

    >>> [seconds // 60 for seconds in tier_windows(1)]
    [5, 15, 60, 120, 720]
    """
    return tuple(sorted({seconds for condition in tier_conditions(tier) for seconds, _ in condition.limits}))


def burn_rate(bad: int, total: int, error_budget: Fraction) -> Fraction | NoData:
    """
    Speed at which the error budget burns, in budgets per window.

    Args:
        bad: bad events of the alert window, >= 0.
        total: all valid events of the same window, >= 0.
        error_budget: 1 - objective, >= 0.

    Returns:
        (bad / total) / error_budget, dimensionless: 1 spends exactly the budget by the end of the window. `NoData` if
        no valid event was seen, or if an objective of 1 was missed: there is no budget of which to spend a share.

    Source: The Site Reliability Workbook (2018), ch. 5.

    >>> burn_rate(bad=144, total=10_000, error_budget=Fraction(1, 1000))
    Fraction(72, 5)
    """
    if total == 0:
        return NoData("no event was counted in the window")
    if error_budget == 0:
        return NoData(f"zero tolerance is broken by {bad} bad events") if bad else Fraction(0)
    return Fraction(bad, total) / error_budget


def is_significant(bad: int, total: int, error_budget: Fraction, k: int = LEAST_BAD, z: float = DEVIATES) -> bool:
    """
    Whether so many bad events are more than chance at a burn rate of 1, the condition for low traffic.

    Args:
        bad, total: events of the long window.
        error_budget: 1 - objective.
        k: least number of bad events.
        z: quantile of the normal distribution; taken as the decimal number that it prints as.

    Returns:
        bad >= k, bad > n·EB and (bad - n·EB)² > z²·n·EB·(1 - EB); False when nothing was counted.

    Source: normal approximation of the binomial test; design §2, alert tiers.

    >>> is_significant(bad=1, total=50, error_budget=Fraction(1, 1000))
    False
    """
    surplus = bad - total * error_budget
    variance = total * error_budget * (1 - error_budget)
    return bad >= k and surplus > 0 and surplus**2 > Fraction(str(z)) ** 2 * variance


def is_reachable(factor: Fraction, error_budget: Fraction) -> bool:
    """
    Whether a burn rate above `factor` can occur at all: with everything bad it is 1 / error budget.

    >>> is_reachable(Fraction("14.4"), Fraction(1, 10))
    False
    """
    return factor * error_budget < 1


def linear_exhaustion(now: int, remaining: Fraction, burn: Fraction, window_seconds: int) -> Fraction | NoData:
    """
    When the budget is spent if it burns on as it does, nothing ages out: the simplest of projections.

    Args:
        now: epoch seconds.
        remaining: share of the budget that is left, signed.
        burn: burn rate, budgets per window.
        window_seconds: length of the budget window.

    Returns:
        Epoch seconds, now + remaining / burn · window; `now` when it is spent already; `NoData` when nothing burns.

    >>> linear_exhaustion(0, Fraction(1, 2), Fraction(2), 2_419_200) / 86_400
    Fraction(7, 1)
    """
    if remaining <= 0:
        return Fraction(now)
    if burn <= 0:
        return NoData("nothing burns, so there is no date")
    return now + remaining / burn * window_seconds
