"""
The outbox: what people have to be told, kept with what it tells of until each receiver has it.

A notice is written in the transaction of its event, so that neither is there without the other; its key makes a second
attempt to write it do nothing. Later it becomes one delivery for each target that the routes name. What a call here has
returned from survives `kill -9`; what was being sent at that moment is sent again with the same key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class NoticeKind(StrEnum):
    """What a notice tells of."""

    ALERT_FIRED = "alert.fired"
    ALERT_RESOLVED = "alert.resolved"
    LEVEL_CHANGED = "level.changed"
    SLI_SILENT = "sli.silent"
    SLI_HEARD = "sli.heard"
    DUTY_DUE = "duty.due"
    DECISION = "decision"
    ROLLBACK = "rollback"
    TEST = "test"


ENDS = frozenset({NoticeKind.ALERT_RESOLVED, NoticeKind.SLI_HEARD})
"""What ends an episode that an earlier notice of the thread began."""
BEGINS = frozenset({NoticeKind.ALERT_FIRED, NoticeKind.SLI_SILENT})
"""What is so until its end is told; anything else is over when it is told."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell people, without a word about who they are or how they are told."""

    key: str
    """Of no other notice; whoever writes the same key again changes nothing."""
    thread: str
    """Shared by all notices of one episode, such as its firing and its end; the key where there is no other."""
    kind: NoticeKind
    at: int
    """Instant of the event, epoch seconds."""
    severity: str
    """`page`, `ticket` or `notify`."""
    service: str
    """Empty where it is about no single one; as are objective and team."""
    slo: str
    team: str
    tier: int | None
    """Of the service; None where it has none."""
    title: str
    """One line that says everything."""
    text: str
    """What else whoever must act has to know; lines of plain text, empty where the title says it all."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """Figures in the order in which they are shown, as text."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A notice in the outbox."""

    number: int
    notice: Notice


class DeliveryState(StrEnum):
    """How far a notice has come on its way to one target; the last three are ends."""

    WAITING = "waiting"
    """For its first or next attempt."""
    SENDING = "sending"
    """An attempt is under way, or was when its server died."""
    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up; kept, and sent again when somebody asks for it."""
    SIMULATED = "simulated"
    """Never sent, since the slices that it tells of are made up."""


OPEN = (DeliveryState.WAITING, DeliveryState.SENDING)


@dataclass(frozen=True, slots=True)
class Planned:
    """A target that a notice shall go to."""

    target: str
    due_at: int
    """Not before, epoch seconds."""
    why: str = ""
    """Why not at once; empty where it may be sent now."""
    state: DeliveryState = DeliveryState.WAITING


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notice on its way to one target."""

    id: int
    filed: Filed
    target: str
    state: DeliveryState
    since: int
    """From when on it might be sent; epoch seconds, as all instants here."""
    due_at: int
    """Waiting: not before. Sending: until then the attempt may still be under way. After that: when it ended."""
    attempts: int
    why: str
    """What the last attempt came to, or what it waits for."""
    repeat_at: int | None
    """When a delivered one is to be said again, since its receiver forgets; None: never."""
    root: Mapping[str, str]
    """What the receiver said of the first one delivered of the same thread; empty before that."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one attempt came to, and what follows from it."""

    delivery: int
    at: int
    state: DeliveryState
    """That the delivery is in from now on."""
    detail: str
    """One line for the record."""
    due_at: int = 0
    """Of the next attempt; of no meaning where there is none."""
    repeat_at: int | None = None
    receipt: Mapping[str, str] = field(default_factory=dict)
    """What the receiver said that later notices of the thread need."""
    counts: bool = True
    """False where nothing was sent, such as for want of a secret."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One line of the delivery record."""

    at: int
    outcome: str
    detail: str


@dataclass(frozen=True, slots=True)
class Stock:
    """How much is in the outbox."""

    unrouted: int
    by_state: Mapping[tuple[str, DeliveryState], int]
    """Deliveries by target and state."""
    oldest: Mapping[str, tuple[int, str]]
    """Since when the oldest open delivery of each target waits, and what for."""
    failed: Mapping[str, int]
    """Attempts by target that came to nothing."""
    died: Mapping[str, int]
    """Deliveries by target that were given up since an instant."""


class Outbox(Protocol):
    """Notices and their deliveries."""

    def add(self, notices: Sequence[Notice]) -> int:
        """File notices whose keys are new; returns how many. Writers of events do it in their own transaction."""

    def add_planned(self, notice: Notice, planned: Planned, until: int) -> int:
        """File a notice for one target that is being sent until then by whoever calls; returns the delivery's id."""

    def unrouted(self, most: int) -> Sequence[Filed]:
        """Notices that have no deliveries yet, oldest first."""

    def reached(self, thread: str) -> Sequence[str]:
        """Targets that notices of a thread were planned for."""

    def plan(self, number: int, planned: Sequence[Planned]) -> None:
        """Make the deliveries of a notice, at once or not at all; nothing where it has some."""

    def due(self, at: int, most: int) -> Sequence[Delivery]:
        """
        What may be sent now, at most so many for each target; those of one thread and target one after the other.

        An open delivery whose instant has come; one whose attempt was under way until before `at` is in doubt, and
        still in state `sending`. A delivered one is returned when it is to be said again.
        """

    def take_over(self, at: int) -> None:
        """Whoever was at an attempt is so no more, since another server has the lead: all of them are in doubt."""

    def begin(self, delivery: Delivery, at: int, until: int) -> bool:
        """Note that an attempt begins; False when it is no longer as it was, since somebody else has begun."""

    def end(self, attempt: Attempt) -> None:
        """Note what an attempt came to."""

    def retry(self, number: int, at: int) -> None:
        """
        Make a dead delivery wait for an attempt from now on.

        Raises:
            NotFound: there is no such delivery.
            RecordError: it is not dead.
        """

    def newest(self, most: int, *, before: int | None = None, state: str = "", target: str = "") -> Sequence[Delivery]:
        """Deliveries, newest first."""

    def record(self, deliveries: Sequence[int]) -> Mapping[int, Sequence[Recorded]]:
        """What the attempts of deliveries came to, oldest first."""

    def stock(self, since: int) -> Stock:
        """How much there is and since when, and what was given up since an instant."""
