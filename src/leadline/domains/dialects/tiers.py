"""Burn rates that Sloth and Pyrra alert on without being told, for a window: nothing of them stands in their files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from leadline.domains.dialects.accounting import Spot
from leadline.domains.dialects.promises import Alert, Tier, shortest
from leadline.units import format_duration

_HOUR = 3600
_DAY = 24 * _HOUR
_GRAIN = Decimal("0.0001")
UNREACHABLE = "even if every event is bad, burn is no higher, so the alert could never fire"


def sloth_tiers(window_seconds: int) -> tuple[Tier, ...]:
    """
    Sloth's pairs: 2 % of the budget in an hour and 5 % in six page, 10 % in one and in three days make a ticket.

    Source: sloth.dev, default alert windows (the Site Reliability Workbook's, ch. 5).

    >>> [str(tier.factor) for tier in sloth_tiers(30 * 86400)]
    ['14.4', '6', '3', '1']
    """
    pairs = (("page", 2, 1, 5), ("page", 5, 6, 30), ("ticket", 10, 24, 120), ("ticket", 10, 72, 360))
    return tuple(
        Tier(severity, factor_of(Decimal(percent), window_seconds, hours * _HOUR), hours * _HOUR, minutes * 60)
        for severity, percent, hours, minutes in pairs
    )


def pyrra_tiers(window_seconds: int) -> tuple[Tier, ...]:
    """
    Pyrra's: fixed factors, with windows that are shares of the SLO's, in whole minutes.

    Source: pyrra.dev, multi burn rate alerts.

    >>> [format_duration(tier.long_seconds) for tier in pyrra_tiers(28 * 86400)]
    ['1h', '6h', '1d', '4d']
    """
    rows = (
        ("critical", 14, 1.0, 5, 2),
        ("critical", 7, 6.0, 30, 15),
        ("warning", 2, 24.0, 120, 60),
        ("warning", 1, 96.0, 360, 180),
    )
    share = Decimal(window_seconds) / (28 * _DAY)
    return tuple(
        Tier(severity, Decimal(factor), *(_minutes(share * Decimal(part)) for part in (hours * 60, short, after)))
        for severity, factor, hours, short, after in rows
    )


def _minutes(minutes: Decimal) -> int:
    return max(1, int(minutes.to_integral_value(ROUND_HALF_UP))) * 60


def factor_of(percent: Decimal, window_seconds: int, long_seconds: int) -> Decimal:
    """
    Burn rate that spends so much of a window's budget in a while, to four digits behind the point.

    >>> factor_of(Decimal(8), 7 * 86400, 3600)
    Decimal('13.44')
    """
    return shortest((percent * window_seconds / (100 * long_seconds)).quantize(_GRAIN))


def alerts_of(tiers: tuple[Tier, ...], usual: Alert, target: Decimal, spot: Spot) -> Iterator[Alert]:
    """The tiers that can fire at a target, like `usual` in all else; the others are told as lost."""
    for tier in tiers:
        lookback = format_duration(tier.long_seconds)
        if tier.factor * (1 - target) >= 1:
            key = f"{tier.severity} {tier.factor:f}x over {lookback}"
            spot.account.journal.lose(spot.place, key, f"{tier.factor:f}", UNREACHABLE)
            continue
        yield replace(
            usual,
            name=f"{usual.name}-{tier.severity}-{lookback}",
            severity=tier.severity,
            threshold=tier.factor,
            lookback=lookback,
            short=format_duration(tier.short_seconds) if tier.short_seconds < tier.long_seconds else None,
            after=format_duration(tier.after_seconds) if tier.after_seconds else None,
        )


def place_of(alert: Alert, tiers: tuple[Tier, ...]) -> int | None:
    """Which of these tiers an alert is, whatever its severity is called; without a short window it fits either way."""
    for index, tier in enumerate(tiers):
        same = (alert.threshold, alert.lookback) == (tier.factor, format_duration(tier.long_seconds))
        if same and alert.short in (None, format_duration(tier.short_seconds)):
            return index
    return None


def is_of(alert: Alert, tiers: tuple[Tier, ...]) -> bool:
    """Whether an alert is one of these tiers."""
    index = place_of(alert, tiers)
    return index is not None and alert.severity == tiers[index].severity
