"""Nouns of the design of alerts."""

from __future__ import annotations

from pydantic import Field

from leadline.ports.message import Message


class DesignAlerts(Message):
    """What the alerts of a strategy would say of an objective."""

    objective: str = "99.9"
    """Per cent of good events."""
    window: str = "28d"
    """Of the budget; rolling."""
    strategy: str = "workbook"
    service_tier: int | None = Field(default=None, ge=0)


class Finding(Message):
    """What a tier says of one steady share of errors; null where it never holds."""

    error_rate: float
    detection_seconds: float | None
    budget_spent: float | None
    """Share of the whole budget that is spent when it is found."""
    reset_seconds: float | None
    """From the end of a failure that filled every window until the alert ends."""


class DesignedLimit(Message):
    window: str
    factor: float


class DesignedTier(Message):
    """One tier with the factors that the window makes."""

    name: str
    severity: str
    action: str
    limits: tuple[DesignedLimit, ...]
    least_bad: int
    """Bad events that it wants besides, in its longest window; 0: none."""
    one_error_below: float
    """Events an hour below which a single error would do, if that were enough."""
    findings: tuple[Finding, ...]


class Design(Message):
    """The tiers of a strategy for one objective."""

    objective: float
    window: str
    strategy: str
    tiers: tuple[DesignedTier, ...]
