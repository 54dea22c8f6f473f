"""Documents of the kind BudgetPolicy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from leadline.handbook.models import Model, Names, Ratio, Sequence
from leadline.handbook.practice import Day, Document

LevelName = Literal["healthy", "warning", "critical", "depleted", "unknown"]


class Thresholds(Model):
    """Remaining budget above which each level holds."""

    healthy: Ratio | None = None
    warning: Ratio | None = None
    critical: Ratio | None = None


class Role(Model):
    """Who may approve in its name; a role that is not listed is held by the team, and the account, of its name."""

    people: Names = ()
    """Accounts, and names of tokens."""
    teams: Names = ()
    """Whose members hold it."""
    owners: bool = False
    """True: members of the team that owns the service hold it."""
    permission: Literal["responder", "editor", "admin"] | None = None
    """Whoever has this role of a server, or more, holds it; on the machine of the database everybody does."""
    above: Names = ()
    """Roles that it may stand in for."""


class Duty(Model):
    """What people are to do once a level is entered."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    text: Annotated[str, Field(min_length=1)]
    within: str | None = None
    """From entering the level, such as 24h; without it, at once."""
    every: str | None = None
    """Due again after so long, for as long as the level holds, such as 1d."""
    by: Names = ()
    """Roles that are to do it."""
    only_while: Literal["burning"] | None = None
    """Only where the budget still burns faster than 1."""


class LevelTerms(Model):
    posture: str | None = None
    tell: Names = ()
    """Roles and teams that hear of it at once."""
    duties: Annotated[tuple[Duty, ...], Sequence] = ()


class Checklist(Model):
    """What must have been seen to before an approval counts."""

    at: Annotated[tuple[LevelName, ...], Sequence] = ("warning", "critical")
    items: Mapping[str, str]
    """Short name → what must be so."""


class Freeze(Model):
    """A time in which changes are denied, once or again and again."""

    name: Annotated[str, Field(min_length=1)]
    start: str
    """Without an offset it is local time of `zone`, and UTC where there is none."""
    end: str | None = None
    duration: str | None = None
    recurrence: str | None = None
    """Rule of RFC 5545, such as FREQ=YEARLY, in local time of `zone`."""
    zone: str | None = None
    until: str | None = None
    """Last instant at which it may begin again."""
    services: Names = ()
    """Only of these; without them, of all whose policy this is."""
    passes: Names = ()
    """Kinds of change that it lets pass."""
    reason: str | None = None


class Calendar(Model):
    """Hours in which changes are made; outside them they are denied, or need an approval."""

    name: Annotated[str, Field(min_length=1)]
    days: Annotated[tuple[Day, ...], Sequence, Field(min_length=1)] = (
        "monday", "tuesday", "wednesday", "thursday", "friday",
    )  # fmt: skip
    start: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    end: Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
    zone: str | None = None
    """Otherwise the handbook's."""
    holidays: Names = ()
    """Dates that are closed all day, such as 2026-12-25."""
    kinds: Names = ()
    """Kinds of change that it concerns; without them, all."""
    passes: Names = ()
    """Kinds that it lets pass at any time."""
    outside: str = "deny"
    """deny, or approve(role, …)."""


class Incidents(Model):
    """Changes that an open incident of the service denies, unless they are its fix."""

    severities: Annotated[tuple[Literal["sev-1", "sev-2", "sev-3", "sev-4"], ...], Sequence, Field(min_length=1)] = (
        "sev-1",
        "sev-2",
    )
    deny: Annotated[Names, Field(min_length=1)]
    """Kinds of change."""


class Pages(Model):
    """Changes that are denied while an alert of the service pages."""

    deny: Annotated[Names, Field(min_length=1)]
    """Kinds of change."""


class Exceptions(Model):
    """Changes that somebody lets through although the policy does not."""

    approvers: Mapping[LevelName, str]
    """Level → the role that grants it there."""
    grounds: Mapping[str, str]
    """Short name → what it means."""
    lasts: str = "24h"
    """At most so long."""
    review: str = "48h"
    """Within this time it is looked at again."""


class BreakGlass(Model):
    """Letting a change through in an emergency, by two people and without any role."""

    lasts: str = "4h"
    review: str = "24h"


class BudgetPolicySpec(Model):
    description: str | None = None
    thresholds: Thresholds | None = None
    on_unknown: Literal["closed", "open"] | None = None
    """What follows where a level cannot be told: closed (the default), no answer; open, allowed with a warning."""
    combine: Literal["worst"] | None = None
    """Of several objectives the strictest answer holds."""
    dependencies: Literal["hard", "none"] | None = None
    """hard (the default): objectives of what is named by leadline/dependsOn count too."""
    rules: Mapping[str, Mapping[LevelName, str]]
    """kind of change → level → allow, deny or approve(role, …)."""
    roles: Mapping[str, Role] | None = None
    levels: Mapping[LevelName, LevelTerms] | None = None
    checklist: Checklist | None = None
    freezes: Annotated[tuple[Freeze, ...], Sequence] = ()
    calendars: Annotated[tuple[Calendar, ...], Sequence] = ()
    incidents: Incidents | None = None
    pages: Pages | None = None
    exceptions: Exceptions | None = None
    break_glass: BreakGlass | None = None


class BudgetPolicy(Document):
    """What each kind of change needs at each level of the budget."""

    kind: Literal["BudgetPolicy"] = "BudgetPolicy"
    spec: BudgetPolicySpec
