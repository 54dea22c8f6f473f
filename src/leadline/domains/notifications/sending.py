"""Sending: the order of the steps from a notice to its deliveries, and from a delivery to an attempt on the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from leadline.domains.notifications import rules
from leadline.errors import SpecError
from leadline.ports.notifier import DeliveryError, Message, SecretMissing, Sent
from leadline.ports.operation import Context
from leadline.ports.outbox import Attempt, Delivery, DeliveryState, Notice

UNDER_WAY_SECONDS = 150
"""After so long nobody can still be at an attempt: it is more than the longest timeout of any notifier."""
_ROUTED_AT_ONCE = 200
_SECRET_LOOKED_FOR_EVERY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Telling:
    """What messages say beside the notice."""

    public_url: str = ""
    """How the server is reached from outside; empty where nobody said it: then there are no links."""
    picture: Callable[[Notice, Context], bytes | None] = lambda *_: None
    """Draws how the budget of a notice's objective burns."""

    def link(self, notice: Notice) -> str:
        path = f"slos/{quote(notice.slo)}" if notice.slo else f"services/{quote(notice.service)}"
        return f"{self.public_url}/{path}" if self.public_url and (notice.slo or notice.service) else ""


def plan_deliveries(context: Context, *, is_simulated: bool) -> int:
    """Make the deliveries of notices that have none yet; returns of how many notices."""
    handbook, now = context.handbook, int(context.now().timestamp())
    found = context.outbox.unrouted(_ROUTED_AT_ONCE)
    for filed in found:
        reached = [name for name in context.outbox.reached(filed.notice.thread) if name in handbook.targets]
        plan = rules.planned(filed.notice, handbook.routes.values(), reached, now)
        context.outbox.plan(filed.number, rules.simulated(plan) if is_simulated else plan)
    return len(found)


def send_due(delivery: Delivery, context: Context, chance: float, telling: Telling) -> Attempt | None:
    """Make one attempt and write down what came of it; None where somebody else is at it."""
    at = int(context.now().timestamp())
    if delivery.state is DeliveryState.DELIVERED:
        attempt = _repeated(delivery, context, telling)
    elif context.outbox.begin(delivery, at, at + UNDER_WAY_SECONDS):
        attempt = attempted(delivery, context, chance, telling)
    else:
        return None
    context.outbox.end(attempt)
    return attempt


def attempted(delivery: Delivery, context: Context, chance: float, telling: Telling) -> Attempt:
    """What one attempt comes to, which nobody has written down yet."""
    try:
        sent = _told(delivery, context, telling)
    except SecretMissing as error:
        return _put_off(delivery, context, str(error), _SECRET_LOOKED_FOR_EVERY_SECONDS, counts=False)
    except DeliveryError as error:
        if not error.retryable:
            return Attempt(delivery.id, _now(context), DeliveryState.DEAD, str(error))
        age = _now(context) - delivery.since
        wait = rules.next_attempt(delivery.attempts + 1, age, error.after_seconds, chance)
        return _put_off(delivery, context, str(error), wait)
    except SpecError as error:
        return Attempt(delivery.id, _now(context), DeliveryState.DEAD, str(error))
    now = _now(context)
    again = None if sent.repeat_seconds is None else now + sent.repeat_seconds
    return Attempt(delivery.id, now, DeliveryState.DELIVERED, sent.detail, 0, again, sent.receipt)


def _told(delivery: Delivery, context: Context, telling: Telling) -> Sent:
    target = context.handbook.targets.get(delivery.target)
    if target is None:
        raise DeliveryError(f"the handbook has no target {delivery.target} any more", retryable=False)
    notice = delivery.filed.notice
    message = Message(
        notice=notice,
        at=_now(context),
        root=delivery.root,
        is_doubtful=delivery.state is DeliveryState.SENDING,
        is_repeat=delivery.state is DeliveryState.DELIVERED,
        link=telling.link(notice),
        picture=lambda: telling.picture(notice, context),
    )
    return context.notifiers.open(target).send(message)


def _put_off(delivery: Delivery, context: Context, why: str, wait: int, *, counts: bool = True) -> Attempt:
    """Later again, or never where it has been tried for too long."""
    now = _now(context)
    if now + wait > delivery.since + rules.GIVEN_UP_AFTER_SECONDS:
        hours = rules.GIVEN_UP_AFTER_SECONDS // 3600
        return Attempt(delivery.id, now, DeliveryState.DEAD, f"given up after {hours} h: {why}", counts=counts)
    return Attempt(delivery.id, now, DeliveryState.WAITING, why, now + wait, counts=counts)


def _repeated(delivery: Delivery, context: Context, telling: Telling) -> Attempt:
    """Say it again to a receiver that forgets; what fails is said the next time."""
    now = _now(context)
    try:
        sent = _told(delivery, context, telling)
    except (DeliveryError, SpecError) as error:
        wait = rules.next_attempt(1, 0, getattr(error, "after_seconds", None), 0.0)
        again = None if not getattr(error, "retryable", False) else now + wait
        detail = f"delivered, but could not be said again: {error}"
        return Attempt(delivery.id, now, DeliveryState.DELIVERED, detail, 0, again, counts=False)
    again = None if sent.repeat_seconds is None else now + sent.repeat_seconds
    return Attempt(delivery.id, now, DeliveryState.DELIVERED, sent.detail, 0, again, counts=False)


def _now(context: Context) -> int:
    return int(context.now().timestamp())
