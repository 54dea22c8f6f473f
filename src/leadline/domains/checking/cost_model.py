"""Nouns of costs; the shapes here are the published JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from leadline.ports.findings import Unanswered
from leadline.ports.message import Instant, Message


class ShowCost(Message):
    """Tell what the queries of objectives read from their sources."""

    live: bool = False
    """Ask the sources how many series there are, and how far apart their samples are."""
    at: Instant | None = None
    service: str | None = None
    slos: tuple[str, ...] = ()
    series: Annotated[int, Field(ge=1, le=10_000_000)] = 1
    """Series of each selector, where the source is not asked."""
    scrape: Annotated[int, Field(ge=1, le=3_600)] = 30
    """Seconds from sample to sample, where the source is not asked."""


class Reading(Message):
    """Samples read a minute, by three ways of keeping the same objective; each evaluates its alerts every minute."""

    raw: float
    """Every window from the series themselves."""
    recorded: float
    """Counts of five minutes are recorded, and every window is a sum of these; the budget's every five minutes."""
    leadline: float
    """Leadline asks for one minute at a time and keeps the rest itself."""


class SloCost(Message):
    """What one objective reads."""

    slo: str
    service: str
    source: str
    series: int
    scrape_seconds: float
    is_assumed: bool
    """Series and scrape interval are not the source's word."""
    windows: dict[str, float]
    """Samples that one evaluation of each window reads from the series themselves."""
    per_minute: Reading
    advice: str
    """A cheaper way; empty where there is none worth the words."""


class ServiceCost(Message):
    service: str
    objectives: int
    per_minute: Reading


class Cost(Message):
    """What objectives read, the dearest first."""

    at: datetime
    is_live: bool
    slos: tuple[SloCost, ...]
    services: tuple[ServiceCost, ...]
    per_minute: Reading
    cores: Reading
    """The same in cores of a Prometheus that reads sixteen million samples a second on each."""
    unanswered: tuple[Unanswered, ...]
