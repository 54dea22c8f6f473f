"""Asking: from alerts that go on to requests, and to those that nobody needs any longer; what a turn does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from leadline.core.windows import Span
from leadline.domains.rollbacks import rules
from leadline.domains.rollbacks.alarms import Alarm, document, signature
from leadline.domains.rollbacks.telling import notice
from leadline.errors import SpecError
from leadline.handbook.specs import RollbackPolicy
from leadline.ports.entries import Change
from leadline.ports.operation import Context
from leadline.ports.rollbacks import Rollback, RollbackState, RollbackStep
from leadline.ports.runner import Order, RunError
from leadline.units import NoData, format_duration

_USUAL_TIMEOUT_SECONDS = 60.0


def ask_for_rollbacks(alarms: Sequence[Alarm], context: Context, *, is_simulated: bool) -> int:
    """Make the requests that alerts ask for and that are not there yet; returns how many."""
    known: dict[str, list[Rollback]] = {}
    for each in context.rollbacks.of_episodes([alarm.episode for alarm in alarms]) if alarms else ():
        known.setdefault(each.episode, []).append(each)
    return sum(_asked(alarm, known.get(alarm.episode, []), context, is_simulated) for alarm in alarms)


def _asked(alarm: Alarm, known: Sequence[Rollback], context: Context, is_simulated: bool) -> bool:
    if any(each.change for each in known):
        return False
    found, policy = _culprit(alarm, context)
    if isinstance(found, Change):
        why = rules.hindrance(context.rollbacks.of_changes([found.id]))
        found = NoData(f"change {found.id}: {why}") if why else found
    if isinstance(found, NoData):
        return not known and _added(_Wanted(alarm, None, policy, RollbackState.NOTHING, found.reason), context)
    return _added(_wanted(alarm, found, policy, context, is_simulated), context)


def _culprit(alarm: Alarm, context: Context) -> tuple[Change | NoData, RollbackPolicy]:
    """The change that is to be rolled back, and the policy of its service; hard dependencies where that is declared."""
    handbook = context.handbook
    own = rules.policy_of(alarm.service, handbook.rollbacks.values())
    service = handbook.services.get(alarm.service)
    below = service.depends_on if service is not None and own.has_dependencies else ()
    span = Span(alarm.fired_at - alarm.longest_seconds, alarm.fired_at + 1)
    changes = context.entries.changes([alarm.service, *below], span)
    found = rules.culprit(changes, alarm, alarm.service, own)
    if isinstance(found, Change) or any(each.service == alarm.service for each in changes):
        return found, own
    theirs = [(name, rules.policy_of(name, handbook.rollbacks.values())) for name in below]
    choices = [(rules.culprit(changes, alarm, name, policy), policy) for name, policy in theirs]
    changed = [(each, policy) for each, policy in choices if isinstance(each, Change)]
    return max(changed, key=lambda each: (each[0].started_at, each[0].id), default=(found, own))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A request before it is written."""

    alarm: Alarm
    change: Change | None
    policy: RollbackPolicy
    state: RollbackState
    why: str
    timeout_seconds: float = _USUAL_TIMEOUT_SECONDS


def _wanted(alarm: Alarm, change: Change, policy: RollbackPolicy, context: Context, is_simulated: bool) -> _Wanted:
    """How far Leadline goes by itself, and why no further."""
    at = int(context.now().timestamp())
    began = (
        f"change {change.id} ({change.kind}) began {(alarm.fired_at - change.started_at) // 60} min before the alert"
    )
    suggested = _Wanted(alarm, change, policy, RollbackState.SUGGESTED, began)
    timeout, why = _timeout(alarm, change, policy, context)
    if is_simulated:
        why = "its slices are made up"
    elif not policy.name:
        why = f"no RollbackPolicy names {change.service}"
    elif policy.mode == "suggest":
        why = f"{policy.name} says that people do it themselves"
    elif alarm.slo not in context.handbook.slos:
        why = "a composite cannot tell slice by slice whether it has helped"
    elif at - alarm.fired_at > policy.approve_within_seconds:
        why = f"the alert fired {format_duration((at - alarm.fired_at) // 60 * 60)} ago"
    elif not why and not context.runners.key():
        why = "no key is set to sign it with; set LEADLINE_ROLLBACK_KEY, or LEADLINE_ROLLBACK_KEY_FILE"
    if why:
        return replace(suggested, why=f"{began}; {why}")
    candidate = rules.Candidate(change.service, change.id, at, policy)
    held = rules.refusal(candidate, (), context.rollbacks.switch(), context.runners.stopped_by)
    state = RollbackState.DUE if policy.mode == "auto" and not held else RollbackState.WAITING
    return _Wanted(alarm, change, policy, state, f"{began}; {held}" if held else began, timeout)


def _timeout(alarm: Alarm, change: Change, policy: RollbackPolicy, context: Context) -> tuple[float, str]:
    """How long the way back may take, and why it cannot be gone."""
    if not policy.type:
        return _USUAL_TIMEOUT_SECONDS, ""
    at = int(context.now().timestamp())
    order = Order(0, change.service, change.ref, change.id, change.kind, alarm.slo, "{}", "", at)
    try:
        runner = context.runners.open(policy)
        runner.plan(order)
    except (RunError, SpecError) as error:
        return _USUAL_TIMEOUT_SECONDS, str(error)
    return runner.timeout_seconds, ""


def _added(wanted: _Wanted, context: Context) -> bool:
    at = int(context.now().timestamp())
    alarm, change = wanted.alarm, wanted.change
    text = document(alarm, change, wanted.policy, wanted.timeout_seconds, at)
    step = RollbackStep(at, wanted.state, "", wanted.why)
    rollback = Rollback(
        episode=alarm.episode,
        change=0 if change is None else change.id,
        service=alarm.service if change is None else change.service,
        slo=alarm.slo,
        tier=alarm.tier,
        asked_at=at,
        document=text,
        signature=signature(text, context.runners.key()),
        steps=(step,),
    )
    return bool(context.rollbacks.add(rollback, [notice(rollback, step)]))


def let_lapse(alarms: Sequence[Alarm], context: Context) -> int:
    """End requests that nobody approved in time, or whose alert is over; returns how many."""
    at = int(context.now().timestamp())
    going_on = {alarm.episode for alarm in alarms}
    ended = 0
    for each in context.rollbacks.open():
        if each.state not in {RollbackState.WAITING, RollbackState.DUE}:
            continue
        within = json.loads(each.document)["policy"]["approve_within_seconds"]
        why = "" if each.episode in going_on else "the alert is over"
        if at - each.asked_at > within:
            why = f"it did not begin within {format_duration(within)}"
        if why:
            step = RollbackStep(at, RollbackState.LAPSED, "", why)
            ended += context.rollbacks.append(each.id, each.state, step, [notice(each, step, each.id)])
    return ended
