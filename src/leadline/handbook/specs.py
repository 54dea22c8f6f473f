"""
The handbook as the inside sees it: typed, frozen, references resolved, defaults filled in.

What a YAML document may contain is said in `handbook/documents.py`; how one becomes the other, in `handbook/loader.py`.
Over 300 lines because the nouns of one handbook are read together, and the cache lets in nothing but these and core's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from leadline.core.alert_tiers import AlertAction, AlertTier, LowTraffic, Severity
from leadline.core.budgets import BudgetingMethod, BudgetTerms, LevelThresholds
from leadline.core.composites import CompositeKind, OnMissing
from leadline.core.hours import BusinessHours
from leadline.core.policies import OnUnknown, Rules, Verdict
from leadline.core.scenarios import Scenario
from leadline.core.terms import Level
from leadline.core.time_slices import slice_unit

BUCKETS = "leadline_buckets"
"""Label of `Sli.between` alone: limit and neighbours, as in `0.25 < 0.3 < 0.5`."""
PROMETHEUS_LIKE = ("prometheus", "thanos", "mimir", "cortex", "victoriametrics")
"""Types of DataSource that speak the Prometheus HTTP API and PromQL."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document stands, for messages."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class DataSource:
    """Something that answers queries (`prometheus`) or is told slices (`push`)."""

    name: str
    type: str
    connection: Mapping[str, object]
    """`connectionDetails` as written; each adapter reads its own keys."""
    place: Place


@dataclass(frozen=True, slots=True)
class Query:
    """One query and the data source that answers it."""

    text: str
    source: str
    """Name of a DataSource."""


@dataclass(frozen=True, slots=True)
class RatioMeasure:
    """Events: exactly one of `bad` and `good`, and `total`."""

    total: Query
    bad: Query | None
    good: Query | None
    counter: bool


@dataclass(frozen=True, slots=True)
class RawMeasure:
    """A ratio between 0 and 1 that somebody else computed, one sample a slice."""

    query: Query
    success: bool
    """True: the ratio is of good events; False: of bad ones."""


@dataclass(frozen=True, slots=True)
class ThresholdMeasure:
    """A gauge, compared by each objective with its own limit, one sample a slice."""

    query: Query


Measure = RatioMeasure | RawMeasure | ThresholdMeasure


@dataclass(frozen=True, slots=True)
class Limit:
    """When a sample of a gauge is good: `op` and `value`, or inside the band [low, high]."""

    op: str | None = None
    """One of lt, lte, gt, gte."""
    value: float | None = None
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        return f"{self.op}{self.value:g}" if self.op else f"{self.low:g}..{self.high:g}"


@dataclass(frozen=True, slots=True)
class Sli:
    """What is measured."""

    id: str
    """Unique; the name under which slices are pushed, imported and kept."""
    description: str
    measure: Measure | None
    """None for an SLI whose slices are pushed: nothing is asked."""
    source: str
    """Name of the DataSource; its name is the `writer` of collected slices."""
    group_by: tuple[str, ...]
    quantum: Fraction
    """Events that one unit in the ledger stands for."""
    is_inline: bool
    place: Place
    only_when: str | None = None
    """Demand condition in the source's language; slices where it does not hold are no_traffic."""
    failures: Query | None = None
    """
    Annotation `leadline/failures`: counter of failures of a ratio SLI whose events are minutes. An objective with a
    mean time between failures then reads bad = failures and total = good minutes, in a series of its own (`id@mtbf`),
    so that one SLI can serve an uptime objective too. None: the SLI's own bad and total are failures and up-minutes.
    """
    may_be_between: bool = True
    """
    Annotation `leadline/offBoundary`: a limit between two buckets is measured by both (`bracket`, the default), and the
    events between them stand in the ledger under `between`; or it is refused.
    """

    @property
    def between(self) -> str:
        """Id in the ledger of the events between two buckets: `bad` counts what is bad by the worse one alone."""
        return f"{self.id}@between"


