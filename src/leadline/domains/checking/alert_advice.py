"""
Advice about the alerts of objectives: those that can never fire, that fire for nothing, or look at too little.

Pure. What the traffic of a source adds to it stands in `traffic`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from leadline.core.burn_alerts import is_reachable
from leadline.core.slices import STEP
from leadline.domains.checking.tiers import Alert, alerts_of, one_error_pages_below
from leadline.domains.checking.writing import Said
from leadline.handbook.specs import Slo
from leadline.units import format_duration

LEAST_SAMPLES = 4


def alert_advice(slos: Sequence[Slo], *, is_traffic_known: Callable[[Slo], bool]) -> Iterator[Said]:
    """Everything about the alerts of these objectives; where traffic is known, `traffic` says what that means."""
    for slo in slos:
        if slo.terms.error_budget and not slo.is_mtbf:
            yield from _about(slo)
            if not is_traffic_known(slo):
                yield from _about_few_events(slo)


def _about(slo: Slo) -> Iterator[Said]:
    alerts, budget = alerts_of(slo), slo.terms.error_budget
    can_fire = [each for each in alerts if all(is_reachable(factor, budget) for _, factor in each.limits)]
    if not can_fire and "leadline/strategy" not in slo.annotations:
        hint = "choose a strategy with lower factors, or promise more"
        yield Said("no-alert", slo.place, "no alert of its strategy can fire", slo.target_text, hint, (slo.id,))
        return
    for alert in alerts:
        if alert not in can_fire:
            factor = max(factor for _, factor in alert.limits)
            what = f"{alert.name} can never fire: with every event bad the burn rate is {float(1 / budget):.4g}"
            hint = f"write a factor below {float(1 / budget):.4g}, or leave the alert out"
            yield Said("unreachable-alert", slo.place, what, f"{float(factor):g}", hint, (slo.id,))
    for alert in can_fire:
        yield from _about_alert(slo, alert)


def _about_alert(slo: Slo, alert: Alert) -> Iterator[Said]:
    lowest = min(factor for _, factor in alert.limits)
    if lowest < 1 and alert.is_paging:  # a ticket may come a little early: over 28 days the workbook's is 0.93
        hint = "write 1 or more: below it the budget lasts longer than its window"
        what = f"{alert.name} fires although the budget would be kept"
        yield Said("alert-within-budget", slo.place, what, f"{float(lowest):g}", hint, (slo.id,))
    if alert.shortest_seconds < LEAST_SAMPLES * STEP:
        hint = f"look back {format_duration(LEAST_SAMPLES * STEP)} or more"
        what, value = f"{alert.name} looks at too few slices", format_duration(alert.shortest_seconds)
        yield Said("short-window", slo.place, what, value, hint, (slo.id,))


def _about_few_events(slo: Slo) -> Iterator[Said]:
    paging = [alert for alert in alerts_of(slo) if alert.is_paging and not alert.least_bad]
    if paging:
        below = max(one_error_pages_below(alert, slo.terms.error_budget) for alert in paging)
        hint = "switch leadline/lowTraffic on, or add synthetic requests"
        what = f"one error pages below {float(below):,.1f} events an hour"
        yield Said("one-error-pages", slo.place, what, "lowTraffic: off", hint, (slo.id,))
