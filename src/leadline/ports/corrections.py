"""
Corrections that were written down beside the handbook's: an append-only record.

Nothing is edited: a removal is added, and what was removed holds no longer. What `add` and `remove` have returned from
survives `kill -9`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from leadline.handbook.specs import Correction, Handbook
from leadline.ports.removal import Removal


class Corrections(Protocol):
    """Corrections that people have recorded."""

    def add(self, correction: Correction, recorded_at: datetime) -> str:
        """Append one; returns the name it is given, `recorded:N`, which no document can have."""

    def remove(self, name: str, removal: Removal) -> None:
        """
        Append a removal.

        Raises:
            NotFound: there is none of that name.
            RecordError: it was removed before.
        """

    def in_force(self) -> Mapping[str, Correction]:
        """Those that were not removed, by name, in the order in which they were recorded."""

    def removed(self) -> Mapping[str, tuple[Correction, Removal]]:
        """Those that were removed, by name, in the order in which they were recorded."""


def all_in_force(handbook: Handbook, recorded: Corrections) -> dict[str, Correction]:
    """The handbook's corrections and those recorded beside it, by name."""
    return {**handbook.corrections, **recorded.in_force()}
