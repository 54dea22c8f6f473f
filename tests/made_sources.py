"""Sources that answer from tables, and that fail in the ways sources fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from leadline.core.slices import STEP, Labels
from leadline.errors import SourceError
from leadline.ports.source import Answer, Floats, SourceQuery

Table = Mapping[int, float]
"""Start of a slice → its number; absent where nothing was there."""


@dataclass
class TableSource:
    """A `Source` whose queries are names of tables, or of groups of tables."""

    tables: Mapping[str, Table | Mapping[Labels, Table]]
    broken: set[str] = field(default_factory=set)
    """Queries that the source refuses."""
    silent: set[str] = field(default_factory=set)
    """Queries that it leaves unanswered."""
    down: str = ""
    """Why it cannot be reached; empty when it can."""
    asked: list[tuple[str, int, int]] = field(default_factory=list)
    closed: int = 0

    def check(self) -> None:
        if self.down:
            raise SourceError(self.down, retryable=True)

    def answer(
        self, queries: Sequence[SourceQuery], start: int, end: int, *, progress: Callable[[int], None]
    ) -> Iterator[Answer]:
        for query in queries:
            self.asked.append((query.text, start, end))
            progress((end - start) // STEP)
            if query.text in self.silent:
                continue
            if query.text in self.broken:
                yield Answer(query, {}, SourceError(f"parse error: {query.text}", retryable=False))
            else:
                yield Answer(query, self._groups(query.text, start, end))

    def close(self) -> None:
        self.closed += 1

    def values(self, name: str, count: int) -> Floats:
        """The first numbers of a table, in order."""
        return np.array(list(self._by_group(name)[()].values())[:count])

    def spans(self, name: str) -> list[tuple[int, int]]:
        """What was asked of one table."""
        return [(start, end) for text, start, end in self.asked if text == name]

    def _by_group(self, name: str) -> dict[Labels, Table]:
        table = self.tables.get(name, {})
        if all(isinstance(key, tuple) for key in table):
            return dict(table)  # type: ignore[arg-type]  # keyed by labels
        return {(): table}  # type: ignore[dict-item]  # keyed by starts

    def _groups(self, name: str, start: int, end: int) -> dict[Labels, Floats]:
        starts = range(start, end, STEP)
        found = {
            labels: np.array([table.get(at, np.nan) for at in starts]) for labels, table in self._by_group(name).items()
        }
        return {labels: values for labels, values in found.items() if not np.isnan(values).all()}
