"""Nouns of backtests: what is asked for, and what comes back; the shapes here are the published JSON."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

from leadline.ports.message import Instant, Message
from leadline.units import parse_ratio


def _objective(text: str) -> str:
    """A percentage or a ratio, as people write it: 99.9, 99.9% or 0.999."""
    written = text.strip()
    share = parse_ratio(f"{written}%" if _is_percentage(written) else written)
    if share <= 0:
        raise ValueError("an objective is above 0; write it as 99.9 or 0.999")
    return str(share)


def _is_percentage(written: str) -> bool:
    """Whether a number without a sign can only be one."""
    try:
        return Decimal(written) > 1
    except InvalidOperation:
        return False


Objective = Annotated[str, AfterValidator(_objective)]


class RunBacktest(Message):
    """Tell which alerts strategies would have raised on the history of objectives."""

    slos: tuple[str, ...] = ()
    """Ids or names of SLOs; all when empty."""
    strategies: tuple[str, ...] = ()
    """Names of AlertStrategies; each objective's own when empty."""
    objectives: tuple[Objective, ...] = ()
    """Objectives to try instead of those promised, such as 99.9 or 0.999."""
    start: Instant | None = None
    """First instant; by default `days` before the end."""
    end: Instant | None = None
    """By default now, less the time that sources are given to settle."""
    days: int = Field(28, ge=1, le=400)


class BacktestEpisode(Message):
    """One life of one alert."""

    tier: str
    severity: str
    start: AwareDatetime
    """The evaluation that would have raised it."""
    end: AwareDatetime | None
    """The evaluation that would have ended it; null when it holds at the end of the time looked at."""
    burn: float | None
    """Burn rate over the tier's longest window as it was raised; null where nothing may fail."""
    budget_spent: float | None
    """Share of a whole budget that the longest window had spent as it was raised."""
    incident: int | None
    """Id of an incident that it meets."""


class BacktestRun(Message):
    """One objective under one strategy."""

    slo: str
    service: str
    strategy: str
    objective: float
    """Promised share of good events that was tried."""
    attained: float | None
    """Share of good events over the whole time; null when nothing was counted."""
    budget_spent: float | None
    """Share that was spent of a budget of this length; above 1 the objective was missed."""
    known: float
    """Share of instants at which every tier could be told."""
    pages: int
    tickets: int
    notices: int
    pages_per_month: float
    """In 30 days."""
    tickets_per_month: float
    paging_minutes: int
    """Minutes in which at least one page was open."""
    precision: float | None
    """Share of pages that meet an incident; null without incidents or pages."""
    recall: float | None
    """Share of incidents that a page met; null without incidents."""
    incidents: int
    never_detected: int
    """Incidents that no page met."""
    detection_p50_seconds: float | None
    detection_p90_seconds: float | None
    """From the start of an incident to the first page, of incidents that were met; 0 when it was open already."""
    left_out: tuple[str, ...]
    """Tiers that this objective cannot have, each with why."""
    episodes: tuple[BacktestEpisode, ...]
    """Oldest first; the first 500."""


class Backtest(Message):
    """What strategies would have said."""

    start: AwareDatetime
    end: AwareDatetime
    runs: tuple[BacktestRun, ...]
    without_history: tuple[str, ...]
    """SLOs of which no slice is known."""
