"""What reading files came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from pathlib import Path

from leadline.adapters.sources.sql.rows import Reach

SLACK_SECONDS = 600
"""Lines may stand in a log so much later than lines of a later time."""


@dataclass(slots=True)
class Loaded:
    """What is known of the files of one span."""

    since: float = inf
    until: float = -inf
    rows: int = 0
    """Rows within the span."""
    warnings: list[str] = field(default_factory=list)

    @property
    def reach(self) -> Reach:
        """Nothing is known of files without a row; a file that was written to at an instant is whole until then."""
        return Reach(self.since, self.until)

    def saw(self, first: float | None, last: float | None) -> None:
        """Rows between these instants were there."""
        if first is not None and last is not None:
            self.since, self.until = min(self.since, first), max(self.until, last)

    def refused(self, path: Path, count: int, what: str, sample: str) -> None:
        """Lines that could not be read."""
        shown = "".join(letter if letter.isprintable() else "·" for letter in sample[:80])
        lines = "line is" if count == 1 else "lines are"
        self.warnings.append(f"{path}: {count} {lines} {what} and left out, such as: {shown}")
