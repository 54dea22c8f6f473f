"""What a decision depends on, brought together: the policy, how objectives stand, holds, incidents and permits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from leadline.core.policies import OnUnknown
from leadline.core.questions import (
    PROCEDURE,
    Hold,
    Inputs,
    OpenIncident,
    Permit,
    Rank,
    Rule,
    Standing,
    Terms,
)
from leadline.core.slices import STEP
from leadline.core.terms import Level
from leadline.core.windows import Span, floor_to_step
from leadline.errors import NotFound
from leadline.handbook.ceilings import dependencies
from leadline.handbook.recurrences import occurrences
from leadline.handbook.specs import BudgetPolicy, Handbook
from leadline.ports.operation import Context
from leadline.ports.standings import Stood

_REACH = 14 * 86_400
"""How far is looked for the next opening of a calendar."""
_DEPENDS_ON = "leadline/dependsOn"
_LONGEST_CHANGE = 28 * 86_400
_NO_POLICY = Terms("none", OnUnknown.CLOSED, (), (), (), (), (), (), False)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, as it was read."""

    service: str
    kind: str
    ref: str
    author: str
    fixes: tuple[int, ...]


def by_service(handbook: Handbook) -> Mapping[str, list[str]]:
    """Service → ids of its objectives, composites among them."""
    found: dict[str, list[str]] = {}
    for slo in [*handbook.slos.values(), *(each.slo for each in handbook.composites.values())]:
        found.setdefault(slo.service, []).append(slo.id)
    return found


def objectives_of(
    handbook: Handbook, service: str, policy: BudgetPolicy | None, known: Mapping[str, list[str]] | None = None
) -> dict[str, bool]:
    """
    Ids of the objectives that count for a service → whether they are those of a hard dependency.

    `known` is what `by_service` says, for those who ask about many.
    """
    known = by_service(handbook) if known is None else known
    found = dict.fromkeys(known.get(service, ()), False)
    if policy is None or not policy.has_dependencies:
        return found
    for below in _services_below(handbook, service):
        found |= {name: True for name in known.get(below, ()) if name not in found}
    return found | {name: True for name in _slos_below(handbook, list(found)) if name not in found}


def _services_below(handbook: Handbook, service: str) -> list[str]:
    """Hard dependencies, and theirs, each once."""
    seen, to_see = [service], [service]
    while to_see:
        one = handbook.services.get(to_see.pop(0))
        new = [name for name in (one.depends_on if one else ()) if name not in seen and name in handbook.services]
        seen += new
        to_see += new
    return seen[1:]


def _slos_below(handbook: Handbook, slos: list[str]) -> Iterator[str]:
    """What objectives say that they depend on, and so on."""
    to_see, seen = list(slos), set(slos)
    while to_see:
        slo = handbook.slos.get(to_see.pop(0))
        text = slo.annotations.get(_DEPENDS_ON) if slo else None
        for name in dependencies(text) if text else ():
            for below in handbook.slos.values():
                if name in (below.id, below.name) and below.id not in seen:
                    seen.add(below.id)
                    to_see.append(below.id)
                    yield below.id


def standings_of(judged: Mapping[str, Stood], objectives: Mapping[str, bool]) -> tuple[Standing, ...]:
    """Objectives as a decision takes them, from those that were judged, by id."""
    return tuple(
        Standing(name, each.service, each.level, each.reason, each.remaining, each.coverage, is_below)
        for name, is_below in objectives.items()
        for each in [judged[name]]
    )


def inputs_for(question: Question, context: Context) -> Inputs:
    """Everything that the answer to a question depends on, as of now."""
    handbook, now = context.handbook, int(context.now().timestamp())
    policy = handbook.policy_of(question.service)
    objectives = objectives_of(handbook, question.service, policy)
    judged = context.judge(context, list(objectives))
    incidents = tuple(_incidents(question.service, now, context))
    return Inputs(
        procedure=PROCEDURE,
        service=question.service,
        kind=question.kind,
        ref=question.ref,
        author=question.author,
        asked_at=now,
        judged_at=judged.at,
        fixes=_fixes(question, incidents, now, context),
        terms=terms_of(policy, question.kind),
        standings=standings_of(judged.by_id, objectives),
        holds=tuple(holds_of(policy, question.service, now)) if policy else (),
        incidents=incidents,
        pages=pages_of(judged.by_id, objectives),
        permits=tuple(_permits(question, now, context)),
    )


