"""
What needs someone now, and in which order.

Pure. An objective needs someone when an alert of its tier that pages holds, or its budget is depleted, critical or
unknown. Objectives of one service that cannot be told for one reason are one need.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from leadline.core.alert_tiers import AlertAction, AlertTier, Severity
from leadline.core.budgets import Level
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
_ACTIONS = {Severity.PAGE: "Page on-call", Severity.TICKET: "Open a ticket", Severity.NOTIFY: "Notify the team"}
SHOWN_WINDOWS = (300, 3_600, 86_400)
"""Seconds of the burn rates that a row shows."""


@dataclass(frozen=True, slots=True)
class Burning:
    """An alert that holds."""

    limits: tuple[BurnLimit, ...]
    action: str
    tier: AlertTier


def exceeds(rate: float | None, factor: float) -> bool:
    """Whether a burn rate is above a factor; within 1e-9 it is equal to it."""
    return rate is not None and rate > factor * (1 + _EQUAL)


def burning(slo: SloStatus, tiers: Sequence[AlertTier]) -> Burning | None:
    """The first of the objective's tiers that pages and whose burn rates are all exceeded."""
    for tier in tiers:
        if tier.severity is Severity.PAGE and (limits := _limits(tier, slo.burn)):
            return Burning(limits, action_of(tier), tier)
    return None


def action_of(tier: AlertTier) -> str:
    """What people read of a tier: who does what about it."""
    who = _ACTIONS[tier.severity]
    if tier.action is AlertAction.ROLLBACK:
        return f"{who}; roll back the last change"
    return f"{who}; both must hold" if len(tier.limits) > 1 and tier.severity is Severity.PAGE else who


def _limits(tier: AlertTier, burn: Mapping[str, float | None]) -> tuple[BurnLimit, ...]:
    """The windows of a tier with their rates; nothing unless all are exceeded."""
    found = []
    for limit in tier.limits:
        window = format_duration(limit.seconds)
        rate = burn.get(window)
        if rate is None or not exceeds(rate, float(limit.factor)):
            return ()
        found.append(BurnLimit(window=window, rate=rate, factor=float(limit.factor)))
    return tuple(found)


def marks(slo: SloStatus, tiers: Sequence[AlertTier]) -> tuple[BurnMark, ...]:
    """Burn rates that a row shows; each is marked when it is above what a tier asks of that window."""
    return tuple(_mark(slo, seconds, tiers) for seconds in SHOWN_WINDOWS)


def _mark(slo: SloStatus, seconds: int, tiers: Sequence[AlertTier]) -> BurnMark:
    window = format_duration(seconds)
    rate = slo.burn.get(window)
    exceeded = {
        tier.severity is Severity.PAGE
        for tier in tiers
        for limit in tier.limits
        if limit.seconds == seconds and exceeds(rate, float(limit.factor))
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
