"""Nouns of alerts that hold and that held; the shapes here are the published JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import Field

from leadline.core.alert_tiers import AlertAction, Severity
from leadline.ports.episodes import Ending, EpisodeKind, EpisodeState
from leadline.ports.message import Message


class ListAlerts(Message):
    """The newest alerts, those that began last first."""

    service: str | None = None
    firing: bool = False
    """Only those that hold now."""
    most: Annotated[int, Field(ge=1, le=1000)] = 100


class ShowAlert(Message):
    """One alert by its number."""

    id: Annotated[int, Field(ge=1, lt=2**53)]


class AlertWindow(Message):
    """One window of a tier as it fired."""

    window: str
    rate: float | None
    """Burn rate; null where nothing may fail and something did."""
    limit: float
    """That it exceeded; of a trickle tier, reached."""
    bad: float | None
    total: float | None
    """Events; null for a composite, which counts none."""


class AlertShown(Message):
    """One life of one alert."""

    id: int
    thread: str
    """What its notices have in common."""
    kind: EpisodeKind
    subject: str
    """Id of the objective; of a silence, of the SLI."""
    tier: str
    strategy: str
    severity: Severity
    action: AlertAction
    state: EpisodeState
    service: str
    team: str
    began_at: datetime
    fired_at: datetime | None
    told_at: datetime | None
    """Null while nobody is told, because a more severe alert of the same objective says it already."""
    acknowledged_at: datetime | None
    acknowledged_by: str
    ended_at: datetime | None
    ending: Ending | None
    why: str
    """Of the end; of a silence that goes on, what is known of it."""
    windows: tuple[AlertWindow, ...]
    groups: Mapping[str, float]
    """Groups of the objective that burned above the limit of the longest window when it fired, with their rates."""


class Alerts(Message):
    """Alerts, and how many hold now by severity, also where not all of them are listed."""

    alerts: tuple[AlertShown, ...]
    firing: Mapping[Severity, int]
    reason: str = ""
    """Why nothing can be told of what holds; empty where it can."""
