"""Use cases of the gate: ask, look decisions up, recompute them, and see what may be changed now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from leadline.core.decisions import rule, worst_level
from leadline.core.policies import Outcome
from leadline.core.questions import PROCEDURE, Inputs, OpenIncident, Ruling, Standing
from leadline.core.windows import Span
from leadline.domains.releases.gathering import (
    Question,
    by_service,
    holds_of,
    inputs_for,
    objectives_of,
    pages_of,
    standings_of,
    terms_of,
)
from leadline.domains.releases.model import (
    AskGate,
    Deviation,
    ListDecisions,
    ListedDecision,
    ListedDecisions,
    Matrix,
    MatrixCell,
    MatrixRow,
    ShowDecision,
    ShowMatrix,
    ShownDecision,
    ShownObjective,
    ShownReason,
    Verified,
    VerifyDecisions,
)
from leadline.domains.releases.recorded import deviation, digest, inputs_of, inputs_text, ruling_of, ruling_text
from leadline.handbook.freezes import kind_named
from leadline.handbook.specs import Service
from leadline.handbook.wording import not_found
from leadline.ports.entries import Incident
from leadline.ports.operation import Context
from leadline.ports.outbox import Notice, NoticeKind
from leadline.ports.releases import Decision
from leadline.ports.standings import Stood

_FAR = 2**40
"""Later than any instant that can be typed."""
EXIT_CODES = {Outcome.ALLOW: 0, Outcome.DENY: 1, Outcome.UNKNOWN: 3, Outcome.APPROVE: 5}


def ask_gate(request: AskGate, context: Context) -> ShownDecision:
    """Gather, rule, write down."""
    if request.service not in context.handbook.services:
        raise not_found("service", request.service, context.handbook.services)
    author = request.author or context.caller.name or "unknown"
    question = Question(request.service, kind_named(request.change), request.ref, author, request.fixes)
    inputs = inputs_for(question, context)
    ruling = rule(inputs)
    written, answered = inputs_text(inputs), ruling_text(ruling)
    decision = Decision(
        service=inputs.service,
        kind=inputs.kind,
        ref=inputs.ref,
        author=author,
        asked_by=context.caller.name or "unknown",
        at=inputs.asked_at,
        outcome=ruling.outcome.value,
        inputs=written,
        ruling=answered,
        sha256=digest(written, answered),
    )
    return shown(context.releases.add_decision(decision, tuple(_notices(inputs, ruling, context))))


def list_decisions(request: ListDecisions, context: Context) -> ListedDecisions:
    """The newest ones."""
    if request.service is not None and request.service not in context.handbook.services:
        raise not_found("service", request.service, context.handbook.services)
    found = context.releases.decisions(request.service, request.most, request.before)
    return ListedDecisions(decisions=tuple(map(_listed, found)))


def show_decision(request: ShowDecision, context: Context) -> ShownDecision:
    """One of them."""
    return shown(context.releases.decision(request.id))


def verify_decisions(request: VerifyDecisions, context: Context) -> Verified:
    """Rule again on the recorded inputs; the handbook of today has no say in it."""
    found: Sequence[Decision] = (
        [context.releases.decision(request.id)]
        if request.id is not None
        else context.releases.decisions(None, request.most)
    )
    reasons = [(each.id, deviation(each)) for each in found]
    return Verified(
        checked=len(found), deviations=tuple(Deviation(id=number, reason=why) for number, why in reasons if why)
    )


def show_matrix(request: ShowMatrix, context: Context) -> Matrix:
    """Every kind of change of every service, judged once."""
    handbook = context.handbook
    if request.service is not None and request.service not in handbook.services:
        raise not_found("service", request.service, handbook.services)
    chosen = [each for each in handbook.services.values() if request.service in (None, each.name)]
    known = by_service(handbook)
    wanted = {each.name: objectives_of(handbook, each.name, handbook.policy_of(each.name), known) for each in chosen}
    every = list(dict.fromkeys(name for objectives in wanted.values() for name in objectives))
    judged = context.judge(context, every, request.at)
    at = int((request.at or context.now()).timestamp())
    until = _FAR if request.at is None else at + 1
    incidents = context.entries.incidents(list(wanted), Span(at, until))
    rows = [_row(each, judged.by_id, wanted[each.name], incidents, at, context) for each in chosen]
    changes = dict.fromkeys(cell.change for row in rows for cell in row.cells)
    return Matrix(at=datetime.fromtimestamp(judged.at, UTC), changes=tuple(changes), rows=tuple(rows))


def _row(  # noqa: PLR0917 - a service, and what is known of it
    service: Service,
    judged: Mapping[str, Stood],
    objectives: Mapping[str, bool],
    incidents: Sequence[Incident],
    at: int,
    context: Context,
) -> MatrixRow:
    policy = context.handbook.policy_of(service.name)
    standings = standings_of(judged, objectives)
    worst = _worst(standings)
    open_ones = [
        OpenIncident(each.id, each.title, each.severity.value) for each in incidents if each.service == service.name
    ]
    blank = Inputs(
        PROCEDURE, service.name, "", "", "", at, at, (), terms_of(policy, ""), standings,
        tuple(holds_of(policy, service.name, at)) if policy else (), tuple(open_ones), pages_of(judged, objectives), (),
    )  # fmt: skip
    kinds = list(policy.rules) if policy else []
    return MatrixRow(
        service=service.name,
        name=service.display_name,
        level=worst_level(standings).value,
        remaining=worst.remaining if worst else None,
        slo=worst.slo if worst else None,
        policy=policy.name if policy else "none",
        cells=tuple(_cell(replace(blank, kind=kind, terms=terms_of(policy, kind))) for kind in kinds),
    )


def _worst(standings: Sequence[Standing]) -> Standing | None:
    """The objective that stands at the worst level, with the least left."""
    level = worst_level(standings)
    found = [each for each in standings if each.level is level]
    return min(found, key=lambda each: each.remaining if each.remaining is not None else float("-inf"), default=None)


def _cell(inputs: Inputs) -> MatrixCell:
    ruling = rule(inputs)
    return MatrixCell(change=inputs.kind, outcome=ruling.outcome, needs=ruling.needs, reason=ruling.reasons[0].text)


def shown(decision: Decision) -> ShownDecision:
    """A decision as it was recorded."""
    inputs, ruling = inputs_of(decision.inputs), ruling_of(decision.ruling)
    return ShownDecision(
        id=decision.id,
        at=_instant(decision.at),
        service=decision.service,
        change=decision.kind,
        ref=decision.ref,
        author=decision.author,
        asked_by=decision.asked_by,
        outcome=ruling.outcome,
        exit_code=EXIT_CODES[ruling.outcome],
        level=ruling.level.value,
        policy=inputs.terms.policy,
        on_unknown=inputs.terms.on_unknown,
        judged_at=_instant(inputs.judged_at),
        reasons=tuple(ShownReason(code=each.code, outcome=each.outcome, text=each.text) for each in ruling.reasons),
        needs=ruling.needs,
        checklist=ruling.checklist,
        warnings=ruling.warnings,
        objectives=tuple(_objective(each) for each in inputs.standings),
        permit=ruling.permit,
        approvals=ruling.approvals,
        next=_next(decision, ruling),
    )


def _objective(standing: Standing) -> ShownObjective:
    return ShownObjective(
        slo=standing.slo,
        service=standing.service,
        level=standing.level.value,
        remaining=standing.remaining,
        coverage=standing.coverage,
        reason=standing.reason,
        is_dependency=standing.is_dependency,
    )


def _next(decision: Decision, ruling: Ruling) -> str:
    if ruling.outcome is Outcome.APPROVE:
        if not decision.ref:
            return "approvals are given for one ref; ask again with --ref"
        items = " --checked all" if ruling.checklist else ""
        return f"let {' and '.join(ruling.needs)} type: leadline approve {decision.id}{items}"
    if ruling.outcome is Outcome.UNKNOWN:
        return "find out why it cannot be told: leadline status; in an emergency: leadline break-glass open"
    if ruling.outcome is Outcome.DENY and ruling.reasons[0].code != "unknown_kind":
        return "wait until more of the budget is left, or ask for an exception: leadline exception grant"
    return "name a kind that the policy knows: leadline policy show" if ruling.outcome is Outcome.DENY else ""


def _notices(inputs: Inputs, ruling: Ruling, context: Context) -> Iterator[Notice]:
    """Whoever is to approve hears of it, once for each change."""
    if ruling.outcome is not Outcome.APPROVE or not inputs.ref:
        return
    service = context.handbook.services[inputs.service]
    key = f"decision:{inputs.service}:{inputs.kind}:{inputs.ref}:{','.join(ruling.needs)}"
    title = f"{inputs.service}: {inputs.kind} {inputs.ref} wants the approval of {', '.join(ruling.needs)}"
    text = "\n".join(reason.text for reason in ruling.reasons if reason.outcome is Outcome.APPROVE)
    yield Notice(
        key, key, NoticeKind.DECISION, inputs.asked_at, "notify", service.name, "", service.team or "", service.tier,
        title, text, {"level": ruling.level.value, "author": inputs.author},
    )  # fmt: skip


def _listed(decision: Decision) -> ListedDecision:
    ruling = ruling_of(decision.ruling)
    return ListedDecision(
        id=decision.id,
        at=_instant(decision.at),
        service=decision.service,
        change=decision.kind,
        ref=decision.ref,
        author=decision.author,
        asked_by=decision.asked_by,
        outcome=ruling.outcome,
        level=ruling.level.value,
        reason=ruling.reasons[0].text,
    )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
