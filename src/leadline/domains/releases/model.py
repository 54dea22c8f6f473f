"""Nouns of the gate: what is asked for, and what comes back; the shapes here are the published JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from leadline.core.policies import OnUnknown, Outcome
from leadline.domains.releases.entry_model import Number, Said
from leadline.ports.message import Instant, Message

ChangeKind = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
"""Kind of change; a hyphen is read as an underscore, and one that no policy knows is denied."""
Ref = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
"""What is changed to: a commit, a version, a ticket."""


class AskGate(Message):
    """May this change of this service be made now?"""

    service: str
    change: ChangeKind
    ref: Ref = ""
    """Approvals are given for one ref; without it none counts."""
    author: Said | None = None
    """Whose change it is, by default who asks; nobody approves his own."""
    fixes: tuple[Number, ...] = ()
    """Incidents that it is to end; they do not stand in its way."""


class ShownReason(Message):
    """One thing that speaks for an outcome."""

    code: str
    outcome: Outcome
    text: str


class ShownObjective(Message):
    """One objective that counted."""

    slo: str
    service: str
    level: str
    remaining: float | None
    coverage: float | None
    reason: str
    is_dependency: bool


class ShownDecision(Message):
    """An answer of the gate, as it is recorded."""

    id: int
    at: datetime
    service: str
    change: str
    ref: str
    author: str
    asked_by: str
    outcome: Outcome
    exit_code: int
    """0 allowed, 1 denied, 3 cannot tell, 5 approval needed."""
    level: str
    """The worst of the objectives that count."""
    policy: str
    on_unknown: OnUnknown
    judged_at: datetime
    """Instant of the evaluation."""
    reasons: tuple[ShownReason, ...]
    """What weighs most comes first."""
    needs: tuple[str, ...]
    """Roles whose approval is missing."""
    checklist: tuple[str, ...]
    """Items that an approval must have seen to."""
    warnings: tuple[str, ...]
    objectives: tuple[ShownObjective, ...]
    permit: int | None
    """The exception or broken glass that lets it through."""
    approvals: tuple[int, ...]
    """Approvals that counted."""
    next: str
    """What to do now; empty where nothing is to be done."""


class ListDecisions(Message):
    """Answers of the gate."""

    service: str | None = None
    most: Annotated[int, Field(ge=1, le=1000)] = 50
    """The newest so many."""
    before: Number | None = None
    """Only those of a lower number."""


class ListedDecision(Message):
    """One answer in a list."""

    id: int
    at: datetime
    service: str
    change: str
    ref: str
    author: str
    asked_by: str
    outcome: Outcome
    level: str
    reason: str
    """What weighed most."""


class ListedDecisions(Message):
    """Answers of the gate, newest first."""

    decisions: tuple[ListedDecision, ...]


class ShowDecision(Message):
    """One answer of the gate."""

    id: Number


class VerifyDecisions(Message):
    """Recompute answers from their recorded inputs."""

    id: Number | None = None
    """Without it, the newest ones."""
    most: Annotated[int, Field(ge=1, le=100_000)] = 10_000
    """How many of the newest, where no number is given."""


class Deviation(Message):
    """A recorded answer that does not come out again."""

    id: int
    reason: str


class Verified(Message):
    """What recomputing came to."""

    checked: int
    deviations: tuple[Deviation, ...]


class ShowMatrix(Message):
    """What may be changed now, kind by kind."""

    service: str | None = None
    at: Instant | None = None


class MatrixCell(Message):
    """One kind of change of one service."""

    change: str
    outcome: Outcome
    needs: tuple[str, ...]
    reason: str
    """What weighs most."""


class MatrixRow(Message):
    """One service."""

    service: str
    name: str
    level: str
    remaining: float | None
    """Of the objective that stands worst; null where it has no value."""
    slo: str | None
    """That objective; null where there is none."""
    policy: str
    cells: tuple[MatrixCell, ...]


class Matrix(Message):
    """What may be changed, service by service; no permit is looked at, and nothing is recorded."""

    at: datetime
    changes: tuple[str, ...]
    """Kinds of change that some policy knows, in its order."""
    rows: tuple[MatrixRow, ...]


class ShowPolicies(Message):
    """Policies as they hold, with what is not written filled in."""

    name: str | None = None


class ShownPolicy(Message):
    """One policy."""

    name: str
    place: str
    on_unknown: OnUnknown
    has_dependencies: bool
    services: tuple[str, ...]
    """Those it holds for."""
    rules: Mapping[str, Mapping[str, str]]
    """kind of change → level → allow, deny or approve(role, …)."""
    roles: Mapping[str, tuple[str, ...]]
    """Role → who holds it, and what it stands above, in words."""
    checklist: Mapping[str, str]
    checklist_at: tuple[str, ...]
    freezes: tuple[str, ...]
    calendars: tuple[str, ...]


class ShownPolicies(Message):
    """Policies of the handbook, and the shipped one where it holds for a service."""

    policies: tuple[ShownPolicy, ...]
