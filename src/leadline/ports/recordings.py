"""
What people have recorded of downtime and failures: an append-only record.

Nothing is edited: a removal is added, and what was removed holds no longer. What `add` and `remove` have returned from
survives `kill -9`. The slices that follow from it stand in the ledger in the name of RECORDINGS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from leadline.core.slices import Labels
from leadline.ports.removal import Removal

RECORDINGS = "recordings"
"""Writer of what follows from recordings; nobody else may write in this name."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Something that one person knew of an interval."""

    name: str
    """Of the SLO (downtime) or of the SLI (failures), as it was typed."""
    series: tuple[str, ...]
    """Ids in the ledger."""
    labels: Labels
    """The group that failed; empty for downtime, which concerns all groups."""
    start: int
    end: int
    """[start, end) in epoch seconds."""
    fraction: Fraction | None
    """Share of the events that failed, of downtime; None: these are failures."""
    bad: int
    """Events that failed; 0 for downtime."""
    total: int | None
    """All events, where the failures bring them."""
    reason: str
    who: str
    recorded_at: int
    id: int = 0
    """Counted up by the record; 0 until then."""


class Recordings(Protocol):
    """Recordings of people."""

    def add(self, recording: Recording) -> int:
        """Append one; returns its id."""

    def remove(self, number: int, removal: Removal) -> None:
        """
        Append a removal.

        Raises:
            NotFound: there is none of that id.
            RecordError: it was removed before.
        """

    def every(self) -> Sequence[tuple[Recording, Removal | None]]:
        """All of them, in the order in which they were recorded, each with its removal."""
