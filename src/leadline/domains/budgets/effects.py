"""
What a change does to an objective: better, worse, the same, or nobody knows.

Pure. Unrounded numbers are compared; a level that changes decides before them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from leadline.core.alert_tiers import AlertAction, AlertTier
from leadline.core.budgets import Level
from leadline.core.policies import DENY, Rules
from leadline.domains.budgets.comparing_model import Effect, HandbookDiff, Outcome, Standing
from leadline.domains.budgets.model import RevisedValue
from leadline.handbook.specs import BudgetPolicy, Handbook, Place, Slo
from leadline.ports.findings import Finding, Findings, RuleText, Weight
from leadline.units import format_duration

_EQUAL = 1e-9
_RANK = {level.value: rank for rank, level in enumerate((Level.HEALTHY, Level.WARNING, Level.CRITICAL, Level.DEPLETED))}
MEASURES_OTHER = "it measures something else now, and the ledger holds what was measured before"


def why_unknown(slos: tuple[Slo | None, Slo | None], before: Standing | None, after: Standing | None) -> str:
    """Why the effect on an objective cannot be told; empty where it can."""
    one, other = slos
    if one is None or other is None or before is None or after is None:
        return ""
    if _measured(one) != _measured(other):
        return MEASURES_OTHER
    for when, each in (("before", before), ("after", after)):
        if each.level == Level.UNKNOWN:
            return f"{when} the change its level is unknown: {each.reason}"
    return ""


def _measured(slo: Slo) -> object:
    """What the slices of an objective stand for; another series of the ledger has slices of its own."""
    sli = replace(slo.sli, place=Place("", 0), description="", is_inline=False)
    return sli if slo.sli.source else None


def outcome(before: Standing | None, after: Standing | None) -> Outcome:
    """
    What becomes of a budget whose levels are known.

    An objective without a number (zero tolerance that is broken) is judged by its level alone.
    """
    if before is None:
        return Outcome.ADDED
    if after is None:
        return Outcome.REMOVED
    ranks = _RANK.get(before.level, 0), _RANK.get(after.level, 0)
    if ranks[0] != ranks[1]:
        return Outcome.WORSE if ranks[1] > ranks[0] else Outcome.BETTER
    if before.remaining is None or after.remaining is None:
        return Outcome.SAME
    change = after.remaining - before.remaining
    return Outcome.SAME if abs(change) <= _EQUAL else Outcome.BETTER if change > 0 else Outcome.WORSE


def alerts_told(slo: Slo) -> tuple[str, ...]:
    """Its alerts, as people write them: `page-1h: page at 13.44x over 1h and 13.44x over 5m`."""
    return tuple(map(_alert_told, slo.alerts))


def _alert_told(tier: AlertTier) -> str:
    limits = [f"{float(each.factor):.4g}x over {format_duration(each.seconds)}" for each in reversed(tier.limits)]
    action = "" if tier.action is AlertAction.NONE else f" and {tier.action}"
    events = f", {tier.least_bad} bad events or more" if tier.is_trickle else ""
    rule = "" if tier.low_traffic is not None or tier.is_trickle else ", however few events"
    return f"{tier.name}: {tier.severity}{action} at {' and '.join(limits)}{events}{rule}"


def policy_of(handbook: Handbook, slo: Slo) -> BudgetPolicy | None:
    """The policy that its SLO names, else that of its service."""
    named = slo.annotations.get("leadline/policy", "")
    return handbook.policies.get(named) or handbook.policy_of(slo.service)


def gate_changes(policies: Sequence[BudgetPolicy | None], levels: Sequence[str]) -> Iterator[RevisedValue]:
    """Kinds of change that need something else than before; what a policy does not name is denied."""
    if policies[0] is None and policies[1] is None:
        return
    old, new = (policy.rules if policy else {} for policy in policies)
    for kind in sorted({*old, *new}):
        before, after = _verdict(old, kind, levels[0]), _verdict(new, kind, levels[1])
        if before != after:
            yield RevisedValue(key=kind, before=before, after=after)


def _verdict(rules: Mapping[str, Rules], kind: str, level: str) -> str:
    if kind not in rules:
        return str(DENY)
    return str(rules[kind].get(Level(level), Level.UNKNOWN.value))


RULES = {
    Outcome.WORSE: (Weight.WARNING, "The change leaves less of a budget, or a worse level."),
    Outcome.REMOVED: (Weight.WARNING, "The change takes an objective out."),
    Outcome.UNKNOWN: (Weight.WARNING, "What the change does to a budget cannot be told."),
    Outcome.BETTER: (Weight.NOTE, "The change leaves more of a budget, or a better level."),
    Outcome.ADDED: (Weight.NOTE, "The change adds an objective."),
    Outcome.SAME: (Weight.NOTE, "The change leaves the budget as it is, and alters what follows from it."),
}


def rule_id(outcome: Outcome) -> str:
    return f"budget-{outcome.value.replace(' ', '-')}"


def findings(diff: HandbookDiff) -> Findings:
    """Each effect as a finding, for the forms that other programs read."""
    rules = tuple(
        RuleText(id=rule_id(each), weight=weight, title=title, reason=title, asks_source=False)
        for each, (weight, title) in RULES.items()
    )
    return Findings(tool="diff", rules=rules, findings=tuple(_finding(each) for each in diff.effects))


def _finding(effect: Effect) -> Finding:
    return Finding(
        id=f"{rule_id(effect.outcome)}:{effect.slo}",
        rule=rule_id(effect.outcome),
        weight=RULES[effect.outcome][0],
        file=effect.file,
        line=effect.line,
        kind="SLO",
        name=effect.slo,
        slo=effect.slo,
        what=effect_told(effect),
        value="",
        way_out="",
    )


def effect_told(effect: Effect) -> str:
    """An effect in one line: `99.9 % → 99.95 %: remaining 41 % → -18 %, healthy → depleted`."""
    if effect.reason:
        return f"cannot tell: {effect.reason}"
    before, after = effect.before, effect.after
    if before is None or after is None:
        one = before or after
        return f"{effect.outcome}: {_told(one)}" if one is not None else str(effect.outcome)
    parts = [_arrow(before.target, after.target)]
    if before.window != after.window:
        parts.append(f"window {before.window} → {after.window}")
    parts += [f"remaining {_arrow(_share(before.remaining), _share(after.remaining))}"]
    parts += [f"level {_arrow(before.level, after.level)}"]
    return ", ".join(parts)


def _told(one: Standing) -> str:
    return f"{one.target} over {one.window}, remaining {_share(one.remaining)}, {one.level}"


def _arrow(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"


def _share(value: float | None) -> str:
    return "no number" if value is None else f"{value:.1%}"
