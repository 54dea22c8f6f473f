"""
Running: from a request that is due to the end of what rolls back, each step on the record before the next one begins.

Whoever is killed between the begin and the end leaves a request that runs. After its timeout it is in doubt: it is not
run again, and the SLI tells what became of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from leadline.core.slices import STEP
from leadline.core.windows import ceil_to_step
from leadline.domains.rollbacks import rules
from leadline.domains.rollbacks.alarms import flaws, is_same
from leadline.domains.rollbacks.telling import notice
from leadline.errors import SpecError
from leadline.handbook.specs import RollbackPolicy, Slo
from leadline.ports.entries import Change, End
from leadline.ports.operation import Context
from leadline.ports.outbox import Notice
from leadline.ports.rollbacks import Begun, Rollback, RollbackState, RollbackStep, Switch
from leadline.ports.runner import Order, RunError, Runner

_MARGIN_SECONDS = 60
"""Beyond the timeout, until whoever runs it must have ended."""
_LONGEST_REF = 480


@dataclass(frozen=True, slots=True)
class Prepared:
    """What carries an order out, checked."""

    rollback: Rollback
    order: Order
    runner: Runner
    policy: RollbackPolicy
    plan: str

    def candidate(self, at: int) -> rules.Candidate:
        return rules.Candidate(self.rollback.service, self.rollback.change, at, self.policy)


def prepare(rollback: Rollback, context: Context) -> Prepared | RollbackStep:
    """The order of a request and what carries it out; or the step that it comes to where it cannot be relied on."""
    at = int(context.now().timestamp())
    told = json.loads(rollback.document)
    if found := flaws(rollback, context.runners.key()):
        return RollbackStep(at, RollbackState.FAILED, "", f"nothing was run: {'; '.join(found)}")
    policy = rules.policy_of(rollback.service, context.handbook.rollbacks.values())
    if not is_same(policy, told["policy"]):
        return RollbackStep(at, RollbackState.LAPSED, "", "the policy is another one than when it was asked for")
    order = _order(rollback, told, at)
    try:
        runner = context.runners.open(policy)
        plan = runner.plan(order)
    except (RunError, SpecError) as error:
        return RollbackStep(at, RollbackState.FAILED, "", f"nothing was run: {error}")
    return Prepared(rollback, order, runner, policy, plan)


def _order(rollback: Rollback, told: dict[str, Any], at: int) -> Order:
    change = told["change"]
    return Order(
        rollback=rollback.id,
        service=rollback.service,
        ref=change["ref"],
        change=change["id"],
        kind=change["kind"],
        slo=rollback.slo,
        document=rollback.document,
        signature=rollback.signature,
        at=at,
    )


def held_by(prepared: Prepared, context: Context, begun: Sequence[Begun], switch: Switch | None) -> str:
    """Why it may not begin now; empty where it may."""
    at = int(context.now().timestamp())
    return rules.refusal(prepared.candidate(at), begun, switch, context.runners.stopped_by)


def carry_out(rollback: Rollback, context: Context) -> None:
    """Run a request that is due, where everything allows it."""
    prepared = prepare(rollback, context)
    if isinstance(prepared, RollbackStep):
        _append(rollback, RollbackState.DUE, prepared, context)
        return
    at = int(context.now().timestamp())
    if prepared.policy.is_dry:
        step = RollbackStep(at, RollbackState.REHEARSED, "", prepared.plan)
        _append(rollback, RollbackState.DUE, step, context)
        return
    begin = RollbackStep(at, RollbackState.RUNNING, "", prepared.plan.removeprefix("would "))
    why = context.rollbacks.begin(rollback.id, begin, lambda begun, switch: held_by(prepared, context, begun, switch))
    if why:
        _append(rollback, RollbackState.DUE, RollbackStep(at, RollbackState.WAITING, "", why), context)
        return
    _run(prepared, context, at)


def _run(prepared: Prepared, context: Context, began_at: int) -> None:
    rollback = prepared.rollback
    change = _change(rollback, context, began_at)
    try:
        said, state = prepared.runner.run(prepared.order), RollbackState.WATCHED
    except RunError as error:
        said, state = str(error), RollbackState.FAILED
    at = int(context.now().timestamp())
    if change.finished_at is None:
        context.entries.end_change(change.id, End(at, change.who, at))
    step = RollbackStep(at, state, "", said)
    if not _append(rollback, RollbackState.RUNNING, step, context):
        _append(rollback, RollbackState.IN_DOUBT, step, context)


def _change(rollback: Rollback, context: Context, began_at: int) -> Change:
    """The rollback as a change of its own, which nothing rolls back; there is one however often it is written."""
    ref = json.loads(rollback.document)["change"]["ref"]
    change = Change(
        service=rollback.service,
        kind=rules.KIND,
        ref=f"rollback of {ref}"[:_LONGEST_REF],
        started_at=began_at,
        finished_at=None,
        source=rules.SOURCE,
        who=f"leadline, rollback {rollback.id}",
        recorded_at=began_at,
    )
    return context.entries.add_change(change)


def follow(at: int, context: Context) -> int:
    """
    Look after what has begun: what is in doubt, and what the SLI says by now.

    Args:
        at: instant of the evaluation, epoch seconds; slices that begin before it are known.
        context: of the turn.

    Returns:
        How many came to another state.
    """
    moved = 0
    for rollback in context.rollbacks.open():
        if rollback.state is RollbackState.RUNNING:
            moved += _doubted(rollback, context)
        elif rollback.state in {RollbackState.WATCHED, RollbackState.IN_DOUBT}:
            moved += _judged(rollback, at, context)
    return moved


def _doubted(rollback: Rollback, context: Context) -> bool:
    at, begun = int(context.now().timestamp()), rollback.steps[-1]
    timeout = json.loads(rollback.document)["timeout_seconds"]
    if at <= begun.at + timeout + _MARGIN_SECONDS:
        return False
    _change(rollback, context, begun.at)
    why = "its server ended before it did: it may have rolled back or not, and the SLI will tell"
    return _append(rollback, RollbackState.RUNNING, RollbackStep(at, RollbackState.IN_DOUBT, "", why), context)


def _judged(rollback: Rollback, at: int, context: Context) -> bool:
    slo = context.handbook.slos.get(rollback.slo)
    policy = json.loads(rollback.document)["policy"]
    within = int(policy["good_within_seconds"])
    now, since = int(context.now().timestamp()), rollback.steps[-1].at
    if slo is None:
        step = RollbackStep(now, RollbackState.FAILED, "", "cannot tell whether it helped: the objective is gone")
        return _append(rollback, rollback.state, step, context)
    start = rules.first_slice_after(since)
    end = min(at, ceil_to_step(since + within))
    slices = _slices(slo, start, end, context) if end > start else []
    found = rules.verdict(slices, slo.terms, int(policy["good_slices"]), within, is_over=at >= since + within)
    if found is None:
        return False
    return _append(rollback, rollback.state, RollbackStep(now, found.state, "", found.why), context)


def _slices(slo: Slo, start: int, end: int, context: Context) -> list[rules.Slice]:
    """All groups of an objective together, as measured."""
    found = list(context.ledger.read([slo.series], start, end).values())
    if not found:
        return [rules.Slice(0, 0, is_seen=False) for _ in range(start, end, STEP)]
    bad, total = sum(each.bad for each in found), sum(each.total for each in found)
    seen = [any(each.seen[place] for each in found) for place in range(len(found[0].seen))]
    rows = zip(bad.tolist(), total.tolist(), seen, strict=True)  # type: ignore[union-attr] # arrays, not 0
    return [rules.Slice(*row) for row in rows]


def _append(rollback: Rollback, before: RollbackState, step: RollbackStep, context: Context) -> bool:
    told: list[Notice] = [notice(context.rollbacks.find(rollback.id), step, rollback.id)]
    return context.rollbacks.append(rollback.id, before, step, told)
