"""Nouns of overviews: what needs someone now, every objective in a row, and what services and teams have of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from leadline.domains.budgets.course_model import CoursePoint
from leadline.domains.budgets.model import CommitmentStatus, SloStatus
from leadline.ports.message import Instant, Message

MOST_ROWS = 100
Counts = dict[str, int]
"""Level → how many objectives stand there; levels at which none stands are left out."""


class NeedKind(StrEnum):
    """Why something needs someone."""

    BURNING = "burning"
    """An alert of its tier that pages holds."""
    DEPLETED = "depleted"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


class ShowNeeds(Message):
    """What needs someone now, most urgent first."""

    at: Instant | None = None
    """The instant; by default now, less the time a source is given to settle."""
    service: str | None = None
    team: str | None = None
    most: int = Field(default=10, ge=1, le=MOST_ROWS)


class BurnLimit(Message):
    """One window of an alert that holds."""

    window: str
    rate: float
    factor: float


class Need(Message):
    """One thing that needs someone."""

    kind: NeedKind
    level: str
    slos: tuple[str, ...]
    """One objective; several where a service cannot tell of them for one reason."""
    name: str
    """Display name of the first."""
    service: str
    team: str | None
    remaining: float | None
    bad: float | int | None
    allowed_bad: float | None
    limits: tuple[BurnLimit, ...]
    """Of the alert that holds; empty unless it burns."""
    action: str
    """What that alert does."""
    reason: str
    since: datetime | None = None
    """Since when it stands at its level, as the turns of a server found it; null where none has, or it is the past."""


class Needs(Message):
    """What needs someone, how much there is of it, and how everything stands."""

    at: datetime
    needs: tuple[Need, ...]
    total: int
    """Also of what is not told."""
    counts: Counts
    objectives: int
    simulated: int
    """Objectives whose slices were simulated into this database."""


class ShowOverview(Message):
    """Objectives by service, in the order of the handbook, a page at a time."""

    at: Instant | None = None
    service: str | None = None
    level: str = ""
    """Only those that stand at it."""
    after: int = Field(default=0, ge=0)
    """How many to pass over."""
    most: int = Field(default=MOST_ROWS, ge=1, le=MOST_ROWS)


class Promise(Message):
    """What an objective promises, as the handbook says it."""

    target: str
    """Share of good events, as written."""
    op: str | None = None
    """lt, lte, gt or gte, of a gauge; `value` goes with it."""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    """Both of a band."""
    between_failures: str | None = None
    """Least mean time between failures, such as 24h; the target is then what follows from it."""


class BurnMark(Message):
    """How fast the budget burns over one window, and whether the alerts of the tier mind."""

    window: str
    rate: float | None
    mark: str
    """`page`, `ticket` or empty."""


class OverviewRow(Message):
    """One objective."""

    status: SloStatus
    """Without its groups."""
    promise: Promise
    burn: tuple[BurnMark, ...]
    """Over 5 minutes, an hour and a day."""
    course: tuple[CoursePoint, ...]
    """What was left on each of the last 28 days, and now."""
    recovers_at: datetime | None
    """When a depleted budget is back, if nothing further fails; null for any other."""


class Overview(Message):
    """A page of objectives."""

    at: datetime
    rows: tuple[OverviewRow, ...]
    total: int
    """Objectives that were asked for, on all pages."""
    following: int | None
    """`after` of the next page; null on the last."""


class ListServices(Message):
    """Every service and how its objectives stand."""

    at: Instant | None = None


class ServiceSummary(Message):
    """One service."""

    name: str
    display_name: str
    tier: int | None
    team: str | None
    counts: Counts
    needs: int


class Services(Message):
    """In the order of the handbook."""

    at: datetime
    services: tuple[ServiceSummary, ...]


class ShowService(Message):
    """What one service promises, to whom, and where its figures come from."""

    name: str
    at: Instant | None = None


class SourceStatus(Message):
    """A source of a service's slices."""

    name: str
    type: str
    slis: int
    collected_until: datetime | None
    """Up to when all of its SLIs are known; null when one was never collected."""
    behind_seconds: int | None
    """How far that is behind the instant."""


class CompositeOfService(Message):
    """A composite that the service's objectives are part of."""

    name: str
    display_name: str
    level: str
    remaining: float | None


class ServiceDetail(Message):
    """One service."""

    at: datetime
    summary: ServiceSummary
    description: str
    team_name: str
    composites: tuple[CompositeOfService, ...]
    agreements: tuple[CommitmentStatus, ...]
    sources: tuple[SourceStatus, ...]


class ListTeams(Message):
    """Every team and how the objectives of its services stand."""

    at: Instant | None = None


class ShowTeam(Message):
    """One team."""

    name: str
    at: Instant | None = None


class TeamDetail(Message):
    """One team: how to reach it, and its services."""

    name: str
    display_name: str
    contacts: dict[str, str]
    services: tuple[ServiceSummary, ...]
    counts: Counts
    needs: int


class Teams(Message):
    """In the order of the handbook."""

    at: datetime
    teams: tuple[TeamDetail, ...]


class FindNames(Message):
    """Objectives, services and teams whose name or id holds every word."""

    q: str = Field(default="", max_length=200)
    most: int = Field(default=20, ge=1, le=MOST_ROWS)


class FoundName(Message):
    """One of them."""

    kind: str
    """objective, service or team."""
    name: str
    display_name: str
    within: str
    """The service of an objective, the team of a service."""


class FoundNames(Message):
    """Services and teams first, then objectives, in the order of the handbook."""

    found: tuple[FoundName, ...]
    total: int
