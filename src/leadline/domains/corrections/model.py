"""Nouns of corrections: what is asked for, and what comes back; the shapes here are the published JSON."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import ConfigDict, StringConstraints
from pydantic.alias_generators import to_camel

from leadline.ports.message import Instant, Message

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
"""What somebody must have written."""


class AddCorrection(Message):
    """Record intervals that count otherwise than measured; instants are text, so that they can be local to a zone."""

    slos: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    start: str
    end: str | None = None
    duration: str | None = None
    recurrence: str | None = None
    zone: str | None = None
    until: str | None = None
    mode: Literal["exclude", "good", "bad"]
    applies_to: tuple[Literal["slo", "agreement"], ...] = ("agreement",)
    reason: Said
    approver: Said
    announced_at: str | None = None
    """With a notice, by default now."""
    notice: str | None = None


class ListCorrections(Message):
    """The corrections in force, of the handbook and recorded."""

    at: Instant | None = None
    active: bool = False
    """Only those that hold at the instant."""
    removed: bool = False
    """Also those that were recorded and removed."""


class RemoveCorrection(Message):
    """Take back a recorded correction; both stay in the record."""

    name: str
    reason: Said
    who: Said | None = None
    """Who takes it back; by default who asks, and no other where a token is needed."""


class ShowSilences(Message):
    """Maintenance that holds or is to come, as silences of Alertmanager."""

    at: Instant | None = None
    active: bool = False


class ShowMaintenance(Message):
    """Whether maintenance holds, for each objective."""

    at: Instant | None = None
    active: bool = False


class State(StrEnum):
    """Where an instant lies to the intervals of a correction."""

    ACTIVE = "active"
    UPCOMING = "upcoming"
    PAST = "past"
    REMOVED = "removed"
    """It was taken back, and holds nowhere."""


class ShownCorrection(Message):
    """One correction, as of an instant."""

    name: str
    place: str
    """File and line, or `recorded`."""
    state: State
    start: datetime
    end: datetime
    """Of the interval that holds, else of the next, else of the last."""
    slos: tuple[str, ...]
    services: tuple[str, ...]
    mode: str
    applies_to: tuple[str, ...]
    recurrence: str | None
    zone: str | None
    until: datetime | None
    reason: str
    approver: str
    announced_at: datetime | None
    notice_seconds: int
    is_announced_in_time: bool
    """Of this interval; where it is not, agreements count it as measured."""
    removed_at: datetime | None = None
    removed_by: str | None = None
    removal_reason: str | None = None
    """Null while it is in force."""


class ShownCorrections(Message):
    """Corrections in force, as of an instant."""

    at: datetime
    corrections: tuple[ShownCorrection, ...]


class Removed(Message):
    """What was taken back."""

    name: str


class _Alertmanager(Message):
    """In the words of Alertmanager's API, version 2."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True
    )


class Matcher(_Alertmanager):
    """A label that an alert must carry."""

    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True


class Silence(_Alertmanager):
    """One silence."""

    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    created_by: str
    comment: str


class Silences(Message):
    """Silences for every interval of maintenance that holds or comes next."""

    at: datetime
    silences: tuple[Silence, ...]


class MaintenanceSample(Message):
    """One objective under one correction."""

    slo: str
    service: str
    correction: str
    is_active: bool


class Maintenance(Message):
    """Maintenance that holds or is to come, by objective."""

    at: datetime
    samples: tuple[MaintenanceSample, ...]