@dataclass(frozen=True, slots=True)
class Slo:
    """One objective: an SLO document with several objectives is several of these."""

    id: str
    """`name`, or `name/N` (from 1) where the document has several objectives."""
    name: str
    display_name: str
    description: str
    service: str
    tier: int | None
    team: str | None
    sli: Sli
    series: str
    """Id in the ledger: the SLI's id; for a gauge the limit as well, `id@gt50`; for MTBF with `failures`, `id@mtbf`."""
    limit: Limit | None
    target_text: str
    """The target as written in the handbook."""
    terms: BudgetTerms
    is_mtbf: bool
    annotations: Mapping[str, str]
    place: Place
    alerts: tuple[AlertTier, ...] = ()
    """Tiers of its strategy, for its service tier, objective and window; those that it can never meet are left out."""
    strategy: str = ""
    """Name of the AlertStrategy."""
    unreachable: tuple[AlertTier, ...] = ()
    """Tiers of the strategy that were left out."""

    @property
    def unit(self) -> Fraction:
        """Events (or slices) that one integer of an evaluation stands for."""
        is_events = self.terms.method is BudgetingMethod.OCCURRENCES
        return self.sli.quantum if is_events else Fraction(1, slice_unit(self.terms))


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a composite."""

    slo: str
    """Id of an SLO or of a composite."""
    weight: Fraction
    """1 unless the composite is weighted."""


@dataclass(frozen=True, slots=True)
class Composite:
    """An objective on other SLOs, each taken over this one's window."""

    slo: Slo
    """What is promised; its SLI is a stand-in that nobody asks and nobody fills."""
    kind: CompositeKind
    on_missing: OnMissing
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    display_name: str
    description: str
    tier: int | None
    team: str | None
    place: Place
    policy: str | None = None
    """Name of its own BudgetPolicy; None: the handbook's."""
    depends_on: tuple[str, ...] = ()
    """Services that it cannot do without."""


@dataclass(frozen=True, slots=True)
class Team:
    name: str
    display_name: str
    contacts: Mapping[str, str]
    place: Place
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Band:
    """Half-open: holds from `at_least` on, below the next higher band."""

    at_least: Decimal
    consequence: str


