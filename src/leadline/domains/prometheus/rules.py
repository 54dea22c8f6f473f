"""
Rules of one objective: counts, their sums over the windows of its tiers, its alerts, and what is left of its budget.

Pure. Everything is a sum of counts: nothing divides by a number that may be 0, and no ratio is ever averaged. Burn is
compared in whole numbers, `bad * denominator > total * numerator`, as Leadline itself compares it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from leadline.core.alert_tiers import AlertTier, BurnLimit, windows_of
from leadline.core.slices import STEP
from leadline.core.windows import RollingWindow
from leadline.domains.prometheus.counts import BAD, TOTAL, Counts, counts
from leadline.domains.prometheus.model import Group, Rule
from leadline.handbook.specs import Slo
from leadline.units import format_duration

OBJECTIVE = "leadline:slo_objective:ratio"
REMAINING = "leadline:slo_budget_remaining:ratio"
BAD_5M, TOTAL_5M = "leadline:slo_bad:count5m", "leadline:slo_total:count5m"
BAD_PERIOD, TOTAL_PERIOD = "leadline:slo_bad:period", "leadline:slo_total:period"
BURNS, SILENT = "LeadlineBudgetBurns", "LeadlineSliSilent"
BUDGET_STEP = 300


def recorded(side: str, seconds: int) -> str:
    """
    Name of the sum over an alert window, `bad` or `total`.

    >>> recorded("bad", 3600)
    'leadline:slo_bad:sum1h'
    """
    return f"leadline:slo_{side}:sum{format_duration(seconds)}"


def groups(slo: Slo, page_url: str, excluding: Sequence[str]) -> tuple[Group, Group]:
    """
    The group of each minute, and the one of each five minutes, which alone looks at the whole period.

    Raises:
        NotSayable: rules cannot measure it.
    """
    made, labels = counts(slo, excluding), {"slo": slo.id, "service": slo.service}
    told = dict(labels) | {"team": slo.team or "", "tier": "" if slo.tier is None else str(slo.tier)}
    told = {name: value for name, value in told.items() if value}
    objective = Rule(OBJECTIVE, f"vector({float(1 - slo.terms.error_budget)!r})", told)
    minute = [objective, Rule(TOTAL, made.total, labels), Rule(BAD, made.bad, labels)]
    minute += _sums(slo, made, labels)
    minute += [_burn_alert(slo, tier, told, page_url) for tier in slo.alerts]
    minute.append(_silence(slo, told, page_url))
    name = group_name(slo)
    return Group(name, STEP, tuple(minute)), Group(f"{name} budget", BUDGET_STEP, tuple(_budget(slo, made, labels)))


def group_name(slo: Slo) -> str:
    """Name of the group of each minute."""
    return f"leadline {slo.id}"


def _of(name: str, slo: Slo) -> str:
    return f'{name}{{slo="{slo.id}"}}'


def _over(name: str, slo: Slo, seconds: int) -> str:
    """A range one second short: Prometheus 2 reads both of its ends, Prometheus 3 only the later one."""
    return f"{_of(name, slo)}[{format_duration(seconds - 1)}]"


def _summed(name: str, slo: Slo, made: Counts, seconds: int, function: str = "sum_over_time") -> str:
    text = f"{function}({_over(name, slo, seconds)})"
    if not made.group_by:
        return text
    return f"{'sum' if function == 'sum_over_time' else 'max'} without ({', '.join(made.group_by)}) ({text})"


def _sums(slo: Slo, made: Counts, labels: Mapping[str, str]) -> Iterator[Rule]:
    """Sums over each alert window; the total only where half of the window's minutes were seen."""
    for seconds in windows_of(slo.alerts):
        seen = _summed(TOTAL, slo, made, seconds, "count_over_time")
        asked = f"count_over_time({_over(OBJECTIVE, slo, seconds)})"
        known = f"{seen} * 2 >= on (slo) {asked}"
        yield Rule(recorded("total", seconds), f"{_summed(TOTAL, slo, made, seconds)}\n  and on (slo) {known}", labels)
        yield Rule(recorded("bad", seconds), _summed(BAD, slo, made, seconds), labels)


