"""
Rollbacks: the record of what was asked for, why, and what became of it; each step is added, nothing is edited.

A request is one for each episode and change, so that whoever asks again changes nothing. A step is written with the
notices that tell of it, and only after the step that it follows: of two who would take it, one does. What a method has
returned from survives `kill -9`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from leadline.ports.outbox import Notice


class RollbackState(StrEnum):
    """How far a rollback has come."""

    NOTHING = "nothing"
    """There is nothing to roll back; an end."""
    SUGGESTED = "suggested"
    """People are told and do it themselves; an end."""
    WAITING = "waiting"
    """For somebody to approve it."""
    DUE = "due"
    """It will be begun by the leading server."""
    RUNNING = "running"
    IN_DOUBT = "in doubt"
    """Whoever ran it died: it may have come to its end or not, and the SLI tells whether it has helped."""
    WATCHED = "watched"
    """It has run; the SLI tells whether it has helped."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """It could not be run, or has not helped; it is not tried again."""
    REJECTED = "rejected"
    LAPSED = "lapsed"
    """Nobody approved it in time, or there was no need any longer."""
    REHEARSED = "rehearsed"
    """Everything was done but the rollback itself."""


OPEN = (
    RollbackState.WAITING, RollbackState.DUE, RollbackState.RUNNING, RollbackState.IN_DOUBT, RollbackState.WATCHED,
)  # fmt: skip
"""What something will still follow."""


@dataclass(frozen=True, slots=True)
class RollbackStep:
    """One thing that happened to a rollback."""

    at: int
    """Epoch seconds."""
    state: RollbackState
    """What it led to."""
    who: str
    """Empty where nobody asked for it."""
    detail: str


@dataclass(frozen=True, slots=True)
class Rollback:
    """A request, and what became of it."""

    episode: str
    """Thread of the alert."""
    change: int
    """Number of what is rolled back; 0 where there is nothing."""
    service: str
    """Of the change; of the alert where there is none."""
    slo: str
    tier: str
    asked_at: int
    document: str
    """Everything that the request was decided from, in canonical JSON."""
    signature: str
    """Of the document; empty where there was no key."""
    steps: tuple[RollbackStep, ...]
    """Oldest first; the first one is the request."""
    id: int = 0
    """Counted up by the record; 0 until then."""

    @property
    def state(self) -> RollbackState:
        return self.steps[-1].state

    def reached(self, state: RollbackState) -> RollbackStep | None:
        """The newest step that led to a state."""
        return next((step for step in reversed(self.steps) if step.state is state), None)


@dataclass(frozen=True, slots=True)
class Begun:
    """A rollback that was begun."""

    id: int
    service: str
    change: int
    at: int


@dataclass(frozen=True, slots=True)
class Switch:
    """Whether rollbacks are stopped, by whom and why."""

    is_stopped: bool
    at: int
    who: str
    reason: str


Allows = Callable[[Sequence[Begun], Switch | None], str]
"""Why one more may not begin, given those that have begun, newest first, and the switch; empty where it may."""


class Rollbacks(Protocol):
    """The record of rollbacks."""

    def add(self, rollback: Rollback, notices: Sequence[Notice]) -> int:
        """Append a request with its first step; 0, and nothing is written, where the episode and change have one."""

    def append(self, number: int, before: RollbackState, step: RollbackStep, notices: Sequence[Notice] = ()) -> bool:
        """Append a step to one that is in the state before; False, and nothing is written, where it is not."""

    def begin(self, number: int, step: RollbackStep, allows: Allows) -> str:
        """
        Append the step that begins one that is due, where everything that has begun before allows it.

        Returns why it may not begin, or an empty text; nothing can begin between the question and the step.
        """

    def begun(self) -> tuple[Begun, ...]:
        """Everything that has begun, newest first."""

    def find(self, number: int) -> Rollback:
        """
        One of them.

        Raises:
            NotFound: there is none of that number.
        """

    def open(self) -> tuple[Rollback, ...]:
        """Those that something will still follow, oldest first."""

    def of_episodes(self, episodes: Sequence[str]) -> tuple[Rollback, ...]:
        """Those of some episodes, oldest first."""

    def of_changes(self, changes: Sequence[int]) -> tuple[Rollback, ...]:
        """Those of some changes, oldest first."""

    def newest(self, most: int, *, service: str = "") -> tuple[Rollback, ...]:
        """Of all services or of one, newest first."""

    def switch(self) -> Switch | None:
        """How the switch stands; None where nobody has touched it."""

    def turn(self, switch: Switch, notices: Sequence[Notice]) -> None:
        """Append a turn of the switch."""
