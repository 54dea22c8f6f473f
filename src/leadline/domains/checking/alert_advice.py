"""
Advice about the alerts of objectives: those that can never fire, that fire for nothing, or look at too little.

Pure. What the traffic of a source adds to it stands in `traffic`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction

from leadline.core.slices import STEP
from leadline.domains.checking.catalogue import NOTE
from leadline.domains.checking.tiers import Alert, alerts_of, one_error_pages_below, out_of_reach
from leadline.domains.checking.writing import Said
from leadline.handbook.specs import Slo
from leadline.units import format_duration

LEAST_SAMPLES = 4
_SHOWN_SLOS = 5
_AT_LEAST_ONE = "write 1 or more: below it the budget lasts longer than its window"


def alert_advice(slos: Sequence[Slo], busy: Collection[str]) -> Iterator[Said]:
    """Everything about the alerts of these objectives; of the busy ones `traffic` says what their traffic means."""
    alerted = [slo for slo in slos if slo.terms.error_budget and not slo.is_mtbf]
    for slo in alerted:
        yield from _about(slo)
        if slo.id not in busy:
            yield from _about_few_events(slo)
    yield from _about_early_tickets(alerted)


def _about(slo: Slo) -> Iterator[Said]:
    most = float(1 / slo.terms.error_budget)
    if not slo.alerts:
        hint = "choose a strategy with lower factors by leadline/strategy, or promise more"
        yield Said("no-alert", slo.place, "no alert of its strategy can fire", slo.target_text, hint, (slo.id,))
    for alert in out_of_reach(slo) if slo.alerts else ():
        factor = float(max(factor for _, factor in alert.limits))
        what = (
            f"tier {alert.name} of strategy {slo.strategy} can never fire: with every event bad it burns at {most:.4g}"
        )
        hint = f"choose a strategy with a factor below {most:.4g} by leadline/strategy, or promise more"
        yield Said("unreachable-alert", slo.place, what, f"{factor:g}", hint, (slo.id,))
    for alert in alerts_of(slo):
        yield from _about_alert(slo, alert)


def _about_alert(slo: Slo, alert: Alert) -> Iterator[Said]:
    lowest = min(factor for _, factor in alert.limits)
    if lowest < 1 and alert.is_paging:
        what = f"{alert.name} pages although the budget would be kept"
        yield Said("alert-within-budget", slo.place, what, f"{float(lowest):g}", _AT_LEAST_ONE, (slo.id,))
    if alert.shortest_seconds < LEAST_SAMPLES * STEP:
        hint = f"look back {format_duration(LEAST_SAMPLES * STEP)} or more"
        what, value = f"{alert.name} looks at too few slices", format_duration(alert.shortest_seconds)
        yield Said("short-window", slo.place, what, value, hint, (slo.id,))


def _about_early_tickets(slos: Sequence[Slo]) -> Iterator[Said]:
    """Once for each strategy and window, since a ticket that comes a little early wakes nobody."""
    early: dict[tuple[str, str, Fraction], list[Slo]] = defaultdict(list)
    for slo in slos:
        for alert in alerts_of(slo):
            lowest = min(factor for _, factor in alert.limits)
            if lowest < 1 and not alert.is_paging:
                early[slo.strategy, alert.name, lowest].append(slo)
    for (strategy, name, factor), concerned in early.items():
        what = f"{name} of strategy {strategy} comes although the budget would be kept"
        ids = tuple(slo.id for slo in concerned[:_SHOWN_SLOS])
        yield Said("alert-within-budget", concerned[0].place, what, f"{float(factor):.3g}", _AT_LEAST_ONE, ids, NOTE)


def _about_few_events(slo: Slo) -> Iterator[Said]:
    paging = [alert for alert in alerts_of(slo) if alert.is_paging and not alert.least_bad]
    if paging:
        below = max(one_error_pages_below(alert, slo.terms.error_budget) for alert in paging)
        hint = "switch leadline/lowTraffic on, or add synthetic requests"
        what = f"one error pages below {float(below):,.1f} events an hour"
        yield Said("one-error-pages", slo.place, what, "lowTraffic: off", hint, (slo.id,))
