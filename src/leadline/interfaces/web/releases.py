"""Pages of the gate: what may be changed now, what it answered and why, and what is to be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi.responses import HTMLResponse

from leadline.core.policies import Outcome
from leadline.domains.releases.model import (
    ListDecisions,
    ListedDecisions,
    Matrix,
    MatrixCell,
    ShowDecision,
    ShowMatrix,
    ShownDecision,
    ShownPolicies,
    ShownPolicy,
    ShownReason,
    ShowPolicies,
)
from leadline.domains.releases.permit_model import ListDuties, ListPermits, ShownDuties
from leadline.errors import NotFound
from leadline.interfaces.web import words
from leadline.interfaces.web.visit import Visit

MOST_SERVICES, MOST_DECISIONS, MOST_DUTIES = 100, 50, 100
SAID: Mapping[Outcome, tuple[str, str]] = {
    Outcome.ALLOW: ("healthy", "Allowed"),
    Outcome.APPROVE: ("warning", "Approval needed"),
    Outcome.UNKNOWN: ("unknown", "Cannot tell"),
    Outcome.DENY: ("critical", "Blocked"),
}
"""Outcome → badge and word; an outcome is never told by its colour alone."""


def show(visit: Visit) -> HTMLResponse:
    """The matrix of services and kinds of change, the newest answers, and what is to be done."""
    service = visit.asked.service or None
    matrix: Matrix = visit.read("gate.matrix", ShowMatrix(service=service, at=visit.asked.at))
    decisions: ListedDecisions = visit.read("decisions.list", ListDecisions(service=service, most=MOST_DECISIONS))
    duties: ShownDuties = visit.read("duties.list", ListDuties(service=service))
    permits = visit.read("permits.list", ListPermits(service=service))
    return visit.page(
        "gate",
        "Gate",
        matrix=matrix,
        rows=matrix.rows[:MOST_SERVICES],
        decisions=decisions.decisions,
        duties=duties.duties[:MOST_DUTIES],
        permits=permits.permits,
        services=list(visit.board.handbook.services.values()),
        said=SAID,
        lede=_lede(matrix, duties),
    )


def show_decision(visit: Visit) -> HTMLResponse:
    """One answer: what was asked, what counted, by which rule, and what would let it through."""
    number = visit.name()
    if not number.isdecimal() or not 0 < int(number) < 2**53:
        raise NotFound(f"no decision has the number {number[:40]}; the page /gate shows those there are")
    found: ShownDecision = visit.read("decisions.show", ShowDecision(id=int(number)))
    against = [reason for reason in found.reasons if reason.outcome is found.outcome]
    return visit.page(
        "decision",
        "Gate",
        found=found,
        deciding=against or list(found.reasons),
        shown=_shown(found),
        policy=_policy(visit, found.policy),
        said=SAID,
        objectives=sorted(found.objectives, key=lambda each: 1.0 if each.remaining is None else each.remaining),
        dependencies=sum(each.is_dependency for each in found.objectives),
    )


def _shown(found: ShownDecision) -> Sequence[ShownReason]:
    """Everything that speaks against it, and a few of those that speak for it where it is allowed."""
    against = [reason for reason in found.reasons if reason.outcome is not Outcome.ALLOW]
    pro = [reason for reason in found.reasons if reason.outcome is Outcome.ALLOW]
    return [*pro[:3], *against] if found.outcome is Outcome.ALLOW else against


def _policy(visit: Visit, name: str) -> ShownPolicy | None:
    """The policy of a decision as it holds now; None where there is none of that name any more."""
    policies: ShownPolicies = visit.read("policies.show", ShowPolicies())
    return next((policy for policy in policies.policies if policy.name == name), None)


def _lede(matrix: Matrix, duties: ShownDuties) -> str:
    """The one sentence that says whether a feature may be released, and what waits."""
    said = {row.service: _outcome(row.cells) for row in matrix.rows}
    free = [service for service, outcome in said.items() if outcome is Outcome.ALLOW]
    blind = [service for service, outcome in said.items() if outcome is Outcome.UNKNOWN]
    parts = [f"A feature may ship on {len(free)} of {words.counted(len(said), 'service')}"]
    if blind:
        parts.append(f"{words.counted(len(blind), 'service')} cannot be told")
    late = sum(duty.is_overdue for duty in duties.duties)
    if late:
        parts.append("1 duty is overdue" if late == 1 else f"{late} duties are overdue")
    return f"{', '.join(parts)}."


def _outcome(cells: Sequence[MatrixCell]) -> Outcome:
    """Of a feature, else of the kind that the policy names first; without any it is denied."""
    found = {cell.change: cell.outcome for cell in cells}
    return found.get("feature", next(iter(found.values()), Outcome.DENY))
