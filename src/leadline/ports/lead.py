"""
The lead: which of several servers on one database takes the turns that write.

It is taken for a while and kept by taking it again; one that was not kept ends by itself, so that another server goes
on when the first was killed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Lease:
    """Who leads, and until when if nothing more is heard."""

    holder: str
    until: datetime


class Lead(Protocol):
    """The one lead of a database."""

    def take(self, holder: str, now: datetime, seconds: float) -> Lease:
        """Take or keep the lead if it is free, over, or held by the same; returns whose it is now."""

    def release(self, holder: str) -> None:
        """Give it back, so that others need not wait; nothing when somebody else holds it."""

    def current(self) -> Lease | None:
        """Whose it is, or was; None when nobody ever took it."""
