"""
What is rolled back, when it may begin, and whether it has helped: pure decisions.

Only the newest change is ever rolled back, since the way back leads to what was there before it. A rollback is a change
itself and is never rolled back, and no change twice, so that nothing can go back and forth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from leadline.core.slices import STEP
from leadline.core.terms import BudgetTerms
from leadline.domains.rollbacks.alarms import Alarm
from leadline.handbook.specs import RollbackPolicy
from leadline.ports.entries import Change
from leadline.ports.rollbacks import Begun, Rollback, RollbackState, Switch
from leadline.units import NoData, format_duration

SOURCE = "rollback"
"""Who tells changes that are rollbacks."""
KIND = "remediation"
"""Their kind."""
_HOUR = 3600

FOLLOWS: Mapping[RollbackState, frozenset[RollbackState]] = {
    RollbackState.WAITING: frozenset({RollbackState.DUE, RollbackState.REJECTED, RollbackState.LAPSED}),
    RollbackState.DUE: frozenset(
        {
            RollbackState.RUNNING, RollbackState.REHEARSED, RollbackState.WAITING, RollbackState.REJECTED,
            RollbackState.LAPSED, RollbackState.FAILED,
        }
    ),
    RollbackState.RUNNING: frozenset({RollbackState.WATCHED, RollbackState.FAILED, RollbackState.IN_DOUBT}),
    RollbackState.IN_DOUBT: frozenset({RollbackState.WATCHED, RollbackState.SUCCEEDED, RollbackState.FAILED}),
    RollbackState.WATCHED: frozenset({RollbackState.SUCCEEDED, RollbackState.FAILED}),
}  # fmt: skip
"""What may follow a state; what is not here is an end."""


def policy_of(service: str, policies: Iterable[RollbackPolicy]) -> RollbackPolicy:
    """How a service is rolled back; where nobody says it, people are told and nothing is done."""
    return next((policy for policy in policies if service in policy.services), RollbackPolicy())


def culprit(changes: Iterable[Change], alarm: Alarm, service: str, policy: RollbackPolicy) -> Change | NoData:
    """
    The change that is rolled back: the newest one that began inside the longest window of the alert.

    Args:
        changes: of any services, in any order.
        alarm: what fired.
        service: whose change is looked for.
        policy: of that service.
    """
    start = alarm.fired_at - alarm.longest_seconds
    began = [each for each in changes if each.service == service and start <= each.started_at <= alarm.fired_at]
    if not began:
        return NoData(f"no change of {service} began in the {format_duration(alarm.longest_seconds)} before the alert")
    newest = max(began, key=lambda each: (each.started_at, each.id))
    if newest.source == SOURCE:
        return NoData(f"the newest change of {service}, number {newest.id}, is a rollback itself")
    if policy.kinds and newest.kind not in policy.kinds:
        return NoData(f"the newest change of {service}, number {newest.id}, is of kind {newest.kind}, not to be undone")
    return newest


def hindrance(others: Iterable[Rollback]) -> str:
    """Why a change gets no other request, given those that it has had; empty where it does."""
    for other in others:
        if other.reached(RollbackState.RUNNING):
            return f"rollback {other.id} has rolled it back already"
        if other.state in FOLLOWS:
            return f"rollback {other.id} is of the same change"
        if other.state is RollbackState.REJECTED:
            return f"rollback {other.id} of the same change was rejected"
    return ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What would begin now."""

    service: str
    change: int
    at: int
    policy: RollbackPolicy


def refusal(candidate: Candidate, begun: Sequence[Begun], switch: Switch | None, stopped_by: str) -> str:
    """
    Why a rollback may not begin now; empty where it may.

    Args:
        candidate: what would begin.
        begun: everything that has begun before.
        switch: how it stands.
        stopped_by: the setting that stops all rollbacks here; empty where none does.
    """
    policy, at, service = candidate.policy, candidate.at, candidate.service
    if stopped_by:
        return f"{stopped_by} is set: all rollbacks are stopped"
    if switch is not None and switch.is_stopped:
        return f"{switch.who or 'somebody'} stopped all rollbacks: {switch.reason}"
    if any(each.change == candidate.change for each in begun):
        return f"change {candidate.change} was rolled back before"
    own = [each for each in begun if each.service == service]
    if any(at - each.at < policy.cool_down_seconds for each in own):
        return f"{service} was rolled back less than {format_duration(policy.cool_down_seconds)} ago"
    for what, most, found in ((service, policy.most_of_service, own), ("all services", policy.most_of_all, begun)):
        if sum(at - each.at < _HOUR for each in found) >= most:
            return f"{most} rollbacks of {what} began within the last hour, and no more may"
    return ""


@dataclass(frozen=True, slots=True)
class Slice:
    """What was counted in one slice after a rollback."""

    bad: int
    total: int
    is_seen: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the SLI says of a rollback."""

    state: RollbackState
    why: str


def verdict(
    slices: Sequence[Slice], terms: BudgetTerms, wanted: int, within_seconds: int, *, is_over: bool
) -> Verdict | None:
    """
    Whether a rollback has helped; None while it cannot be told yet.

    Args:
        slices: from its end on, without a gap.
        terms: of the objective.
        wanted: how many slices in a row must burn less than the budget allows.
        within_seconds: how soon.
        is_over: whether nothing that is counted later matters.

    Returns:
        Slices without events are no evidence and are passed over; one of which nothing was heard begins the row anew.
    """
    row = worst = unseen = 0
    for each in slices:
        unseen += not each.is_seen
        if each.is_seen and each.total == 0:
            continue
        row = row + 1 if each.is_seen and _is_calm(each, terms) else 0
        worst += each.is_seen and row == 0
        if row >= wanted:
            return Verdict(RollbackState.SUCCEEDED, f"{row} slices in a row burn less than the budget allows")
    if not is_over:
        return None
    within = format_duration(within_seconds)
    said = f"{worst} slices burnt too fast, of {unseen} nothing was heard"
    return Verdict(RollbackState.FAILED, f"not {wanted} calm slices in a row within {within}: {said}")


def _is_calm(each: Slice, terms: BudgetTerms) -> bool:
    """Burns less than 1; where nothing may fail, nothing has."""
    if terms.slice_target is not None:
        return Fraction(each.bad) <= (1 - Fraction(terms.slice_target)) * each.total
    return each.bad == 0 or Fraction(each.bad) < terms.error_budget * each.total


def first_slice_after(at: int) -> int:
    """Start of the first slice that lies wholly after an instant."""
    return -(-at // STEP) * STEP
