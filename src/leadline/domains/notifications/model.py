"""Nouns of notifications: what is asked for, and what comes back; the shapes here are the published JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from leadline.ports.message import Message
from leadline.ports.outbox import DeliveryState

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]


class ListDeliveries(Message):
    """The newest deliveries, and what became of their attempts."""

    state: DeliveryState | None = None
    target: str = ""
    most: Annotated[int, Field(ge=1, le=1000)] = 100


class AttemptShown(Message):
    """One line of the delivery record."""

    at: datetime
    outcome: str
    """`delivered`, `failed`, `dead`, `in doubt`, or `retry` where somebody asked for another one."""
    detail: str


class DeliveryShown(Message):
    """One notice on its way to one target."""

    id: int
    target: str
    state: DeliveryState
    kind: str
    severity: str
    title: str
    service: str
    slo: str
    team: str
    key: str
    thread: str
    at: datetime
    """Of what it tells of."""
    since: datetime
    """From when on it might be sent."""
    next_at: datetime | None
    """Of the next attempt; null where there will be none."""
    attempts: int
    why: str
    """What the last attempt came to, or what it waits for."""
    record: tuple[AttemptShown, ...]


class Deliveries(Message):
    """Deliveries, newest first."""

    deliveries: tuple[DeliveryShown, ...]


class ListTargets(Message):
    """The targets of the handbook, and how it stands with what goes to them."""


class TargetShown(Message):
    """One target."""

    target: str
    display_name: str
    type: str
    can_deliver: bool
    """False where a secret is not set on the machine that answers."""
    why: str
    """Why it cannot."""
    routes: tuple[str, ...]
    delivered: int
    waiting: int
    dead: int
    failed: int
    """Attempts that came to nothing."""
    oldest_waiting_since: datetime | None
    waits_for: str
    """What the oldest one waits for."""


class Targets(Message):
    """Targets, and notices that have no deliveries yet."""

    targets: tuple[TargetShown, ...]
    unplanned: int


class TestTarget(Message):
    """Send a test message to one target, now and once."""

    __test__ = False
    target: Name


class Tested(Message):
    """A test message was delivered."""

    __test__ = False
    id: int
    target: str
    detail: str
    """What the receiver answered."""


class RetryDelivery(Message):
    """Send a dead delivery again."""

    id: Annotated[int, Field(ge=1)]


class Retried(Message):
    """A delivery that waits for another attempt, which the leading server makes."""

    id: int