def _budget(slo: Slo, made: Counts, labels: Mapping[str, str]) -> Iterator[Rule]:
    window = slo.terms.window
    if not isinstance(window, RollingWindow):
        return
    seconds = int(window.duration.total_seconds())
    yield Rule(TOTAL_5M, _summed(TOTAL, slo, made, BUDGET_STEP), labels)
    yield Rule(BAD_5M, _summed(BAD, slo, made, BUDGET_STEP), labels)
    labels = {**labels, "window": str(window)}
    yield Rule(TOTAL_PERIOD, f"sum_over_time({_over(TOTAL_5M, slo, seconds)})", labels)
    yield Rule(BAD_PERIOD, f"sum_over_time({_over(BAD_5M, slo, seconds)})", labels)
    if slo.terms.error_budget:
        allowed = f"({_of(TOTAL_PERIOD, slo)} * {_number(slo.terms.error_budget)} > 0)"
        yield Rule(REMAINING, f"1 - {_of(BAD_PERIOD, slo)} / {allowed}", labels)


def _burn_alert(slo: Slo, tier: AlertTier, told: Mapping[str, str], page_url: str) -> Rule:
    labels = {
        **told,
        "alert": tier.name,
        "severity": str(tier.severity),
        "action": str(tier.action),
        "long": format_duration(tier.longest.seconds),
        "short": format_duration(tier.shortest.seconds),
    }
    windows = " and ".join(f"{float(limit.factor):g}x in {format_duration(limit.seconds)}" for limit in tier.limits)
    what = windows if slo.terms.error_budget else f"one bad event in {labels['short']}; none may fail"
    notes = {
        "summary": f"{slo.display_name or slo.id} burns its error budget: more than {what}",
        "description": slo.description or f"{slo.target_text} over {slo.terms.window}",
        "burn": what,
        "page": f"{page_url.rstrip('/')}/slos/{slo.id}" if page_url else "",
    }
    return Rule(BURNS, condition(slo, tier), labels, {key: text for key, text in notes.items() if text}, is_alert=True)


def condition(slo: Slo, tier: AlertTier) -> str:
    """When a tier holds, in PromQL."""
    budget = slo.terms.error_budget
    if not budget:
        bad, total = _window(slo, tier.shortest)
        return f"{bad} > 0\n  and {total} > 0"
    sign = ">=" if tier.is_trickle else ">"
    parts = []
    for limit in tier.limits:
        threshold = limit.factor * budget
        bad, total = _window(slo, limit)
        parts.append(f"{bad} * {threshold.denominator} {sign} {total} * {threshold.numerator}")
    bad, total = _window(slo, tier.longest)
    if tier.is_trickle:
        parts.append(f"{bad} >= {tier.least_bad}")
    elif tier.low_traffic is not None:
        rule, share = tier.low_traffic, _number(budget)
        variance = Fraction(str(rule.deviates)) ** 2 * budget * (1 - budget)
        parts.append(f"{bad} >= {rule.least_bad}")
        parts.append(f"{bad} > {total} * {share}")
        parts.append(f"({bad} - {total} * {share}) ^ 2 > {total} * {_number(variance)}")
    return "\n  and ".join(parts)


def _window(slo: Slo, limit: BurnLimit) -> tuple[str, str]:
    return _of(recorded("bad", limit.seconds), slo), _of(recorded("total", limit.seconds), slo)


def _number(value: Fraction) -> str:
    return repr(float(value))


def _silence(slo: Slo, told: Mapping[str, str], page_url: str) -> Rule:
    labels = {**told, "severity": "ticket"}
    notes = {"summary": f"nothing was seen of {slo.display_name or slo.id} for 10 minutes; its alerts are blind"}
    if page_url:
        notes["page"] = f"{page_url.rstrip('/')}/slos/{slo.id}"
    return Rule(SILENT, f"absent_over_time({_over(TOTAL, slo, 600)})", labels, notes, is_alert=True)
