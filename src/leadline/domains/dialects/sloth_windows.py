"""Sloth's alert windows of a period: its own for 28 and 30 days, and resources of kind `AlertWindows` for others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from leadline.domains.dialects.accounting import Spot
from leadline.domains.dialects.measures import duration
from leadline.domains.dialects.promises import Alert, Bundle, Promise, Rolling, Tier, shortest
from leadline.domains.dialects.tiers import factor_of, sloth_tiers
from leadline.units import format_duration, parse_duration

RESOURCE = "sloth.slok.dev/v1"
KIND = "AlertWindows"
OLDER = "alertWindows/v1"
_DAY = 86_400
SHIPPED = (28 * _DAY, 30 * _DAY)
"""Seconds of the periods that Sloth has windows for."""
_SLOTS = (("page", "quick"), ("page", "slow"), ("ticket", "quick"), ("ticket", "slow"))


def is_windows(value: Mapping[str, Any]) -> bool:
    """Whether a document says how Sloth alerts over a period."""
    return value.get("version") == OLDER or (value.get("apiVersion") == RESOURCE and value.get("kind") == KIND)


def read_windows(document: Spot, bundle: Bundle) -> None:
    """Take in the windows of one period."""
    document.take("version", "apiVersion", "kind")
    spec = document if document.has("version") else document.inner("spec")
    period = duration(spec, "sloPeriod")
    tiers = [_tier(spec.inner(severity).inner(speed), severity, period) for severity, speed in _SLOTS]
    if period is not None and None not in tiers:
        bundle.windows[_seconds(period)] = tuple(tier for tier in tiers if tier is not None)


def _tier(spot: Spot, severity: str, period: str | None) -> Tier | None:
    percent = spot.number("errorBudgetPercent")
    if percent is None or percent <= 0:
        spot.problem("errorBudgetPercent", "not a share of the budget", "write one above 0, such as 2")
        return None
    long, short = duration(spot, "longWindow"), duration(spot, "shortWindow")
    if period is None or long is None or short is None:
        return None
    if _seconds(short) >= _seconds(long):
        spot.problem("shortWindow", "not shorter than longWindow", "write a twelfth of longWindow")
        return None
    return Tier(severity, factor_of(percent, _seconds(period), _seconds(long)), _seconds(long), _seconds(short))


def _seconds(text: str) -> int:
    return int(parse_duration(text).total_seconds())


def period_of(bundle: Bundle) -> str | None:
    """The period that the files bring windows for, where they leave Sloth no other."""
    only = next(iter(bundle.windows), None)
    return format_duration(only) if only is not None and len(bundle.windows) == 1 else None


def windows_written(promises: Sequence[Promise], bundle: Bundle) -> dict[int, tuple[Tier, ...]]:
    """Seconds of each rolling window → the burn rates with which Sloth can alert as its SLOs ask."""
    found: dict[int, tuple[Tier, ...]] = {}
    for promise in promises:
        if isinstance(promise.window, Rolling):
            found.setdefault(_seconds(promise.window.duration), ())
    return {seconds: _tiers(seconds, _alerts(seconds, promises, bundle)) for seconds in found}


def _alerts(seconds: int, promises: Sequence[Promise], bundle: Bundle) -> Iterator[Alert]:
    for promise in promises:
        if isinstance(promise.window, Rolling) and _seconds(promise.window.duration) == seconds:
            yield from (bundle.alerts[name] for name in promise.alerts)


def _tiers(seconds: int, alerts: Iterator[Alert]) -> tuple[Tier, ...]:
    """Sloth's own, but for a severity of which exactly two other pairs of windows are asked."""
    usual = sloth_tiers(seconds)
    asked = {severity: set[Tier]() for severity in ("page", "ticket")}
    for alert in alerts:
        if alert.severity in asked and alert.short and alert.after is None and alert.op == "gt":
            long, short = _seconds(alert.lookback), _seconds(alert.short)
            asked[alert.severity].add(Tier(alert.severity, alert.threshold, long, short))
    made: list[Tier] = []
    for severity, tiers in asked.items():
        mine = [tier for tier in usual if tier.severity == severity]
        is_other = len(tiers) == len(mine) and tiers != set(mine)
        made += sorted(tiers, key=lambda tier: tier.long_seconds) if is_other else mine
    return tuple(made)


def as_resource(seconds: int, tiers: tuple[Tier, ...]) -> dict[str, Any]:
    """The resource that says these burn rates to Sloth."""
    spec: dict[str, Any] = {"sloPeriod": format_duration(seconds)}
    for (severity, speed), tier in zip(_SLOTS, tiers, strict=True):
        percent = shortest((tier.factor * tier.long_seconds * 100 / Decimal(seconds)).quantize(Decimal("0.000001")))
        spec.setdefault(severity, {})[speed] = {
            "errorBudgetPercent": percent,
            "shortWindow": format_duration(tier.short_seconds),
            "longWindow": format_duration(tier.long_seconds),
        }
    return {"apiVersion": RESOURCE, "kind": KIND, "spec": spec}
