"""
Who is told: documents of targets and routes.

A target says where and how, with secrets by name alone; its `connectionDetails` belong to the adapter of its type. A
route says which notices go to which targets; every route that matches adds its own, so that their order means nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from leadline.handbook.models import Model, Names, Sequence
from leadline.handbook.practice import Day, Document

Kind = Literal[
    "alert.fired", "alert.resolved", "level.changed", "sli.silent", "sli.heard", "duty.due", "decision", "rollback"
]


class NotificationTargetSpec(Model):
    description: str | None = None
    type: Annotated[str, Field(min_length=1)]
    """slack, pagerduty, alertmanager, webhook, email, apprise, or that of an installed package."""
    connection_details: Mapping[str, Any] | None = None
    """Keys of the type; a secret is written as the name of an environment variable: ${SLACK_BOT_TOKEN}."""


class NotificationTarget(Document):
    """Somewhere people are told."""

    kind: Literal["NotificationTarget"] = "NotificationTarget"
    spec: NotificationTargetSpec


class RouteMatch(Model):
    """What a notice must be about; a key that is not there, or empty, asks nothing."""

    services: Names = ()
    teams: Names = ()
    tiers: Annotated[tuple[Annotated[int, Field(ge=0, le=9)], ...], Sequence] = ()
    """Of the service."""
    severities: Annotated[tuple[Literal["page", "ticket", "notify"], ...], Sequence] = ()
    kinds: Annotated[tuple[Kind, ...], Sequence] = ()


class QuietHours(Model):
    """When lesser notices wait; they are told when it ends."""

    days: Annotated[tuple[Day, ...], Sequence, Field(min_length=1)] = get_args(Day)
    """On which it begins."""
    start: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    end: Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
    """Of the next day where it is not after `start`."""
    zone: str | None = None
    """Otherwise the handbook's."""
    severities: Annotated[tuple[Literal["ticket", "notify"], ...], Sequence, Field(min_length=1)] = ("ticket", "notify")


class NotificationRouteSpec(Model):
    description: str | None = None
    match: RouteMatch | None = None
    """Everything, where it is not there."""
    targets: Annotated[Names, Field(min_length=1)]
    quiet_hours: Annotated[tuple[QuietHours, ...], Sequence] = ()
    default: bool = False
    """Taken only for notices that no other route takes."""


class NotificationRoute(Document):
    """Which notices go where."""

    kind: Literal["NotificationRoute"] = "NotificationRoute"
    spec: NotificationRouteSpec


MODELS: tuple[type[Any], ...] = (NotificationTarget, NotificationRoute)
