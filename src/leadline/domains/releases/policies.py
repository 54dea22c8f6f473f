"""Use cases of policies: show them as they hold."""

from __future__ import annotations

from leadline.core.terms import Level
from leadline.domains.releases.model import ShownPolicies, ShownPolicy, ShowPolicies
from leadline.domains.releases.roles import holders
from leadline.handbook.specs import BudgetPolicy, Freeze, Handbook, PolicyCalendar
from leadline.handbook.wording import not_found
from leadline.ports.operation import Context


def show_policies(request: ShowPolicies, context: Context) -> ShownPolicies:
    """Those of the handbook, and whatever else holds for a service."""
    handbook = context.handbook
    found = dict(handbook.policies)
    for service in handbook.services:
        policy = handbook.policy_of(service)
        if policy is not None:
            found.setdefault(policy.name, policy)
    if request.name is not None and request.name not in found:
        raise not_found("policy", request.name, found)
    chosen = [policy for name, policy in found.items() if request.name in (None, name)]
    return ShownPolicies(policies=tuple(_shown(policy, handbook) for policy in chosen))


def _shown(policy: BudgetPolicy, handbook: Handbook) -> ShownPolicy:
    return ShownPolicy(
        name=policy.name,
        place=f"{policy.place.file}:{policy.place.line}",
        on_unknown=policy.on_unknown,
        has_dependencies=policy.has_dependencies,
        services=tuple(name for name in handbook.services if handbook.policy_of(name) is policy),
        rules={
            kind: {level.value: str(rules[level]) for level in Level if level in rules}
            for kind, rules in policy.rules.items()
        },
        roles={
            role.name: (*holders(role), *(f"stands above {lower}" for lower in role.above))
            for role in policy.roles.values()
        },
        checklist=policy.checklist,
        checklist_at=tuple(level.value for level in policy.checklist_at),
        freezes=tuple(_freeze(each) for each in policy.freezes),
        calendars=tuple(_calendar(each) for each in policy.calendars),
    )


def _freeze(freeze: Freeze) -> str:
    again = f", again by {freeze.times.recurrence.rule}" if freeze.times.recurrence else ""
    passes = f"; passes {', '.join(freeze.passes)}" if freeze.passes else ""
    return f"{freeze.name}{again}{passes}"


def _calendar(calendar: PolicyCalendar) -> str:
    kinds = f" for {', '.join(calendar.kinds)}" if calendar.kinds else ""
    return f"{calendar.name}{kinds}: {calendar.hours}, outside {calendar.outside}"