def terms_of(policy: BudgetPolicy | None, kind: str) -> Terms:
    """What a policy says of a kind of change; without a policy every kind is denied."""
    if policy is None:
        return _NO_POLICY
    rules = policy.rules.get(kind, {})
    approvers = policy.exceptions.approvers if policy.exceptions else {}
    first = next(iter(approvers.values()), None)
    return Terms(
        policy=policy.name,
        on_unknown=policy.on_unknown,
        rules=tuple(Rule(level, verdict.outcome.value, verdict.roles) for level, verdict in rules.items()),
        ranks=tuple(Rank(role.name, role.above) for role in policy.roles.values() if role.above),
        checklist=tuple(policy.checklist),
        checklist_at=policy.checklist_at,
        exception_roles=tuple(
            Rank(level.value, (role,)) for level in Level if (role := approvers.get(level, first)) is not None
        ),
        incident_severities=policy.incident_severities if kind in policy.incident_kinds else (),
        is_denied_while_paging=kind in policy.page_kinds,
    )


def holds_of(policy: BudgetPolicy, service: str, at: int) -> Iterator[Hold]:
    """Freezes that are in force, and calendars that are closed."""
    for freeze in policy.freezes:
        if freeze.services and service not in freeze.services:
            continue
        for span in occurrences(freeze.times, Span(at, at + 1)):
            yield Hold(f"freeze {freeze.name}", freeze.reason, span.end, "deny", (), freeze.passes)
    minute = floor_to_step(at)
    for calendar in policy.calendars:
        if calendar.hours.spans(Span(minute, minute + STEP)):
            continue
        opens = calendar.hours.spans(Span(minute, minute + _REACH))
        verdict, until = calendar.outside, opens[0].start if opens else None
        why = f"changes are made {calendar.hours}"
        name = f"calendar {calendar.name}"
        yield Hold(name, why, until, verdict.outcome.value, verdict.roles, calendar.passes, calendar.kinds)


def _incidents(service: str, now: int, context: Context) -> Iterator[OpenIncident]:
    for each in context.entries.incidents([service], Span(now, now + 1)):
        yield OpenIncident(each.id, each.title, each.severity.value)


def pages_of(judged: Mapping[str, Stood], objectives: Mapping[str, bool]) -> tuple[str, ...]:
    """Alerts of the service's own objectives that page now."""
    own = (judged[name] for name, is_below in objectives.items() if not is_below)
    return tuple(stood.page for stood in own if stood.page)


def _fixes(question: Question, incidents: Sequence[OpenIncident], now: int, context: Context) -> tuple[int, ...]:
    """Open incidents that the change is linked to, by the question or by a change that was recorded of its ref."""
    is_open = {each.id for each in incidents}
    known = {each.id for each in context.entries.incidents(None, Span(0, now + 1))} if question.fixes else set()
    for number in question.fixes:
        if number not in known:
            raise NotFound(f"no incident has the number {number}; leadline incident list shows those there are")
    linked = set(question.fixes)
    if question.ref and is_open:
        for change in context.entries.changes([question.service], Span(now - _LONGEST_CHANGE, now + 1)):
            linked |= set(change.fixes) if change.ref == question.ref else set()
    return tuple(sorted(linked & is_open))


def _permits(question: Question, now: int, context: Context) -> Iterator[Permit]:
    """Those for this change that were not taken back, also an approval that is only just over, to say so."""
    for each in context.releases.permits(question.service, now - 86_400):
        if each.kind == question.kind and each.ref in ("", question.ref) and not each.withdrawn_by:
            yield Permit(each.id, each.form, each.role, each.who, each.second, each.expires_at, each.checked)
