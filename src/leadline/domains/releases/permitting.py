"""Use cases of permits: approve a change, grant an exception, break the glass and confirm it, take back, list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from leadline.core.decisions import worst_level
from leadline.core.policies import Outcome
from leadline.core.questions import PermitForm
from leadline.core.terms import Level
from leadline.domains.releases.gathering import objectives_of, standings_of
from leadline.domains.releases.permit_model import (
    Approve,
    BreakGlass,
    ConfirmPermit,
    GrantException,
    ListPermits,
    ShownPermit,
    ShownPermits,
    WithdrawPermit,
)
from leadline.domains.releases.permits import due_review, is_same_person, permission_of, shown_permit, told_of
from leadline.domains.releases.recorded import ruling_of
from leadline.domains.releases.roles import role_for, roles_of
from leadline.errors import NotAllowed, Problem, RecordError, SpecError
from leadline.handbook.freezes import kind_named
from leadline.handbook.specs import BudgetPolicy
from leadline.handbook.wording import nearest, not_found
from leadline.ports.operation import Context
from leadline.ports.releases import GivenPermit
from leadline.units import parse_duration

_LONGEST = timedelta(days=7)
"""An approval that is older has lost sight of its change."""


def approve_change(request: Approve, context: Context) -> ShownPermit:
    """Find what the gate asked for, see that this person may give it, write it down."""
    decision = context.releases.decision(request.decision)
    ruling, who, now = ruling_of(decision.ruling), context.caller.signs(request.who), int(context.now().timestamp())
    if ruling.outcome is not Outcome.APPROVE:
        raise RecordError(f"decision {decision.id} is {ruling.outcome.value}, which no approval changes")
    if not decision.ref:
        raise RecordError(f"decision {decision.id} names no ref; ask the gate again with --ref, and approve that")
    if is_same_person(who, decision.author):
        raise NotAllowed(f"{who} has made this change, and nobody approves a change of his own")
    policy = _policy(decision.service, context)
    role = _role(request.role, ruling.needs, who, decision.service, policy, context)
    checked = tuple(policy.checklist) if "all" in request.checked else tuple(dict.fromkeys(request.checked))
    _check_items(checked, ruling.checklist, policy)
    seconds = _seconds("--expires", request.expires, _LONGEST)
    given = GivenPermit(
        PermitForm.APPROVAL, decision.service, decision.kind, decision.ref, role, who, context.caller.name or who, "",
        request.note, checked, now, now + seconds, decision.id,
    )  # fmt: skip
    return shown_permit(context.releases.add_permit(given), now)


def grant_exception(request: GrantException, context: Context) -> ShownPermit:
    """See how the service stands now, and that this person may let it through all the same."""
    who, now, policy = (
        context.caller.signs(request.who),
        int(context.now().timestamp()),
        _policy(request.service, context),
    )
    terms, kind = policy.exceptions, _known_kind(request.change, policy)
    if terms is None:
        raise RecordError(f"the policy {policy.name} grants no exceptions; add exceptions to it")
    if request.grounds not in terms.grounds:
        hint = nearest(request.grounds, terms.grounds)
        raise SpecError([Problem("--grounds", 0, 0, "", "not a ground for an exception", request.grounds, hint)])
    level = _level(request.service, policy, context)
    wanted = terms.approvers.get(level, next(iter(terms.approvers.values())))
    held = roles_of(who, policy, context.handbook, request.service, permission_of(context))
    role = role_for([wanted], held, policy)
    if role is None:
        raise NotAllowed(f"an exception at {level.value} is granted by {wanted}, and {who} is {_listed(held)}")
    most = timedelta(seconds=terms.lasts_seconds)
    seconds = terms.lasts_seconds if request.expires is None else _seconds("--expires", request.expires, most)
    given = GivenPermit(
        PermitForm.EXCEPTION, request.service, kind, request.ref, role, who, context.caller.name or who,
        request.grounds, request.reason, (), now, now + seconds, 0,
    )  # fmt: skip
    review = due_review(given, now + terms.review_seconds, (wanted,))
    return shown_permit(context.releases.add_permit(given, [review], [told_of(given, context)]), now)


def break_glass(request: BreakGlass, context: Context) -> ShownPermit:
    """Write down who breaks it and why; it counts once a second person has confirmed it."""
    who, now, policy = (
        context.caller.signs(request.who),
        int(context.now().timestamp()),
        _policy(request.service, context),
    )
    terms, kind = policy.break_glass, _known_kind(request.change, policy)
    if terms is None:
        raise RecordError(f"the policy {policy.name} has no glass to break; add breakGlass to it")
    given = GivenPermit(
        PermitForm.BREAK_GLASS, request.service, kind, request.ref, "", who, context.caller.name or who, "",
        request.reason, (), now, now + terms.lasts_seconds, 0,
    )  # fmt: skip
    review = due_review(given, now + terms.review_seconds, ())
    return shown_permit(context.releases.add_permit(given, [review], [told_of(given, context)]), now)


def confirm_permit(request: ConfirmPermit, context: Context) -> ShownPermit:
    """Append the second person, who must be another one."""
    who, now = context.caller.signs(request.who), int(context.now().timestamp())
    known = _one(request.id, context)
    if known.form is not PermitForm.BREAK_GLASS:
        raise RecordError(f"permit {known.id} is an {known.form.value}, and needs no second person")
    if is_same_person(who, known.who):
        raise NotAllowed(f"{who} broke the glass; a second person must confirm it")
    return shown_permit(context.releases.confirm_permit(known.id, who, now), now)


def withdraw_permit(request: WithdrawPermit, context: Context) -> ShownPermit:
    """Append that it is taken back."""
    who, now = context.caller.signs(request.who), int(context.now().timestamp())
    return shown_permit(context.releases.withdraw_permit(request.id, who, request.reason, now), now)


def list_permits(request: ListPermits, context: Context) -> ShownPermits:
    """Those that may count now, or all."""
    if request.service is not None and request.service not in context.handbook.services:
        raise not_found("service", request.service, context.handbook.services)
    now = int(context.now().timestamp())
    found = context.releases.permits(request.service, 0 if request.all else now)
    return ShownPermits(
        permits=tuple(shown_permit(each, now) for each in found if request.all or not each.withdrawn_by)
    )


def _one(number: int, context: Context) -> GivenPermit:
    found = [each for each in context.releases.permits(None, 0) if each.id == number]
    if not found:
        raise not_found("permit", str(number), [str(each.id) for each in context.releases.permits(None, 0)][-12:])
    return found[0]


def _policy(service: str, context: Context) -> BudgetPolicy:
    if service not in context.handbook.services:
        raise not_found("service", service, context.handbook.services)
    found = context.handbook.policy_of(service)
    if found is None:
        raise RecordError("no policy holds here; write a BudgetPolicy")
    return found


def _known_kind(text: str, policy: BudgetPolicy) -> str:
    kind = kind_named(text)
    if kind not in policy.rules:
        raise RecordError(f"the policy {policy.name} does not know the kind {kind}; {nearest(kind, policy.rules)}")
    return kind


def _level(service: str, policy: BudgetPolicy, context: Context) -> Level:
    objectives = objectives_of(context.handbook, service, policy)
    return worst_level(standings_of(context.judge(context, list(objectives)).by_id, objectives))


def _role(  # noqa: PLR0917 - who, for what, by which rules
    said: str | None, wanted: Sequence[str], who: str, service: str, policy: BudgetPolicy, context: Context
) -> str:
    """The role in which somebody approves."""
    held = roles_of(who, policy, context.handbook, service, permission_of(context))
    if said is not None and said not in policy.roles:
        raise not_found("role", said, policy.roles)
    if said is not None and said not in held:
        raise NotAllowed(f"{who} does not hold the role {said} for {service}, but is {_listed(held)}")
    role = role_for(wanted, held if said is None else [said], policy)
    if role is None:
        raise NotAllowed(f"wanted is an approval of {' and '.join(wanted)}, and {who} is {_listed(held)}")
    return role


def _listed(held: Sequence[str]) -> str:
    return ", ".join(held) or "none of the policy's roles"


def _check_items(checked: Sequence[str], wanted: Sequence[str], policy: BudgetPolicy) -> None:
    problems = [
        Problem("--checked", 0, 0, "", "not an item of the checklist", item, nearest(item, policy.checklist))
        for item in checked
        if item not in policy.checklist
    ]
    lacking = [item for item in wanted if item not in checked]
    if lacking:
        told = "; ".join(f"{item}: {policy.checklist.get(item, '')}" for item in lacking)
        hint = "see to it, and give --checked for each, or --checked all"
        problems.append(Problem("--checked", 0, 0, "", f"not seen to: {told}", ", ".join(checked), hint))
    if problems:
        raise SpecError(problems)


def _seconds(option: str, text: str, most: timedelta) -> int:
    try:
        duration = parse_duration(text)
    except ValueError as error:
        what, _, hint = str(error).partition("; ")
        raise SpecError([Problem(option, 0, 0, "", what, text, hint or "write one such as 24h")]) from error
    if not timedelta(0) < duration <= most:
        hours = int(most.total_seconds()) // 3600
        raise SpecError([Problem(option, 0, 0, "", "not so long", text, f"write at most {hours}h")])
    return int(duration.total_seconds())
