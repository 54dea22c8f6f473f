"""
Decisions: from all that a gate knows to one answer with its reasons.

Pure, and deterministic to the bit: the same `Inputs` give the same `Ruling`, whenever and wherever they are ruled on,
so that a decision can be recomputed years later from what was recorded. Leaves out where the inputs come from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from leadline.core.policies import OnUnknown, Outcome, Verdict, missing_roles, stands_in, together
from leadline.core.questions import Inputs, Permit, PermitForm, Reason, Ruling, Standing
from leadline.core.terms import Level


def rule(inputs: Inputs) -> Ruling:
    """
    The answer to one question.

    Deny outweighs unknown, unknown outweighs a missing approval, and that outweighs allow. Without knowledge nothing is
    allowed where the policy fails closed; an exception or a broken glass of people lifts all but an unknown kind.
    """
    level = worst_level(inputs.standings)
    if not inputs.terms.rules:
        what = (
            f"the policy {inputs.terms.policy} does not know the kind {inputs.kind}, and denies what it does not know"
        )
        reason = Reason("unknown_kind", Outcome.DENY, what)
        return Ruling(Outcome.DENY, level, (reason,), (), (), ())
    found = [*_by_level(inputs), *_holds(inputs), *_incidents(inputs), *_pages(inputs)]
    reasons = tuple(sorted((reason for reason, _ in found), key=lambda reason: -reason.outcome.weight))
    worst = reasons[0].outcome
    warnings = tuple(reason.text for reason in reasons if reason.code == "open")
    checklist = inputs.terms.checklist if level in inputs.terms.checklist_at else ()
    if worst is Outcome.ALLOW:
        return Ruling(worst, level, reasons, (), (), warnings)
    lifted = _lifting(inputs, level)
    if lifted is not None:
        reason = Reason(lifted.form.value, Outcome.ALLOW, _lifted_by(lifted))
        return Ruling(Outcome.ALLOW, level, (reason, *reasons), (), (), warnings, lifted.id)
    if worst is not Outcome.APPROVE:
        return Ruling(worst, level, reasons, (), (), warnings)
    return _by_approvals(inputs, level, reasons, checklist, together([verdict for _, verdict in found], _above(inputs)))


def worst_level(standings: Sequence[Standing]) -> Level:
    """The worst level of all that count; unknown is worse than every level but depleted, and where nothing counts."""
    order = (Level.HEALTHY, Level.WARNING, Level.CRITICAL, Level.UNKNOWN, Level.DEPLETED)
    return max((each.level for each in standings), key=order.index, default=Level.UNKNOWN)


def _by_level(inputs: Inputs) -> Iterator[tuple[Reason, Verdict]]:
    if not inputs.standings:
        yield _cannot_tell("no_objectives", f"{inputs.service} has no objective that could be judged")
        return
    rules = {each.level: each.as_verdict for each in inputs.terms.rules}
    for standing in inputs.standings:
        if standing.level is Level.UNKNOWN:
            yield _without_knowledge(inputs, standing, rules.get(Level.UNKNOWN), rules[Level.HEALTHY])
            continue
        verdict = rules[standing.level]
        text = f"{_kind(inputs)} {_WORDS[verdict.outcome]} at {standing.level.value}: {_stands(standing)}"
        yield Reason("level", verdict.outcome, text + _by_whom(verdict)), verdict


def _without_knowledge(
    inputs: Inputs, standing: Standing, said: Verdict | None, healthy: Verdict
) -> tuple[Reason, Verdict]:
    """An objective whose level cannot be told: what the policy says of that, never better than the best level."""
    why = f"{_of(standing)} cannot be told: {standing.reason or 'no reason is known'}"
    if healthy.outcome is Outcome.DENY:
        return Reason("level", Outcome.DENY, f"{_kind(inputs)} is denied at every level; {why}"), healthy
    is_open = inputs.terms.on_unknown is OnUnknown.OPEN
    if said is not None and (is_open or said.outcome is not Outcome.ALLOW):
        text = f"{_kind(inputs)} {_WORDS[said.outcome]} where {why}{_by_whom(said)}"
        return Reason("open" if said.outcome is Outcome.ALLOW else "level", said.outcome, text), said
    if is_open:
        if healthy.outcome is Outcome.APPROVE:
            text = f"{_kind(inputs)} needs an approval at every level; {why}{_by_whom(healthy)}"
            return Reason("level", Outcome.APPROVE, text), healthy
        return Reason("open", Outcome.ALLOW, f"allowed without knowledge, as the policy fails open: {why}"), healthy
    return _cannot_tell("unknown", why)


def _cannot_tell(code: str, text: str) -> tuple[Reason, Verdict]:
    """Unknown outweighs approvals, so what verdict goes with it never counts."""
    return Reason(code, Outcome.UNKNOWN, text), Verdict(Outcome.DENY)


def _holds(inputs: Inputs) -> Iterator[tuple[Reason, Verdict]]:
    for hold in inputs.holds:
        verdict = hold.verdict_of(inputs.kind)
        if verdict.outcome is not Outcome.ALLOW:
            until = f" until {_instant(hold.until)}" if hold.until is not None else ""
            text = f"{hold.name} holds{until}" + (f": {hold.reason}" if hold.reason else "")
            yield Reason("hold", verdict.outcome, text + _by_whom(verdict)), verdict


def _incidents(inputs: Inputs) -> Iterator[tuple[Reason, Verdict]]:
    """Open incidents that deny the change; the one that it is to end never does."""
    for incident in inputs.incidents:
        if incident.severity in inputs.terms.incident_severities and incident.id not in inputs.fixes:
            text = f"incident {incident.id} is open ({incident.severity}): {incident.title}"
            yield Reason("incident", Outcome.DENY, text), Verdict(Outcome.DENY)


def _pages(inputs: Inputs) -> Iterator[tuple[Reason, Verdict]]:
    if inputs.terms.is_denied_while_paging and not inputs.fixes:
        for page in inputs.pages:
            yield Reason("page", Outcome.DENY, f"an alert pages now: {page}"), Verdict(Outcome.DENY)


def _by_approvals(
    inputs: Inputs, level: Level, reasons: tuple[Reason, ...], checklist: tuple[str, ...], wanted: Verdict
) -> Ruling:
    """Whether the approvals that count are enough."""
    counting = [each for each in inputs.permits if _counts(each, inputs, checklist)]
    above = _above(inputs)
    needs = missing_roles(wanted.roles, [each.role for each in counting], above)
    used = tuple(each.id for each in counting if any(stands_in(each.role, role, above) for role in wanted.roles))
    told = tuple(_uncounted(inputs, checklist))
    if needs:
        return Ruling(Outcome.APPROVE, level, reasons, needs, checklist, told, None, used)
    who = ", ".join(f"{each.who} as {each.role}" for each in counting if each.id in used)
    reason = Reason("approval", Outcome.ALLOW, f"approved by {who}")
    return Ruling(Outcome.ALLOW, level, (reason, *reasons), (), checklist, told, None, used)


def _counts(permit: Permit, inputs: Inputs, checklist: Sequence[str]) -> bool:
    is_given = permit.form is PermitForm.APPROVAL and permit.expires_at > inputs.asked_at
    return is_given and not _is_same_person(permit.who, inputs.author) and set(checklist) <= set(permit.checked)


def _uncounted(inputs: Inputs, checklist: Sequence[str]) -> Iterator[str]:
    """Approvals that are there and do not count, each with why."""
    for permit in inputs.permits:
        if permit.form is not PermitForm.APPROVAL or _counts(permit, inputs, checklist):
            continue
        if permit.expires_at <= inputs.asked_at:
            yield f"the approval of {permit.who} ran out {_instant(permit.expires_at)}"
        elif _is_same_person(permit.who, inputs.author):
            yield f"the approval of {permit.who} does not count: nobody approves a change of his own"
        else:
            lacking = ", ".join(item for item in checklist if item not in permit.checked)
            yield f"the approval of {permit.who} does not count: {lacking} not seen to"


def _lifting(inputs: Inputs, level: Level) -> Permit | None:
    """The permit of people that lets the change through whatever stands against it."""
    wanted = {each.role: each.above for each in inputs.terms.exception_roles}.get(level.value, ())
    above = _above(inputs)
    for permit in inputs.permits:
        if permit.expires_at <= inputs.asked_at:
            continue
        if permit.form is PermitForm.BREAK_GLASS and permit.second and not _is_same_person(permit.second, permit.who):
            return permit
        is_own = _is_same_person(permit.who, inputs.author)
        is_enough = bool(wanted) and not missing_roles(wanted, [permit.role], above)
        if permit.form is PermitForm.EXCEPTION and is_enough and not is_own:
            return permit
    return None


def _lifted_by(permit: Permit) -> str:
    until = f"until {_instant(permit.expires_at)}"
    if permit.form is PermitForm.EXCEPTION:
        return f"exception {permit.id} of {permit.who} as {permit.role} holds {until}"
    return f"the glass was broken by {permit.who} and {permit.second} ({permit.id}), which holds {until}"


def _above(inputs: Inputs) -> dict[str, tuple[str, ...]]:
    return {rank.role: rank.above for rank in inputs.terms.ranks}


def _is_same_person(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


_WORDS = {
    Outcome.ALLOW: "is allowed",
    Outcome.APPROVE: "needs an approval",
    Outcome.DENY: "is denied",
}


def _kind(inputs: Inputs) -> str:
    return inputs.kind.replace("_", " ")


def _of(standing: Standing) -> str:
    return f"{standing.slo} of {standing.service}" + (", a dependency," if standing.is_dependency else "")


def _stands(standing: Standing) -> str:
    if standing.remaining is None:
        return f"{_of(standing)} has no budget left" + (f" ({standing.reason})" if standing.reason else "")
    return f"{_of(standing)} has {standing.remaining * 100:.1f} % of its budget left"


def _by_whom(verdict: Verdict) -> str:
    return f"; wanted: {', '.join(verdict.roles)}" if verdict.roles else ""


def _instant(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
