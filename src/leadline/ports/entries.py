"""
Entries: what happened to services while their slices were counted, as people and pipelines tell it.

Nothing is edited: an end is added to what it ends. What a method has returned from survives `kill -9`. Ids are counted
up by the record, for changes and incidents apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from leadline.core.windows import Span


class IncidentSeverity(StrEnum):
    """How bad an incident is, worst first."""

    SEV_1 = "sev-1"
    SEV_2 = "sev-2"
    SEV_3 = "sev-3"
    SEV_4 = "sev-4"


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was changed about a service, such as a deployment."""

    service: str
    kind: str
    """As the budget policy names it, such as `feature`."""
    ref: str
    """What was changed to: a commit, a version, a ticket."""
    started_at: int
    """Epoch seconds."""
    finished_at: int | None
    """None while it is under way, or where nobody told its end."""
    source: str
    """Who told it: `cli`, `api`, `github`, `cloudevents`, …"""
    who: str
    recorded_at: int
    fixes: tuple[int, ...] = ()
    """Ids of the incidents that it is to end."""
    id: int = 0
    """Counted up by the record; 0 until then."""


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that hurt a service."""

    title: str
    service: str
    slos: tuple[str, ...]
    """Ids of the SLOs that it concerns; empty for all of the service."""
    severity: IncidentSeverity
    started_at: int
    """Epoch seconds."""
    finished_at: int | None
    """None while it is open."""
    who: str
    recorded_at: int
    id: int = 0
    """Counted up by the record; 0 until then."""

    @property
    def is_open(self) -> bool:
        return self.finished_at is None


@dataclass(frozen=True, slots=True)
class End:
    """When a change or an incident was over, and who told it."""

    at: int
    who: str
    recorded_at: int


class Entries(Protocol):
    """Changes and incidents."""

    def add_change(self, change: Change) -> Change:
        """
        Append one; returns it with its id.

        One of the same service, kind, ref and start is the same, told again: it is returned as it stands, and a finish
        that it did not have is appended.
        """

    def end_change(self, number: int, end: End) -> Change:
        """
        Append the end of one.

        Raises:
            NotFound: there is none of that id.
            RecordError: it has ended before.
        """

    def change(self, number: int) -> Change:
        """
        One of them.

        Raises:
            NotFound: there is none of that id.
        """

    def changes(self, services: Sequence[str] | None, began: Span) -> tuple[Change, ...]:
        """Those of some services, or of all (None), that began in [start, end), oldest first."""

    def add_incident(self, incident: Incident) -> Incident:
        """Append one; returns it with its id."""

    def end_incident(self, number: int, end: End) -> Incident:
        """
        Append the end of one.

        Raises:
            NotFound: there is none of that id.
            RecordError: it has ended before.
        """

    def incidents(self, services: Sequence[str] | None, during: Span) -> tuple[Incident, ...]:
        """Those of some services, or of all (None), that held at some time of [start, end), oldest first."""
