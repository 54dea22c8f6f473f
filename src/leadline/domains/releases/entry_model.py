"""Nouns of changes and incidents: what is asked for, and what comes back; the shapes here are the published JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from leadline.ports.entries import IncidentSeverity
from leadline.ports.message import Instant, Message

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
"""What somebody must have written."""
Number = Annotated[int, Field(ge=1, le=2**53)]
"""Which of those that the record has counted up."""
Kind = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=80)]
"""Kind of change; a hyphen is read as an underscore."""


class RecordChange(Message):
    """Write down a change, or the end of one."""

    service: str
    kind: Kind
    ref: Said
    started: Instant | None = None
    """By default now; with `finished` alone, that of the change under way with this service, kind and ref."""
    finished: Instant | None = None
    fixes: tuple[Number, ...] = ()
    """Numbers of the open incidents that it is to end."""
    source: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]*$", max_length=40)] = "api"
    who: Said | None = None
    """By default who asks, and no other where a token is needed."""


class ListChanges(Message):
    """Changes that began in a time."""

    service: str | None = None
    start: Instant | None = None
    """By default a week before the end."""
    end: Instant | None = None
    """By default now."""
    most: Annotated[int, Field(ge=1, le=1000)] = 100
    """The newest so many of them."""


class ShownChange(Message):
    """One change."""

    id: int
    service: str
    kind: str
    ref: str
    started_at: datetime
    finished_at: datetime | None
    """Null while it is under way, or where nobody told its end."""
    source: str
    who: str
    recorded_at: datetime
    fixes: tuple[int, ...]


class ShownChanges(Message):
    """Changes that began in [start, end], newest first."""

    start: datetime
    end: datetime
    changes: tuple[ShownChange, ...]


class RecordIncident(Message):
    """Write down an incident."""

    title: Said
    service: str
    slos: tuple[str, ...] = ()
    """Empty for all of the service."""
    severity: IncidentSeverity = IncidentSeverity.SEV_3
    started: Instant | None = None
    """By default now."""
    finished: Instant | None = None
    """Where it is over already."""
    who: Said | None = None
    """By default who asks, and no other where a token is needed."""


class ListIncidents(Message):
    """Incidents that held at some time of a span."""

    service: str | None = None
    start: Instant | None = None
    """By default four weeks before the end."""
    end: Instant | None = None
    """By default now."""
    open: bool = False
    """Only those that are not over."""


class EndIncident(Message):
    """Say that an incident is over."""

    id: Number
    finished: Instant | None = None
    """By default now."""
    who: Said | None = None
    """By default who asks, and no other where a token is needed."""


class ShownIncident(Message):
    """One incident."""

    id: int
    title: str
    service: str
    slos: tuple[str, ...]
    severity: IncidentSeverity
    started_at: datetime
    finished_at: datetime | None
    """Null while it is open."""
    who: str
    recorded_at: datetime


class ShownIncidents(Message):
    """Incidents that held at some time of [start, end], newest first."""

    start: datetime
    end: datetime
    incidents: tuple[ShownIncident, ...]
