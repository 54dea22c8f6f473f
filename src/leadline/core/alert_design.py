"""
Design of alert tiers: what one would say of a steady share of errors, how soon, and how soon it would be silent again.

Exact, in Fractions. A failure begins at once after a long time without bad events, and ends at once. Leaves out chance
and the grid of steps: an engine or a rule finds it at its next evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from leadline.core.alert_tiers import AlertTier

_HOUR = 3_600


@dataclass(frozen=True, slots=True)
class Detection:
    """What a tier says of one share of errors."""

    error_rate: Fraction
    after_seconds: Fraction
    """From the beginning of the failure until the tier holds."""
    budget_spent: Fraction
    """Share of the whole budget that is spent by then."""
    reset_seconds: Fraction
    """From the end of a failure that filled every window until the tier no longer holds."""


def detection(
    tier: AlertTier, error_budget: Fraction, window_seconds: int, error_rate: Fraction, for_seconds: int = 0
) -> Detection | None:
    """
    When a tier holds during a failure.

    Args:
        tier: burn rates by window; a count of bad events is not looked at.
        error_budget: 1 - objective, > 0.
        window_seconds: length of the budget's window.
        error_rate: share of bad events during the failure, 0 < rate <= 1.
        for_seconds: how long the tier must hold before it alerts.

    Returns:
        None when it never holds: the failure is no faster than a factor in some window.

    Raises:
        ValueError: zero tolerance has no budget, and no burn rate.

    Source: The Site Reliability Workbook (2018), ch. 5: error budget / error rate · window · burn rate.

    >>> from leadline.core.alert_tiers import BurnLimit, Severity
    >>> tier = AlertTier("page", (BurnLimit(3_600, Fraction("14.4")),), Severity.PAGE)
    >>> found = detection(tier, Fraction(1, 1000), 30 * 86_400, Fraction(1))
    >>> float(found.after_seconds), float(found.budget_spent)
    (51.84, 0.02)
    """
    if error_budget <= 0:
        raise ValueError("an objective of 1 leaves no budget to burn: one bad event alerts")
    shares = [limit.factor * error_budget / error_rate for limit in tier.limits]
    if any(share > 1 or (share == 1 and not tier.is_trickle) for share in shares):
        return None
    pairs = list(zip(tier.limits, shares, strict=True))
    after = max(share * limit.seconds for limit, share in pairs) + for_seconds
    return Detection(
        error_rate,
        after,
        error_rate / error_budget * after / window_seconds,
        min((1 - share) * limit.seconds for limit, share in pairs),
    )


def events_an_hour_for_one_error(tier: AlertTier, error_budget: Fraction) -> Fraction:
    """
    Events an hour below which a single bad one makes a tier hold that has no rule for low traffic.

    >>> from leadline.core.alert_tiers import BurnLimit, Severity
    >>> limits = (BurnLimit(300, Fraction(10)), BurnLimit(3_600, Fraction(10)))
    >>> events_an_hour_for_one_error(AlertTier("page", limits, Severity.PAGE), Fraction(1, 1000))
    Fraction(100, 1)
    """
    return min(Fraction(_HOUR) / (limit.factor * error_budget * limit.seconds) for limit in tier.limits)
