"""Nouns of courses: how the budget of one SLO went, instant by instant and hour by hour."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from leadline.ports.message import Instant, Message

LONGEST_HOURS = 28 * 24
"""How far back a course can be asked for."""


class ShowCourse(Message):
    """How the budget stood at steps of a stretch of time."""

    name: str
    at: Instant | None = None
    """The end of it; by default now, less the time a source is given to settle."""
    hours: int = Field(default=LONGEST_HOURS, ge=1, le=LONGEST_HOURS)
    """How far it reaches back."""


class CoursePoint(Message):
    """How the budget stood at one instant, over the window that ended (or ran) there."""

    at: datetime
    remaining: float | None
    """Null where it had no value."""
    level: str


class SloCourse(Message):
    """The budget of each objective of an SLO, oldest point first; the last is `at`."""

    at: datetime
    name: str
    start: datetime
    objectives: dict[str, tuple[CoursePoint, ...]]


class Grain(StrEnum):
    """What one row of counts covers."""

    HOUR = "hour"
    SLICE = "slice"


class StretchState(StrEnum):
    """What is known of a stretch."""

    MEASURED = "measured"
    NO_TRAFFIC = "no_traffic"
    """Seen, and nothing happened."""
    NO_DATA = "no_data"
    """Fewer than half of its slices were seen, so that there is no burn rate."""
    EXCLUDED = "excluded"
    """Corrections take all of it out."""
    NOT_EXPECTED = "not_expected"
    """Before the objective's birth, or outside business hours."""


class ShowSlices(Message):
    """What was counted in each hour, or each slice, of a stretch of time."""

    name: str
    at: Instant | None = None
    hours: int = Field(default=LONGEST_HOURS, ge=1, le=LONGEST_HOURS)
    """How far back; no more than 48 where each slice is asked for."""
    grain: Grain = Grain.HOUR


class StretchFigures(Message):
    """What was counted in [start, end), corrections applied; events, or slices where time slices are budgeted."""

    start: datetime
    end: datetime
    state: StretchState
    bad: float | int
    total: float | int
    seen: int
    expected: int
    burn: float | None
    """Null without traffic or data, and where an objective of 100 % was missed."""
    corrected: bool
    """Corrections make it count otherwise than measured."""


class SloSlices(Message):
    """Each measured objective of an SLO, oldest stretch first; a composite has no counts and is not there."""

    at: datetime
    name: str
    start: datetime
    objectives: dict[str, tuple[StretchFigures, ...]]


class ShowBurns(Message):
    """Burn rates of the last hours, against what the alerts of the tier ask."""

    name: str
    at: Instant | None = None
    minutes: int = Field(default=180, ge=10, le=720)
    """How far back."""


class BurnPoint(Message):
    """Burn rates at one instant, by window; null where there is none."""

    at: datetime
    burn: dict[str, float | None]


class TierLimit(Message):
    """One window of a condition, and the burn rate that must be exceeded in it."""

    window: str
    factor: float


class Suspension(StrEnum):
    """Why a condition cannot hold now, and need not: a window of it expects no slice."""

    HOURS = "outside business hours"
    CORRECTION = "taken out by a correction"


class TierStanding(Message):
    """A condition of the tier's alerts, and whether all of it holds."""

    limits: tuple[TierLimit, ...]
    action: str
    is_reachable: bool
    """False: with everything bad the burn rate would not exceed the factor."""
    is_met: bool | None
    """Whether every burn rate exceeds its factor now; null where one has no value."""
    suspended: Suspension | None
    """Null where every window expects slices; else `is_met` is null, and nothing is amiss."""
    met_since: datetime | None
    """First instant looked at from which on it was met without a break; null where it is not."""


class ObjectiveBurns(Message):
    """One objective."""

    points: tuple[BurnPoint, ...]
    conditions: tuple[TierStanding, ...]
    gone_at: datetime | None
    """When nothing is left if the budget burns on as in the last hour and nothing ages out; null: see `gone_reason`."""
    gone_reason: str


class SloBurns(Message):
    """Burn rates of each objective of an SLO, oldest first; the last point is `at`."""

    at: datetime
    name: str
    objectives: dict[str, ObjectiveBurns]
