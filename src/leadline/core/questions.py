"""
Questions and answers of a gate: everything that a decision depends on, and what comes of it.

Pure nouns. They are recorded as they are, so that a decision can be recomputed from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from leadline.core.policies import OnUnknown, Outcome, Verdict
from leadline.core.terms import Level

PROCEDURE = 1
"""Number of this way to decide; another way gets another number, and recorded decisions keep theirs."""


class PermitForm(StrEnum):
    """What people may give beside the rules."""

    APPROVAL = "approval"
    EXCEPTION = "exception"
    BREAK_GLASS = "break_glass"


@dataclass(frozen=True, slots=True)
class Rule:
    """What the kind of change needs at one level."""

    level: Level
    verdict: str
    roles: tuple[str, ...]

    @property
    def as_verdict(self) -> Verdict:
        return Verdict(Outcome(self.verdict), self.roles)


@dataclass(frozen=True, slots=True)
class Rank:
    """A role, and those that it stands above."""

    role: str
    above: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a policy says of the kind of change that is asked for."""

    policy: str
    on_unknown: OnUnknown
    rules: tuple[Rule, ...]
    """None: the policy does not know the kind."""
    ranks: tuple[Rank, ...]
    checklist: tuple[str, ...]
    """What must have been seen to before an approval counts; empty where the policy asks for nothing."""
    checklist_at: tuple[Level, ...]
    """Levels at which it is asked for."""
    exception_roles: tuple[Rank, ...]
    """Level (as `role`) → whose exception counts there (`above`, one role)."""
    incident_severities: tuple[str, ...]
    """Open incidents of these severities deny the change."""
    is_denied_while_paging: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How one objective stands."""

    slo: str
    service: str
    level: Level
    reason: str
    remaining: float | None
    coverage: float | None
    is_dependency: bool = False
    """Of a service, or an SLO, that the service depends on."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A freeze that is in force, or a calendar that is closed."""

    name: str
    reason: str
    until: int | None
    verdict: str
    roles: tuple[str, ...]
    passes: tuple[str, ...]
    """Kinds of change that it lets pass."""
    concerns: tuple[str, ...] = ()
    """Kinds that alone it concerns; empty for all."""

    def verdict_of(self, kind: str) -> Verdict:
        if kind in self.passes or (self.concerns and kind not in self.concerns):
            return Verdict(Outcome.ALLOW)
        return Verdict(Outcome(self.verdict), self.roles)


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An incident of the service that is not over."""

    id: int
    title: str
    severity: str


@dataclass(frozen=True, slots=True)
class Permit:
    """An approval, an exception or a broken glass that may count."""

    id: int
    form: PermitForm
    role: str
    """Empty of a broken glass."""
    who: str
    second: str
    """Who confirmed a broken glass; empty until then."""
    expires_at: int
    checked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that a decision depends on."""

    procedure: int
    service: str
    kind: str
    ref: str
    author: str
    """Whose change it is."""
    asked_at: int
    """Epoch seconds."""
    judged_at: int
    """Instant of the evaluation."""
    fixes: tuple[int, ...]
    """Incidents that the change is to end."""
    terms: Terms
    standings: tuple[Standing, ...]
    holds: tuple[Hold, ...]
    incidents: tuple[OpenIncident, ...]
    pages: tuple[str, ...]
    """Alerts that page now."""
    permits: tuple[Permit, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for an outcome."""

    code: str
    outcome: Outcome
    text: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """An answer, with why."""

    outcome: Outcome
    level: Level
    """The worst of the levels that count."""
    reasons: tuple[Reason, ...]
    """What weighs most comes first."""
    needs: tuple[str, ...]
    """Roles whose approval is missing."""
    checklist: tuple[str, ...]
    """What must have been seen to before an approval counts."""
    warnings: tuple[str, ...]
    permit: int | None = None
    """The exception or broken glass that lets it through."""
    approvals: tuple[int, ...] = ()
    """Approvals that count."""
