"""Use cases of notifications: list deliveries and targets, test a target, send a dead delivery again."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from leadline.domains.notifications.model import (
    AttemptShown,
    Deliveries,
    DeliveryShown,
    ListDeliveries,
    ListTargets,
    Retried,
    RetryDelivery,
    Targets,
    TargetShown,
    Tested,
    TestTarget,
)
from leadline.domains.notifications.sending import UNDER_WAY_SECONDS, Telling, attempted
from leadline.errors import SpecError
from leadline.handbook.specs import NotificationTarget
from leadline.handbook.wording import not_found
from leadline.ports.notifier import DeliveryError, SecretMissing
from leadline.ports.operation import Context
from leadline.ports.outbox import (
    OPEN,
    Attempt,
    Delivery,
    DeliveryState,
    Filed,
    Notice,
    NoticeKind,
    Planned,
    Recorded,
    Stock,
)


def list_deliveries(request: ListDeliveries, context: Context) -> Deliveries:
    """The newest ones, with their record."""
    state = request.state.value if request.state else ""
    found = context.outbox.newest(request.most, state=state, target=request.target)
    record = context.outbox.record([each.id for each in found])
    return Deliveries(deliveries=tuple(_shown(each, record.get(each.id, ())) for each in found))


def list_targets(request: ListTargets, context: Context) -> Targets:  # noqa: ARG001 - the shape of every handler
    """Those of the handbook, and those that deliveries still go to."""
    stock = context.outbox.stock(int(context.now().timestamp()))
    known = [_target(each, context, stock) for each in context.handbook.targets.values()]
    gone = sorted({name for name, state in stock.by_state if state in OPEN} - set(context.handbook.targets))
    known += [_gone(name, stock) for name in gone]
    return Targets(targets=tuple(known), unplanned=stock.unrouted)


def test_target(request: TestTarget, context: Context) -> Tested:
    """
    File a notice of its own, send it, and write down what came of it.

    Raises:
        NotFound: the handbook has no such target.
        DeliveryError: it was not delivered.
    """
    target = context.handbook.targets.get(request.target)
    if target is None:
        raise not_found("NotificationTarget", request.target, sorted(context.handbook.targets))
    now = int(context.now().timestamp())
    notice = _test_notice(target, context.caller.name, now)
    planned = Planned(target.name, now)
    number = context.outbox.add_planned(notice, planned, now + UNDER_WAY_SECONDS)
    delivery = Delivery(number, Filed(0, notice), target.name, DeliveryState.WAITING, now, now, 0, "", None, {})
    attempt = attempted(delivery, context, 0.0, Telling())
    is_delivered = attempt.state is DeliveryState.DELIVERED
    state = DeliveryState.DELIVERED if is_delivered else DeliveryState.DEAD
    context.outbox.end(Attempt(number, attempt.at, state, attempt.detail, receipt=attempt.receipt))
    if not is_delivered:
        raise DeliveryError(f"{target.name} was not told: {attempt.detail}", retryable=False)
    return Tested(id=number, target=target.name, detail=attempt.detail)


def retry_delivery(request: RetryDelivery, context: Context) -> Retried:
    """Make it wait for an attempt."""
    context.outbox.retry(request.id, int(context.now().timestamp()))
    return Retried(id=request.id)


def _test_notice(target: NotificationTarget, who: str, now: int) -> Notice:
    key = f"test/{target.name}/{now}/{secrets.token_hex(4)}"
    return Notice(
        key=key, thread=key, kind=NoticeKind.TEST, at=now, severity="notify", service="", slo="", team="", tier=None,
        title=f"Leadline can reach {target.display_name}",
        text=f"A test message that {who or 'somebody'} asked for. Nothing has to be done.",
        facts={"target": target.name, "type": target.type},
    )  # fmt: skip


def _shown(delivery: Delivery, record: Sequence[Recorded]) -> DeliveryShown:
    notice = delivery.filed.notice
    next_at = delivery.due_at if delivery.state in OPEN else delivery.repeat_at
    return DeliveryShown(
        id=delivery.id,
        target=delivery.target,
        state=delivery.state,
        kind=notice.kind.value,
        severity=notice.severity,
        title=notice.title,
        service=notice.service,
        slo=notice.slo,
        team=notice.team,
        key=notice.key,
        thread=notice.thread,
        at=_instant(notice.at),
        since=_instant(delivery.since),
        next_at=None if next_at is None else _instant(next_at),
        attempts=delivery.attempts,
        why=delivery.why,
        record=tuple(AttemptShown(at=_instant(at.at), outcome=at.outcome, detail=at.detail) for at in record),
    )


def _target(target: NotificationTarget, context: Context, stock: Stock) -> TargetShown:
    why = ""
    try:
        context.notifiers.open(target)
    except SecretMissing as error:
        why = f"cannot deliver: {error}"
    except SpecError as error:
        why = f"cannot deliver: {error.problems[0].what}"
    routes = tuple(route.name for route in context.handbook.routes.values() if target.name in route.targets)
    return _standing(
        stock, target=target.name, display_name=target.display_name, type=target.type, routes=routes, why=why
    )


def _gone(name: str, stock: Stock) -> TargetShown:
    why = "cannot deliver: it is not in the handbook any more"
    return _standing(stock, target=name, display_name=name, type="", routes=(), why=why)


def _standing(stock: Stock, *, target: str, why: str, **about: Any) -> TargetShown:
    def count(*states: DeliveryState) -> int:
        return sum(stock.by_state.get((target, state), 0) for state in states)

    since, waits_for = stock.oldest.get(target, (None, ""))
    return TargetShown(
        target=target,
        can_deliver=not why,
        why=why,
        delivered=count(DeliveryState.DELIVERED),
        waiting=count(*OPEN),
        dead=count(DeliveryState.DEAD),
        failed=stock.failed.get(target, 0),
        oldest_waiting_since=None if since is None else _instant(since),
        waits_for=waits_for,
        **about,
    )


def _instant(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
