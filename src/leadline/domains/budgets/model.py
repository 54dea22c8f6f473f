"""Nouns of budgets: what is asked for, and the figures that come back; the shapes here are the published JSON."""

from __future__ import annotations

from datetime import datetime

from leadline.ports.message import Instant, Message


class ShowStatus(Message):
    """Judge objectives at one instant."""

    at: Instant | None = None
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
    hours: str | None
    """Business hours: slices outside of them count nowhere. Null where every hour counts."""


class BudgetFigures(Message):
    """The error budget: `allowed_bad` in events (or slices), `consumed` and `remaining` as shares of it."""

    allowed_bad: float | None
    consumed: float | None
    remaining: float | None
    """1 - consumed, signed: -1.75 means that the budget was spent 2.75 times."""


class Figures(Message):
    """What was counted; events, or slices where time slices are budgeted."""

    good: float | int | None
    bad: float | int | None
    total: float | int | None
    """Null for a composite alone, which has shares of error and no events."""
    sli: float | None
    coverage: float | None
    budget: BudgetFigures


class BracketFigures(Message):
    """
    A latency whose limit lies between two buckets: the truth is between `low` and `high`.

    The figures beside are the worse ones: they take every event between the two buckets for bad.
    """

    buckets: tuple[str, ...]
    """Limit and neighbours, such as `0.25 < 0.3 < 0.5`; several where the buckets changed."""
    sli_low: float | None
    sli_high: float | None
    bad_low: float | int
    bad_high: float | int
    """Fewest and most bad events: `bad_high` goes with `sli_low`."""
    remaining_low: float | None
    remaining_high: float | None
    level_low: str
    level_high: str
    """Where they differ the level is unknown."""
    note: str


class GroupStatus(Figures):
    """One leaf of an SLO with groups."""

    labels: dict[str, str]
    level: str
    reason: str
    bracket: BracketFigures | None = None


class RawFigures(Figures):
    """The same as measured, before corrections."""

    level: str


class ComponentStatus(Message):
    """One component, over the composite's window."""

    slo: str
    weight: float
    error: float | None
    """Share of bad events; what is not lived is good as expected."""
    coverage: float | None
    level: str
    """Against its own objective."""
    remaining: float | None
    """Of its own budget."""
    is_missing: bool
    """Missing or late: the composite's policy says what it stands for."""
    reason: str


class CompositeFigures(Message):
    """What a composite is made of."""

    kind: str
    on_missing: str
    components: tuple[ComponentStatus, ...]


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
    short_reason: str
    """The reason without burn rates and counts that have no value, for where a dash says enough."""


class SloStatus(Figures, SloVerdict):
    """One objective at one instant; the bases stand in this order so that JSON begins with the verdict."""

    burn: dict[str, float | None]
    burn_windows: tuple[str, ...]
    """Those windows of `burn` that the alerts of its tier look at, shortest first."""
    is_simulated: bool = False
    """Slices of it (of one of its components) were simulated into this database."""
    groups: tuple[GroupStatus, ...] = ()
    raw: RawFigures | None = None
    bracket: BracketFigures | None = None
    """Null unless events of the window lie between two buckets of a histogram."""
    composite: CompositeFigures | None = None
    """Null for an objective that is measured itself."""


class Status(Message):
    """Every objective asked for, at one instant."""

    at: datetime
    slos: tuple[SloStatus, ...]
    warnings: tuple[str, ...] = ()
    """Of a running server: an edit of the handbook that is not in force, sources that did not answer."""


class ShowSlo(Message):
    """Everything about one SLO."""

    name: str
    at: Instant | None = None


class BurnDownPoint(Message):
    """How much of the budget was left at an instant of the window; null where it has no value."""

    at: datetime
    remaining: float | None
    bad: float | int | None
    total: float | int | None
    """Since the point before; null for a composite, which has no counts."""
    seen: int
    """Slices seen since the point before; of a composite, of the component seen least."""


class Ageing(Message):
    """Bad events that leave the window in (start, end]."""

    start: datetime
    end: datetime
    bad: float | int


class Outlook(Message):
    """What ages out as the window moves on by the hour, if nothing further fails and the traffic stays as expected."""

    ages_out_next_day: float | int
    """Bad events that leave the window within 24 hours."""
    ageing: tuple[Ageing, ...]
    """The same by day, counted from the instant; days on which nothing leaves are left out."""
    recovers_at: datetime | None
    """First instant at which more is left than the share that counts as depleted: 5 % unless a policy says else."""
    reason: str
    """Why it is null: that much is left now, or nobody knows."""


class AppliedCorrection(Message):
    """One interval of a correction that has a part in the window."""

    name: str
    mode: str
    start: datetime
    end: datetime
    applies_to: tuple[str, ...]
    reason: str
    approver: str
    is_announced_in_time: bool
    """False: agreements count it as measured."""


class CommitmentStatus(Figures):
    """What an agreement commits to, over the objective's window, with the corrections that apply to agreements."""

    agreement: str
    party: str
    commitment: str
    slo: str
    """The objective whose slices and window it is counted by."""
    target: float | None
    state: str
    """kept, broken or unknown."""
    reason: str
    late: tuple[str, ...]
    """Corrections that were announced too late to count here."""


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
    """SLI and source are empty for a composite."""
    queries: dict[str, str]
    budgeting: str
    place: str
    """File and line of its definition."""
    objectives: tuple[SloStatus, ...]
    burn_down: dict[str, tuple[BurnDownPoint, ...]]
    """By objective."""
    outlook: dict[str, Outlook]
    """By objective; a composite has none, since its bad events are those of its components."""
    corrections: tuple[AppliedCorrection, ...]
    """Those that have a part in the window of an objective."""
    agreements: tuple[CommitmentStatus, ...]
    """Commitments to others that the SLO protects."""
    collected_until: datetime | None
    inconsistent_slices: int


class ShowHistory(Message):
    """Every revision of one SLO, and how its budget stands under each."""

    name: str
    at: Instant | None = None
    """The instant at which the budget is judged; by default now."""


class RevisedValue(Message):
    """One key that a revision changed; null where it was not there."""

    key: str
    before: str | None
    after: str | None


class SloRevision(Message):
    """One wording of an SLO."""

    number: int
    """From 1, in the order in which they were recorded."""
    seen_at: datetime
    effective_at: datetime
    """From when on it holds; before the first revision, the first holds."""
    sha256: str
    is_recorded: bool
    """False: it stands in the handbook, and no command that writes has met it yet."""
    is_in_force: bool
    changes: tuple[RevisedValue, ...]
    objectives: tuple[SloStatus, ...]
    """The budget at the instant asked for, had this revision held; empty when it no longer fits the handbook."""
    reason: str = ""
    """Why there is no budget under it."""


class SloHistory(Message):
    """The revisions of one SLO, oldest first."""

    at: datetime
    name: str
    revisions: tuple[SloRevision, ...]
