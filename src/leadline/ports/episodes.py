"""
Episodes: each life of an alert, from when its condition held until it was over, in events that are only added.

What changed at one evaluation (episodes, levels, and the notices that tell people of them) is written in one
transaction, or not at all where somebody else has written meanwhile. What `append` has returned from survives
`kill -9`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from leadline.core.alert_tiers import AlertAction, Severity
from leadline.ports.levels import LevelChange
from leadline.ports.outbox import Notice


class EpisodeKind(StrEnum):
    """What an episode is of."""

    BURN = "burn"
    """An objective burns its budget faster than a tier of its strategy allows."""
    SILENCE = "silence"
    """Nothing is heard of an SLI."""


class EpisodeState(StrEnum):
    """How far an episode has come."""

    PENDING = "pending"
    """The condition holds, not yet for as long as the tier wants."""
    FIRING = "firing"
    RESOLVED = "resolved"


class Ending(StrEnum):
    """How an episode ended."""

    RECOVERED = "recovered"
    """The condition was seen not to hold."""
    LOST = "lost"
    """It could not be told any longer, which is not to say that all was well."""
    SUSPENDED = "suspended"
    """A correction or business hours left nothing to look at."""
    WITHDRAWN = "withdrawn"
    """The handbook has no such alert any longer."""


class EventKind(StrEnum):
    """What happens to an episode."""

    FIRED = "fired"
    TOLD = "told"
    """People are told of it from now on; what a more severe alert of the same objective says already is not."""
    ACKNOWLEDGED = "acknowledged"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class WindowBurn:
    """One window of a tier as it fired."""

    seconds: int
    rate: float | None
    """Burn rate; None where nothing may fail and something did."""
    factor: float
    """That it exceeded; of a trickle tier, reached."""
    bad: float | None
    total: float | None
    """Events; None for a composite, which counts none."""


@dataclass(frozen=True, slots=True)
class EpisodeEvent:
    """Something that happened to an episode."""

    thread: str
    at: int
    kind: EventKind
    ending: Ending | None = None
    """Of an end."""
    text: str = ""
    """Why it ended, or who acknowledged it."""
    windows: tuple[WindowBurn, ...] = ()
    """When it fired."""
    groups: Mapping[str, float] = field(default_factory=dict)
    """When it fired: groups of the objective above the factor of the longest window, with their burn rates over it."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One life of one alert; all instants are epoch seconds of evaluations."""

    thread: str
    """Of no other episode; what its notices have in common."""
    kind: EpisodeKind
    subject: str
    """Id of the objective; of a silence, of the SLI."""
    tier: str
    """Name in its strategy; of a silence `silent`."""
    strategy: str
    severity: Severity
    action: AlertAction
    service: str
    team: str
    service_tier: int | None
    began_at: int
    """When its condition was first seen to hold."""
    id: int = 0
    """0 before it is written."""
    fired_at: int | None = None
    told_at: int | None = None
    acknowledged_at: int | None = None
    acknowledged_by: str = ""
    ended_at: int | None = None
    ending: Ending | None = None
    why: str = ""
    """Of the end; of a silence that goes on, what is known of it."""
    windows: tuple[WindowBurn, ...] = ()
    groups: Mapping[str, float] = field(default_factory=dict)

    @property
    def state(self) -> EpisodeState:
        if self.ended_at is not None:
            return EpisodeState.RESOLVED
        return EpisodeState.PENDING if self.fired_at is None else EpisodeState.FIRING

    def after(self, event: EpisodeEvent) -> Episode:
        """The episode once this has happened."""
        if event.kind is EventKind.FIRED:
            fired = replace(self, fired_at=event.at, windows=event.windows, groups=event.groups)
            return replace(fired, why=event.text or self.why)
        if event.kind is EventKind.TOLD:
            return replace(self, told_at=event.at)
        if event.kind is EventKind.ACKNOWLEDGED:
            return replace(self, acknowledged_at=event.at, acknowledged_by=event.text)
        return replace(self, ended_at=event.at, ending=event.ending, why=event.text)


Mark = tuple[int, int]
"""What tells how much was written: the newest event of an episode, and the newest change of a level."""


@dataclass(frozen=True, slots=True)
class Known:
    """What an evaluation decides from."""

    mark: Mark
    open: tuple[Episode, ...]
    """Episodes that have not ended, oldest first."""


@dataclass(frozen=True, slots=True)
class Round:
    """Everything that one evaluation found to be new."""

    at: int
    begun: Sequence[Episode] = ()
    """As they began; what happened to them since is among the events."""
    events: Sequence[EpisodeEvent] = ()
    levels: Sequence[LevelChange] = ()
    notices: Sequence[Notice] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.begun or self.events or self.levels or self.notices)


class Episodes(Protocol):
    """Alerts that hold, and those that held."""

    def known(self) -> Known:
        """What has not ended; read it in the snapshot in which what is compared with it is read."""

    def open(self) -> tuple[Episode, ...]:
        """Episodes that have not ended, oldest first."""

    def append(self, round_: Round, mark: Mark) -> bool:
        """Write all of a round in one transaction; False, and nothing, where the mark is not the newest any longer."""

    def acknowledge(self, number: int, at: int, who: str) -> Episode:
        """
        Say that somebody looks after an episode.

        Raises:
            NotFound: there is no such episode.
            RecordError: it has ended, or somebody does already.
        """

    def find(self, number: int) -> Episode:
        """
        One episode.

        Raises:
            NotFound: there is no such episode.
        """

    def history(
        self, most: int, *, before: int | None = None, service: str = "", subjects: Sequence[str] = ()
    ) -> tuple[Episode, ...]:
        """Episodes, those that began last first: all, or of one service, or of some objectives and SLIs."""
