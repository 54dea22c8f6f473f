"""How objectives stand, for those who act on it: what is decided of a level is decided elsewhere, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from leadline.core.terms import Level

if TYPE_CHECKING:
    from leadline.ports.operation import Context


@dataclass(frozen=True, slots=True)
class Stood:
    """One objective at one instant."""

    slo: str
    service: str
    level: Level
    reason: str
    """Why the level is unknown or surely depleted; empty where the figures say enough."""
    remaining: float | None
    coverage: float | None
    hourly_burn: float | None
    """Burn rate of the last hour; None where it has no value."""
    page: str = ""
    """The alert of its strategy that pages now, in words; empty where none does."""


@dataclass(frozen=True, slots=True)
class Standings:
    """Objectives at one instant."""

    at: int
    """Instant of the evaluation, epoch seconds."""
    each: tuple[Stood, ...]

    @property
    def by_id(self) -> dict[str, Stood]:
        return {stood.slo: stood for stood in self.each}


class Judge(Protocol):
    """Judges objectives."""

    def __call__(self, context: Context, slos: Sequence[str], at: datetime | None = None) -> Standings:
        """
        How these objectives stand, by id, in this order; composites are objectives too.

        One that was not promised at the instant, or is not there, is unknown.
        """
