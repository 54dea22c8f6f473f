"""The alerts of an objective, as far as lint has something to say of them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from leadline.core.alert_tiers import AlertTier, Severity
from leadline.handbook.specs import Slo


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert: in each window the burn rate must exceed its factor."""

    name: str
    limits: tuple[tuple[int, Fraction], ...]
    """(window in seconds, factor), shortest first."""
    is_paging: bool
    least_bad: int
    """Bad events that low traffic must have as well; 0 where few events are taken as they are."""

    @property
    def shortest_seconds(self) -> int:
        return self.limits[0][0]

    @property
    def longest(self) -> tuple[int, Fraction]:
        return self.limits[-1]


def alerts_of(slo: Slo) -> tuple[Alert, ...]:
    """Tiers that ask for burn rates; a trickle tier minds few events by itself."""
    return tuple(_alert(tier) for tier in slo.alerts if not tier.is_trickle)


def out_of_reach(slo: Slo) -> tuple[Alert, ...]:
    """Tiers of the strategy that are left out since no failure can burn so fast; others look back too far."""
    return tuple(_alert(tier) for tier in slo.unreachable if not tier.is_reachable(slo.terms.error_budget))


def _alert(tier: AlertTier) -> Alert:
    return Alert(
        tier.name,
        tuple((limit.seconds, limit.factor) for limit in tier.limits),
        tier.severity is Severity.PAGE,
        tier.low_traffic.least_bad if tier.low_traffic else 0,
    )


def one_error_pages_below(alert: Alert, error_budget: Fraction) -> Fraction:
    """
    Events an hour below which a single bad one exceeds every factor of an alert.

    >>> hour = (Fraction(72, 5), 3600)
    >>> float(one_error_pages_below(Alert("page", ((300, hour[0]), (3600, hour[0])), True, 0), Fraction(1, 1000)))
    69.44444444444444
    """
    return min(Fraction(3600, seconds) / (factor * error_budget) for seconds, factor in alert.limits)
