"""
Burn alerts: how fast a budget burns, whether that is more than chance, and when a condition can never hold.

Everything is exact (integers and Fractions), so that 14.4 is exceeded by 14.44 and not by 14.4. Leaves out who is told.
"""

from __future__ import annotations

from fractions import Fraction

from leadline.units import NoData

LEAST_BAD = 5
"""Bad events below which low traffic never pages."""
DEVIATES = 2.326
"""One-sided 99 % quantile of the normal distribution."""


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


def is_significant(
    bad: int | Fraction, total: int | Fraction, error_budget: Fraction, k: int = LEAST_BAD, z: float = DEVIATES
) -> bool:
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
