"""
A source that answers from a scenario, for any handbook and without any program to ask.

The text of a query does not matter: a scenario says what each SLI sees. One that it does not mention has no series.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from leadline.core import simulation
from leadline.core.scenarios import Level, Scenario, Stream
from leadline.core.slices import STEP, Ints, Labels
from leadline.ports.source import Answer, Floats, Role, SourceQuery

_READ: Mapping[Role, Callable[[simulation.Events], Floats]] = {
    Role.TOTAL: lambda events: _seen(events, events.total),
    Role.BAD: lambda events: _seen(events, events.bad),
    Role.GOOD: lambda events: _seen(events, events.total - events.bad),
    Role.FAILURES: lambda events: _seen(events, events.failures),
}


class SimulatedSource:
    """Numbers of a scenario; the same minute has the same numbers whoever asks, and in whatever span."""

    def __init__(self, name: str, connection: Mapping[str, object], environ: Mapping[str, str]) -> None:
        del environ
        scenario = connection["scenario"]
        if not isinstance(scenario, Scenario):
            raise TypeError(f"{name}: a scenario is wanted, not {type(scenario).__name__}")
        self._scenario = scenario
        self._kept_of = ("", 0, 0)
        self._kept: dict[Labels, simulation.Events] = {}

    def check(self) -> None:
        """Nothing can fail."""

    def answer(
        self, queries: Sequence[SourceQuery], start: int, end: int, *, progress: Callable[[int], None]
    ) -> Iterator[Answer]:
        """One `Answer` for each query; queries of one SLI that follow each other share its numbers."""
        for query in queries:
            yield Answer(query, self._groups(query, start // STEP, end // STEP))
            progress((end - start) // STEP)

    def close(self) -> None:
        """Nothing is open."""

    def _groups(self, query: SourceQuery, start: int, end: int) -> dict[Labels, Floats]:
        streams, levels = self._scenario.streams.get(query.sli, ()), self._scenario.levels.get(query.sli, ())
        if query.role is Role.DEMAND:
            asked: tuple[Stream | Level, ...] = (*levels, *streams)
            return {(): simulation.demands(asked[0], start, end)} if asked else {}
        if query.role is Role.VALUE:
            found = {level.labels: simulation.values(self._scenario, level, start, end) for level in levels}
        else:
            read = _READ[query.role]
            found = {stream.labels: read(self._of(stream, start, end)) for stream in streams}
        return {labels: numbers for labels, numbers in found.items() if not np.isnan(numbers).all()}

    def _of(self, stream: Stream, start: int, end: int) -> simulation.Events:
        """Numbers of one group, kept until those of the next SLI are wanted."""
        if self._kept_of != (stream.sli, start, end):
            self._kept_of, self._kept = (stream.sli, start, end), {}
        if stream.labels not in self._kept:
            self._kept[stream.labels] = simulation.events(self._scenario, stream, start, end)
        return self._kept[stream.labels]


def _seen(events: simulation.Events, numbers: Ints) -> Floats:
    return np.where(events.seen, numbers.astype(np.float64), np.nan)
