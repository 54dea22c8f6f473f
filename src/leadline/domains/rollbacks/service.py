"""Use cases of rollbacks: list, show and verify them, approve and reject, run, stop and resume."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from leadline.domains.rollbacks import rules
from leadline.domains.rollbacks.alarms import flaws
from leadline.domains.rollbacks.model import (
    ApproveRollback,
    ListRollbacks,
    RejectRollback,
    ResumeRollbacks,
    RollbackDetails,
    RollbackList,
    RollbackRun,
    RollbackShown,
    RollbackStepShown,
    RunRollback,
    ShowRollback,
    StopRollbacks,
    SwitchShown,
    Verified,
    VerifyRollback,
)
from leadline.domains.rollbacks.running import carry_out, held_by, prepare
from leadline.domains.rollbacks.telling import notice, switched
from leadline.errors import RecordError
from leadline.handbook.wording import not_found
from leadline.ports.operation import Context
from leadline.ports.rollbacks import Rollback, RollbackState, RollbackStep, Switch


def list_rollbacks(request: ListRollbacks, context: Context) -> RollbackList:
    """The newest ones, and the switch."""
    if request.service and request.service not in context.handbook.services:
        raise not_found("service", request.service, context.handbook.services)
    found = context.rollbacks.newest(request.most, service=request.service)
    return RollbackList(switch=_switch(context), rollbacks=tuple(shown(each) for each in found))


def show_rollback(request: ShowRollback, context: Context) -> RollbackDetails:
    """One of them with its document."""
    found = context.rollbacks.find(request.id)
    return RollbackDetails(rollback=shown(found), document=found.document, signature=found.signature)


def verify_rollback(request: VerifyRollback, context: Context) -> Verified:
    """Check the signature, and the record against what was signed."""
    found = flaws(context.rollbacks.find(request.id), context.runners.key())
    return Verified(id=request.id, is_valid=not found, flaws=tuple(found))


def approve_rollback(request: ApproveRollback, context: Context) -> RollbackShown:
    """
    Make one due that waits.

    Raises:
        RecordError: it does not wait, or nothing may begin now.
    """
    found = context.rollbacks.find(request.id)
    if found.state is RollbackState.WAITING:
        policy = rules.policy_of(found.service, context.handbook.rollbacks.values())
        candidate = rules.Candidate(found.service, found.change, int(context.now().timestamp()), policy)
        begun = [] if policy.is_dry else context.rollbacks.begun()
        if why := rules.refusal(candidate, begun, context.rollbacks.switch(), context.runners.stopped_by):
            raise RecordError(f"rollback {found.id} may not begin now: {why}")
    return _decided(found, RollbackState.DUE, request.who, request.reason, context)


def reject_rollback(request: RejectRollback, context: Context) -> RollbackShown:
    """
    End one that has not begun.

    Raises:
        RecordError: it has begun, or is at an end.
    """
    found = context.rollbacks.find(request.id)
    return _decided(found, RollbackState.REJECTED, request.who, request.reason, context)


def run_rollback(request: RunRollback, context: Context) -> RollbackRun:
    """
    Run one that is due, or tell what would be done.

    Raises:
        RecordError: it is not due.
    """
    found = context.rollbacks.find(request.id)
    if request.dry_run:
        return _rehearsed(found, context)
    if found.state is not RollbackState.DUE:
        way = "approve it first" if found.state is RollbackState.WAITING else "only one that is due can be run"
        raise RecordError(f"rollback {found.id} is {found.state.value}; {way}")
    carry_out(found, context)
    after = context.rollbacks.find(request.id)
    is_held = after.state is RollbackState.WAITING
    return RollbackRun(rollback=shown(after), plan="", held_by=after.steps[-1].detail if is_held else "")


def stop_rollbacks(request: StopRollbacks, context: Context) -> SwitchShown:
    """Turn the switch off; what runs already goes on."""
    return _turned(context, request.who, request.reason, is_stopped=True)


def resume_rollbacks(request: ResumeRollbacks, context: Context) -> SwitchShown:
    """Turn the switch on."""
    return _turned(context, request.who, request.reason, is_stopped=False)


def _rehearsed(found: Rollback, context: Context) -> RollbackRun:
    if not found.change:
        return RollbackRun(rollback=shown(found), plan="", held_by="there is no change to roll back")
    prepared = prepare(found, context)
    if isinstance(prepared, RollbackStep):
        return RollbackRun(rollback=shown(found), plan="", held_by=prepared.detail)
    why = held_by(prepared, context, context.rollbacks.begun(), context.rollbacks.switch())
    return RollbackRun(rollback=shown(found), plan=prepared.plan, held_by=why)


def _decided(found: Rollback, state: RollbackState, who: str | None, reason: str, context: Context) -> RollbackShown:
    before = found.state
    name = context.caller.signs(who)
    step = RollbackStep(int(context.now().timestamp()), state, name, reason)
    is_open = state in rules.FOLLOWS.get(before, ())
    if not is_open or not context.rollbacks.append(found.id, before, step, [notice(found, step, found.id)]):
        now = context.rollbacks.find(found.id).state.value
        verb = "approved" if state is RollbackState.DUE else "rejected"
        raise RecordError(f"rollback {found.id} is {now} and can no longer be {verb}")
    return shown(context.rollbacks.find(found.id))


def _turned(context: Context, who: str | None, reason: str, *, is_stopped: bool) -> SwitchShown:
    name = context.caller.signs(who)
    switch = Switch(is_stopped, int(context.now().timestamp()), name, reason)
    context.rollbacks.turn(switch, [switched(switch)])
    return _switch(context)


def _switch(context: Context) -> SwitchShown:
    switch, setting = context.rollbacks.switch(), context.runners.stopped_by
    at = None if switch is None else _instant(switch.at)
    if setting:
        return SwitchShown(is_stopped=True, at=None, who="", reason=f"{setting} is set")
    if switch is None:
        return SwitchShown(is_stopped=False, at=None, who="", reason="")
    return SwitchShown(is_stopped=switch.is_stopped, at=at, who=switch.who, reason=switch.reason)


def shown(rollback: Rollback) -> RollbackShown:
    """A rollback as it is published."""
    told: dict[str, Any] = json.loads(rollback.document)
    change = told["change"] or {"kind": "", "ref": ""}
    return RollbackShown(
        id=rollback.id,
        state=rollback.state,
        service=rollback.service,
        slo=rollback.slo,
        tier=rollback.tier,
        episode=rollback.episode,
        change=rollback.change or None,
        kind=change["kind"],
        ref=change["ref"],
        policy=told["policy"]["name"],
        mode=told["policy"]["mode"],
        asked_at=_instant(rollback.asked_at),
        is_signed=bool(rollback.signature),
        steps=tuple(
            RollbackStepShown(at=_instant(step.at), state=step.state, who=step.who, detail=step.detail)
            for step in rollback.steps
        ),
    )


def _instant(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
