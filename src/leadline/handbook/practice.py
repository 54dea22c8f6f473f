"""Documents of `leadline/v1`: what a practice has and OpenSLO has no kind for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from leadline.handbook.models import Metadata, Model, Names, Number, Ratio, Sequence

LEADLINE = "leadline/v1"
Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Document(Model):
    """What stands at the top of each document."""

    api_version: Literal["leadline/v1"] = "leadline/v1"
    kind: str
    metadata: Metadata


class WorkingHours(Model):
    """When people work; SLOs with `leadline/hours: business` count these hours alone."""

    days: Annotated[tuple[Day, ...], Sequence, Field(min_length=1)] = (
        "monday", "tuesday", "wednesday", "thursday", "friday",
    )  # fmt: skip
    start: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    end: Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
    zone: str | None = None
    """Otherwise the handbook's."""
    holidays: Names = ()
    """Dates that are closed all day, such as 2026-12-25."""


class Defaults(Model):
    """What an SLO or SLI has when it does not say otherwise."""

    on_no_data: Literal["unknown", "bad", "exclude"] | None = None
    on_no_traffic: Literal["exclude", "good", "bad"] | None = None
    min_coverage: Ratio | None = None
    window: str | None = None
    """Rolling window, such as 28d."""
    data_source: str | None = None
    policy: str | None = None
    strategy: str | None = None
    """AlertStrategy of SLOs whose service names none."""


class HandbookSpec(Model):
    description: str | None = None
    zone: str | None = None
    working_hours: WorkingHours | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    settle: str | None = None
    """How long after its end a slice is asked for, such as 2m."""
    defaults: Defaults | None = None


class Handbook(Document):
    """What holds for the whole folder; not needed."""

    kind: Literal["Handbook"] = "Handbook"
    spec: HandbookSpec = HandbookSpec()


class TeamSpec(Model):
    description: str | None = None
    contacts: Mapping[str, str] | None = None
    """How to reach the team: chat, mail, pager, …"""
    members: Names = ()
    """Accounts and names of tokens; they hold the role that is named as the team."""


class Team(Document):
    """Who owns services."""

    kind: Literal["Team"] = "Team"
    spec: TeamSpec = TeamSpec()


class Band(Model):
    """What follows from a measured share of at least `atLeast`, below the next higher band."""

    at_least: Ratio
    consequence: str


class Commitment(Model):
    name: str
    description: str | None = None
    slo: str | None = None
    """The SLO that protects it."""
    sli: str | None = None
    target: Ratio | None = None
    target_percent: Number | None = None
    bands: Annotated[tuple[Band, ...], Sequence] = ()
    exclusions: Names = ()


class AgreementSpec(Model):
    description: str | None = None
    party: str
    commitments: Annotated[tuple[Commitment, ...], Sequence, Field(min_length=1)]


class Agreement(Document):
    """What is committed to a party, and what follows from breaking it."""

    kind: Literal["Agreement"] = "Agreement"
    spec: AgreementSpec


class StrategyLimit(Model):
    """One window, and what is too fast in it; without any of the three it takes what the tier has in another window."""

    window: str
    factor: Number | None = None
    """Burn rate that must be exceeded."""
    budget_share: Ratio | None = None
    """Share of the budget that is spent when the window is burnt through at this speed."""
    time_to_exhaustion: str | None = None
    """How long a full budget would last."""


class LowTraffic(Model):
    """When a burn rate of few events is more than chance."""

    least_bad: Annotated[int, Field(ge=1, le=10_000)] | None = None
    deviates: Number | None = None
    """One-sided quantile of the normal distribution, such as 2.326 for 99 %."""


class StrategyTier(Model):
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    service_tiers: Annotated[tuple[int, ...], Sequence] = ()
    """Of which services; without it, of all."""
    severity: Literal["page", "ticket", "notify"]
    action: Literal["none", "rollback"] | None = None
    least_bad: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Makes it a trickle tier: so many bad events in the longest window, and the factors reached, suffice."""
    low_traffic: Literal["on", "off"] | None = None
    all: Annotated[tuple[StrategyLimit, ...], Sequence, Field(min_length=1, max_length=4)]


class AlertStrategySpec(Model):
    description: str | None = None
    low_traffic: LowTraffic | None = None
    tiers: Annotated[tuple[StrategyTier, ...], Sequence, Field(min_length=1, max_length=20)]


class AlertStrategy(Document):
    """Which burn rates alert whom."""

    kind: Literal["AlertStrategy"] = "AlertStrategy"
    spec: AlertStrategySpec


class CorrectionSpec(Model):
    start: str
    """Without an offset it is local time of `zone`, and UTC where there is none."""
    end: str | None = None
    duration: str | None = None
    """Instead of `end`, such as 2h."""
    recurrence: str | None = None
    """Rule of RFC 5545, such as FREQ=WEEKLY;BYDAY=SU, in local time of `zone`."""
    zone: str | None = None
    until: str | None = None
    """Last instant at which an occurrence may begin."""
    announced_at: str | None = None
    notice: str | None = None
    """How long before it an occurrence must have been announced for an agreement to leave it out, such as 24h."""
    mode: Literal["exclude", "good", "bad"]
    slos: Names = ()
    services: Names = ()
    applies_to: Annotated[tuple[Literal["slo", "agreement"], ...], Sequence] = ("agreement",)
    reason: Annotated[str, Field(min_length=1)]
    approver: Annotated[str, Field(min_length=1)]


class Correction(Document):
    """An interval whose slices count otherwise than measured."""

    kind: Literal["Correction"] = "Correction"
    spec: CorrectionSpec


MODELS: tuple[type[Any], ...] = (Handbook, Team, Agreement, AlertStrategy, Correction)
