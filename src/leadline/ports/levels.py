"""
The record of levels: how each objective stood last, and every change of a level, which nobody edits.

It says since when, for pages and for whoever asks after a restart. What `append` has returned from survives `kill -9`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class LevelChange:
    """One objective came to another level."""

    slo: str
    at: int
    """Instant of the evaluation that found it, epoch seconds."""
    before: str
    """Empty for the first level known of it."""
    after: str
    reason: str
    """Of the evaluation; empty where the figures say enough."""


class Levels(Protocol):
    """Levels that turns have found."""

    def latest(self) -> Mapping[str, LevelChange]:
        """How each objective stands: its last change."""

    def append(self, changes: Sequence[LevelChange]) -> int:
        """Append changes in one transaction; one whose `before` is not how it stands is left out. Returns the count."""

    def history(self, slos: Sequence[str], most: int) -> tuple[LevelChange, ...]:
        """The newest changes of some objectives, newest first, at most so many of each."""
