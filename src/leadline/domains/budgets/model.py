"""Nouns of budgets: what is asked for, and the figures that come back; the shapes here are the published JSON."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime

from leadline.ports.message import Message


class ShowStatus(Message):
    """Judge objectives at one instant."""

    at: AwareDatetime | None = None
    """The instant; by default now, less the time a source is given to settle."""
    slos: tuple[str, ...] = ()
    """Ids or names of SLOs; all when empty."""
    service: str | None = None


class WindowFigures(Message):
    """The window an objective is judged over."""

    kind: str
    duration: str
    start: datetime
    end: datetime


class BudgetFigures(Message):
    """The error budget: `allowed_bad` in events (or slices), `consumed` and `remaining` as shares of it."""

    allowed_bad: float | None
    consumed: float | None
    remaining: float | None
    """1 - consumed, signed: -1.75 means that the budget was spent 2.75 times."""


class Figures(Message):
    """What was counted; events, or slices where time slices are budgeted."""

    good: float | int
    bad: float | int
    total: float | int
    sli: float | None
    coverage: float | None
    budget: BudgetFigures


class GroupStatus(Figures):
    """One leaf of an SLO with groups."""

    labels: dict[str, str]
    level: str
    reason: str


class RawFigures(Figures):
    """The same as measured, before corrections."""

    level: str


class SloVerdict(Message):
    """Which objective, over which window, and how it stands."""

    slo: str
    name: str
    service: str
    tier: int | None
    objective: float
    """The target as written."""
    window: WindowFigures
    level: str
    reason: str


class SloStatus(Figures, SloVerdict):
    """One objective at one instant; the bases stand in this order so that JSON begins with the verdict."""

    burn: dict[str, float | None]
    groups: tuple[GroupStatus, ...] = ()
    raw: RawFigures | None = None


class Status(Message):
    """Every objective asked for, at one instant."""

    at: datetime
    slos: tuple[SloStatus, ...]


class ShowSlo(Message):
    """Everything about one SLO."""

    name: str
    at: AwareDatetime | None = None


class BurnDownPoint(Message):
    """How much of the budget was left at an instant of the window; null where it has no value."""

    at: datetime
    remaining: float | None
    bad: float | int
    total: float | int
    seen: int
    """Slices seen since the point before."""


class SloDetail(Message):
    """One SLO document: each of its objectives, how it is measured, and the way its budget went."""

    at: datetime
    name: str
    display_name: str
    description: str
    service: str
    team: str | None
    sli: str
    source: str
    queries: dict[str, str]
    budgeting: str
    place: str
    """File and line of its definition."""
    objectives: tuple[SloStatus, ...]
    burn_down: dict[str, tuple[BurnDownPoint, ...]]
    """By objective."""
    collected_until: datetime | None
    inconsistent_slices: int
