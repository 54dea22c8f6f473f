"""
What needs someone now, and in which order.

Pure. An objective needs someone when an alert of its tier that pages holds, or its budget is depleted, critical or
unknown. Objectives of one service that cannot be told for one reason are one need.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from leadline.core.budgets import Level
from leadline.core.burn_alerts import TierCondition, tier_conditions
from leadline.domains.budgets.model import SloStatus
from leadline.domains.budgets.overview_model import BurnLimit, BurnMark, Need, NeedKind
from leadline.units import format_duration

_KINDS = {
    Level.DEPLETED.value: NeedKind.DEPLETED,
    Level.CRITICAL.value: NeedKind.CRITICAL,
    Level.UNKNOWN.value: NeedKind.UNKNOWN,
}
_URGENCY = tuple(NeedKind)
_EQUAL = 1e-9
SHOWN_WINDOWS = (300, 3_600, 86_400)
"""Seconds of the burn rates that a row shows."""


@dataclass(frozen=True, slots=True)
class Burning:
    """An alert that holds."""

    limits: tuple[BurnLimit, ...]
    action: str
    longest_seconds: int


def exceeds(rate: float | None, factor: float) -> bool:
    """Whether a burn rate is above a factor; within 1e-9 it is equal to it."""
    return rate is not None and rate > factor * (1 + _EQUAL)


def burning(slo: SloStatus) -> Burning | None:
    """The first alert of the objective's tier that pages and whose burn rates are all exceeded."""
    for condition in tier_conditions(slo.tier):
        if condition.is_paging and (limits := _limits(condition, slo.burn)):
            return Burning(limits, condition.action, max(seconds for seconds, _ in condition.limits))
    return None


def _limits(condition: TierCondition, burn: Mapping[str, float | None]) -> tuple[BurnLimit, ...]:
    """The windows of a condition with their rates; nothing unless all are exceeded."""
    found = []
    for seconds, factor in condition.limits:
        window = format_duration(seconds)
        rate = burn.get(window)
        if rate is None or not exceeds(rate, float(factor)):
            return ()
        found.append(BurnLimit(window=window, rate=rate, factor=float(factor)))
    return tuple(found)


def marks(slo: SloStatus) -> tuple[BurnMark, ...]:
    """Burn rates that a row shows; each is marked when it is above what an alert of the tier asks of that window."""
    conditions = tier_conditions(slo.tier)
    return tuple(_mark(slo, seconds, conditions) for seconds in SHOWN_WINDOWS)


def _mark(slo: SloStatus, seconds: int, conditions: Sequence[TierCondition]) -> BurnMark:
    window = format_duration(seconds)
    rate = slo.burn.get(window)
    exceeded = {
        condition.is_paging
        for condition in conditions
        for length, factor in condition.limits
        if length == seconds and exceeds(rate, float(factor))
    }
    return BurnMark(window=window, rate=rate, mark="page" if True in exceeded else "ticket" if exceeded else "")


def needs(
    slos: Sequence[SloStatus], teams: Mapping[str, str | None], alerts: Mapping[str, Burning]
) -> tuple[Need, ...]:
    """
    Everything that needs someone, most urgent first.

    Args:
        slos: in the order of the handbook.
        teams: team of each objective, by id.
        alerts: by id, the alerts that hold.
    """
    found = [need for slo in slos if (need := _need(slo, teams.get(slo.slo), alerts.get(slo.slo)))]
    tiers = {slo.slo: len(_URGENCY) if slo.tier is None else slo.tier for slo in slos}
    return tuple(sorted(_together(found), key=lambda need: _urgency(need, tiers[need.slos[0]])))


def _urgency(need: Need, tier: int) -> tuple[int, int, float]:
    return _URGENCY.index(need.kind), tier, 1.0 if need.remaining is None else need.remaining


def _need(slo: SloStatus, team: str | None, alert: Burning | None) -> Need | None:
    kind = NeedKind.BURNING if alert else _KINDS.get(slo.level)
    if kind is None:
        return None
    return Need(
        kind=kind,
        level=slo.level,
        slos=(slo.slo,),
        name=slo.name,
        service=slo.service,
        team=team,
        remaining=slo.budget.remaining,
        bad=slo.bad,
        allowed_bad=slo.budget.allowed_bad,
        limits=alert.limits if alert else (),
        action=alert.action if alert else "",
        reason=slo.short_reason,
    )


def _together(found: Iterable[Need]) -> list[Need]:
    """Unknown objectives of one service and team that have one reason become one need."""
    joined: dict[tuple[object, ...], Need] = {}
    for need in found:
        key: tuple[object, ...] = need.slos
        if need.kind is NeedKind.UNKNOWN:
            key = (need.service, need.team, need.reason)
        before = joined.get(key)
        joined[key] = before.model_copy(update={"slos": before.slos + need.slos}) if before else need
    return list(joined.values())
