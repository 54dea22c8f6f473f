"""What permits have in common: who is the same person, how they are shown, what they ask for, and who hears of them."""

from __future__ import annotations

from datetime import UTC, datetime

from leadline.core.questions import PermitForm
from leadline.domains.releases.permit_model import ShownPermit
from leadline.ports.operation import Context, Permission
from leadline.ports.outbox import Notice, NoticeKind
from leadline.ports.releases import Duty, GivenPermit

_WORDS = {PermitForm.EXCEPTION: "an exception", PermitForm.BREAK_GLASS: "the glass was broken"}


def is_same_person(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def permission_of(context: Context) -> Permission:
    """What whoever asks may do at a server; on the machine of the database, everything."""
    if not context.caller.token_id:
        return Permission.ADMIN
    found = [token.role for token in context.tokens.every() if token.id == context.caller.token_id]
    return found[0] if found else Permission.VIEWER


def shown_permit(permit: GivenPermit, now: int) -> ShownPermit:
    """A permit as of an instant."""
    is_confirmed = permit.form is not PermitForm.BREAK_GLASS or bool(permit.second)
    return ShownPermit(
        id=permit.id,
        form=permit.form,
        service=permit.service,
        change=permit.kind,
        ref=permit.ref,
        role=permit.role,
        who=permit.who,
        given_by=permit.given_by,
        second=permit.second,
        grounds=permit.grounds,
        reason=permit.reason,
        checked=permit.checked,
        given_at=datetime.fromtimestamp(permit.given_at, UTC),
        expires_at=datetime.fromtimestamp(permit.expires_at, UTC),
        decision=permit.decision or None,
        holds=permit.expires_at > now and is_confirmed and not permit.withdrawn_by,
        withdrawn_by=permit.withdrawn_by,
        withdrawal=permit.withdrawal,
        next="" if is_confirmed else f"let a second person type: leadline break-glass confirm {permit.id}",
    )


def due_review(permit: GivenPermit, due_at: int, by: tuple[str, ...]) -> Duty:
    """Looking again at what was let through beside the policy."""
    name = f"{permit.form.value.replace('_', '-')}-review"
    what = "exception" if permit.form is PermitForm.EXCEPTION else "broken glass"
    text = f"Review the {what} {{id}}: {permit.kind} {permit.ref or 'of any ref'}, since {permit.reason}"
    return Duty(f"permit:{{id}}:{name}", permit.service, "", name, text, by, permit.given_at, due_at)


def told_of(permit: GivenPermit, context: Context) -> Notice:
    """What people hear when something is let through beside the policy."""
    service = context.handbook.services[permit.service]
    title = f"{permit.service}: {_WORDS[permit.form]} ({{id}}) for {permit.kind} {permit.ref}, by {permit.who}"
    facts = {"grounds": permit.grounds, "role": permit.role}
    return Notice(
        "permit:{id}", "permit:{id}", NoticeKind.DECISION, permit.given_at, "ticket", service.name, "",
        service.team or "", service.tier, title, permit.reason, {name: told for name, told in facts.items() if told},
    )  # fmt: skip
