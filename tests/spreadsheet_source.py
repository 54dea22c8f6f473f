"""A source that somebody else wrote: one class, and nothing that Leadline knows of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from leadline.core.slices import STEP
from leadline.ports.source import Answer, Role, SourceQuery


class SpreadsheetSource:
    """Every minute 1,000 events, of which 1 was bad."""

    def __init__(self, name: str, connection: Mapping[str, object], environ: Mapping[str, str]) -> None:
        assert dict(connection) == {"sheet": "Q1"}
        assert "PATH" in environ
        self.name = name

    def check(self) -> None:
        """A sheet is always there."""

    def answer(
        self, queries: Sequence[SourceQuery], start: int, end: int, *, progress: Callable[[int], None]
    ) -> Iterator[Answer]:
        count = (end - start) // STEP
        for query in queries:
            progress(count)
            yield Answer(query, {(): np.full(count, 1.0 if query.role is Role.BAD else 1000.0)})

    def close(self) -> None:
        """Nothing is open."""