@dataclass(frozen=True, slots=True)
class Commitment:
    name: str
    slo: str | None
    """Name of the SLO that protects it."""
    sli: str | None
    target: Decimal | None
    description: str
    bands: tuple[Band, ...]
    exclusions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    name: str
    display_name: str
    party: str
    commitments: tuple[Commitment, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class StrategyLimit:
    """One window of a tier, and what is too fast in it; exactly one of the three is there."""

    seconds: int
    factor: Fraction | None = None
    budget_share: Fraction | None = None
    of_seconds: int = 0
    """Window in which that share is spent: this one, or the longer one from which it was taken over."""
    exhaustion_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class StrategyTier:
    """A tier before it is known for which objective."""

    name: str
    service_tiers: tuple[int, ...]
    """Empty: of all services."""
    limits: tuple[StrategyLimit, ...]
    """Shortest window first."""
    severity: Severity
    action: AlertAction
    low_traffic: LowTraffic | None
    least_bad: int


@dataclass(frozen=True, slots=True)
class AlertStrategy:
    """Which burn rates alert whom; `strategies.tiers_for` makes of it the tiers of one objective."""

    name: str
    description: str
    tiers: tuple[StrategyTier, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Recurrence:
    """When a correction holds again."""

    rule: str
    """Rule of RFC 5545, without UNTIL."""
    zone: str
    """Name of the IANA zone whose local time is repeated."""
    until: int | None
    """Last instant at which an occurrence may begin, epoch seconds."""


@dataclass(frozen=True, slots=True)
class Correction:
    """Intervals whose slices count otherwise than measured; `recurrences.occurrences` tells those of a span."""

    name: str
    slos: tuple[str, ...]
    services: tuple[str, ...]
    start: int
    end: int
    """[start, end) in epoch seconds, multiples of STEP; the first where it recurs, from where its rule is followed."""
    mode: str
    """`exclude`, `good` or `bad`."""
    applies_to: tuple[str, ...]
    """`slo`, `agreement`."""
    reason: str
    approver: str
    place: Place
    """Of one that was recorded, `recorded` and 0."""
    recurrence: Recurrence | None = None
    announced_at: int | None = None
    """Epoch seconds."""
    notice_seconds: int = 0
    """How long before an occurrence it must have been announced for an agreement to leave it out."""


@dataclass(frozen=True, slots=True)
class NotificationTarget:
    """Somewhere people are told."""

    name: str
    display_name: str
    type: str
    connection: Mapping[str, object]
    """`connectionDetails` as written; each adapter has its own keys."""
    place: Place


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When lesser notices wait."""

    days: tuple[int, ...]
    """On which they begin; 0 is Monday."""
    start_minute: int
    end_minute: int
    """Minutes of the day; of the next day where the end is not after the start."""
    zone: str
    severities: frozenset[str]


@dataclass(frozen=True, slots=True)
class NotificationRoute:
    """Which notices go where; an empty set asks nothing."""

    name: str
    services: frozenset[str]
    teams: frozenset[str]
    tiers: frozenset[int]
    severities: frozenset[str]
    kinds: frozenset[str]
    targets: tuple[str, ...]
    quiet: tuple[QuietHours, ...]
    is_default: bool
    """Taken only where no other one is."""
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackPolicy:
    """How changes of some services are rolled back; the values here are those of a service that no policy names."""

    name: str = ""
    services: tuple[str, ...] = ()
    mode: str = "suggest"
    """`suggest` does nothing but tell, `approve` waits for somebody, `auto` rolls back."""
    kinds: frozenset[str] = frozenset()
    """Kinds of change that may be rolled back; empty: all."""
    has_dependencies: bool = False
    """Whether a change of a service that these depend on is looked for where they have none themselves."""
    type: str = ""
    connection: Mapping[str, object] = field(default_factory=dict)
    """`connectionDetails` as written; each adapter has its own keys."""
    is_dry: bool = False
    cool_down_seconds: int = 1800
    most_of_service: int = 1
    most_of_all: int = 3
    """Rollbacks that may begin within an hour, of one service and of all."""
    good_slices: int = 3
    """Slices in a row that must burn less than the budget allows for a rollback to have helped."""
    good_within_seconds: int = 900
    approve_within_seconds: int = 3600
    place: Place = Place("", 0)


@dataclass(frozen=True, slots=True)
class PolicyRole:
    """Who may approve in its name."""

    name: str
    people: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    are_owners: bool = False
    """Members of the team that owns the service hold it."""
    permission: str = ""
    """Whoever has this role of a server, or more, holds it."""
    above: tuple[str, ...] = ()
    """Roles that it may stand in for."""


@dataclass(frozen=True, slots=True)
class DutyTerms:
    """What people are to do once a level is entered."""

    name: str
    text: str
    within_seconds: int = 0
    """From entering the level; 0: at once."""
    every_seconds: int = 0
    """Due again after so long, while the level holds; 0: once."""
    by: tuple[str, ...] = ()
    """Roles."""
    is_only_while_burning: bool = False


@dataclass(frozen=True, slots=True)
class LevelTerms:
    """What a level means to people."""

    posture: str = ""
    tell: tuple[str, ...] = ()
    duties: tuple[DutyTerms, ...] = ()


@dataclass(frozen=True, slots=True)
class Freeze:
    """A time in which changes are denied."""

    name: str
    reason: str
    services: tuple[str, ...]
    """Empty: all whose policy this is."""
    passes: tuple[str, ...]
    """Kinds of change."""
    times: Correction
    """When it holds; of this correction only the times mean something."""


@dataclass(frozen=True, slots=True)
class PolicyCalendar:
    """Hours in which changes are made."""

    name: str
    hours: BusinessHours
    kinds: tuple[str, ...]
    """Empty: all."""
    passes: tuple[str, ...]
    outside: Verdict


@dataclass(frozen=True, slots=True)
class ExceptionTerms:
    """Who lets a change through although the policy does not, and for how long."""

    approvers: Mapping[Level, str]
    grounds: Mapping[str, str]
    lasts_seconds: int
    review_seconds: int


@dataclass(frozen=True, slots=True)
class GlassTerms:
    """For how long a broken glass lets a change through, and when it is looked at again."""

    lasts_seconds: int
    review_seconds: int


@dataclass(frozen=True, slots=True)
class BudgetPolicy:
    """Levels of the budget and what each kind of change needs at each of them."""

    name: str
    thresholds: LevelThresholds
    rules: Mapping[str, Rules]
    """kind of change → level → verdict; a worse level never allows more."""
    place: Place
    on_unknown: OnUnknown = OnUnknown.CLOSED
    has_dependencies: bool = True
    """Objectives of hard dependencies count too."""
    roles: Mapping[str, PolicyRole] = field(default_factory=dict)
    """Every role that the policy names, also those that it does not describe."""
    levels: Mapping[Level, LevelTerms] = field(default_factory=dict)
    checklist: Mapping[str, str] = field(default_factory=dict)
    """Short name → what must be so before an approval counts."""
    checklist_at: tuple[Level, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    calendars: tuple[PolicyCalendar, ...] = ()
    incident_severities: tuple[str, ...] = ()
    incident_kinds: tuple[str, ...] = ()
    """Kinds of change that an open incident of these severities denies."""
    page_kinds: tuple[str, ...] = ()
    """Kinds of change that are denied while an alert pages."""
    exceptions: ExceptionTerms | None = None
    break_glass: GlassTerms | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it entered the record of revisions."""

    kind: str
    name: str
    canonical: str
    """Canonical JSON."""
    sha256: str
    effective_from: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Handbook:
    """Everything that one folder of YAML promises."""

    folder: str
    name: str
    zone: str
    settle: timedelta
    """How long after a slice's end it is asked for (default 2 steps)."""
    services: Mapping[str, Service]
    teams: Mapping[str, Team]
    sources: Mapping[str, DataSource]
    slis: Mapping[str, Sli]
    slos: Mapping[str, Slo]
    """By id, in the order of the files."""
    agreements: Mapping[str, Agreement]
    policies: Mapping[str, BudgetPolicy]
    corrections: Mapping[str, Correction]
    documents: tuple[Document, ...] = field(default=())
    simulations: Mapping[str, Scenario] = field(default_factory=dict)
    display_name: str = ""
    """How people call the practice; empty where the handbook does not say."""
    composites: Mapping[str, Composite] = field(default_factory=dict)
    """By id; ids of SLOs and composites are unique together. None contains itself."""
    strategies: Mapping[str, AlertStrategy] = field(default_factory=dict)
    """Those written here, and the shipped ones that something names or falls back on."""
    targets: Mapping[str, NotificationTarget] = field(default_factory=dict)
    routes: Mapping[str, NotificationRoute] = field(default_factory=dict)
    rollbacks: Mapping[str, RollbackPolicy] = field(default_factory=dict)
    """No service is named by two of them."""
    policy: BudgetPolicy | None = None
    """Holds for every service that names none; None only of a handbook that was not read from files."""

    def policy_of(self, service: str) -> BudgetPolicy | None:
        """The policy that holds for a service."""
        own = self.services[service].policy if service in self.services else None
        return self.policy if own is None else self.policies.get(own, self.policy)

    @staticmethod
    def empty(folder: str) -> Handbook:
        """A handbook in which nothing was written yet."""
        return Handbook(
            folder=folder, name="handbook", zone="UTC", settle=timedelta(0), services={}, teams={}, sources={},
            slis={}, slos={}, agreements={}, policies={}, corrections={},
        )  # fmt: skip

    def counts(self) -> dict[str, int]:
        """Number of documents of each kind; inline SLIs count as SLIs, an SLO document counts once."""
        counts: dict[str, int] = {}
        for document in self.documents:
            counts[document.kind] = counts.get(document.kind, 0) + 1
        counts["SLI"] = len(self.slis)
        return dict(sorted(counts.items()))
